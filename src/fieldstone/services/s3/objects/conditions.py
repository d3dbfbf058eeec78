"""Conditional requests: If-Match and its kin."""

from email.utils import formatdate

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Context, Request
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.resources import Row


def check_read(request: Request, found: StoredObject, now: float) -> None:
    """Hold a read's conditions against the object.

    Raises:
        AwsError: PreconditionFailed (412), or NotModified (304), which has no body.
    """
    failing = _failing(request, found, now, "")
    if failing in {"If-None-Match", "If-Modified-Since"}:
        raise _not_modified(found)
    if failing is not None:
        raise _failed(failing)


def check_source(request: Request, found: StoredObject, now: float) -> None:
    """Hold a copy's conditions against its source.

    Raises:
        AwsError: PreconditionFailed (412).
    """
    failing = _failing(request, found, now, "CopySource")
    if failing is not None:
        raise _failed(f"x-amz-copy-source-{failing}")


def check_write(ctx: Context, bucket: Row, request: Request) -> None:
    """Hold a write's conditions against the object that it would replace or take away.

    Raises:
        AwsError: PreconditionFailed (412), or NoSuchKey for If-Match where nothing is.
    """
    match, none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if match is None and none_match is None:
        return
    found = ctx.store.objects.find(bucket.uid, request["Key"])
    if none_match is not None and found is not None:
        raise _failed("If-None-Match")
    if match is not None and found is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=request["Key"])
    if match is not None and found is not None and not _names(match, found):
        raise _failed("If-Match")


def _failing(request: Request, found: StoredObject, now: float, prefix: str) -> str | None:
    """The first condition that does not hold. A date in the future says nothing of what changed since."""
    match, none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    modified, unmodified = request.get(f"{prefix}IfModifiedSince"), request.get(f"{prefix}IfUnmodifiedSince")
    last_modified = int(found.modified)  # HTTP's dates have no fractions
    if match is not None and not _names(match, found):
        return "If-Match"
    if match is None and unmodified is not None and last_modified > unmodified:
        return "If-Unmodified-Since"
    if none_match is not None:
        return "If-None-Match" if _names(none_match, found) else None
    return "If-Modified-Since" if modified is not None and last_modified <= modified <= now else None


def _not_modified(found: StoredObject) -> AwsError:
    """The answer without a body says what a cache needs to keep the one it has."""
    error = AwsError("NotModified", "Not Modified", 304)
    error.headers = {"etag": f'"{found.etag}"', "last-modified": formatdate(found.modified, usegmt=True)}
    if "CacheControl" in found.headers:
        error.headers["cache-control"] = found.headers["CacheControl"]
    return error


def _names(tags: str, found: StoredObject) -> bool:
    return any(tag.strip().strip('"') in {"*", found.etag} for tag in tags.split(","))


def _failed(condition: str) -> AwsError:
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, Condition=condition)
