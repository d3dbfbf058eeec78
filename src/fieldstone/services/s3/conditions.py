"""Conditional requests: If-Match and its kin."""

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Request
from fieldstone.store.objects import StoredObject


def check_read(request: Request, found: StoredObject, now: float) -> None:
    """Hold a read's conditions against the object.

    Raises:
        AwsError: PreconditionFailed (412), or NotModified (304), which has no body.
    """
    failing = _failing(request, found, now, "")
    if failing in {"If-None-Match", "If-Modified-Since"}:
        raise AwsError("NotModified", "Not Modified", 304)
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


def check_write(request: Request, found: StoredObject | None) -> None:
    """Hold a write's conditions against the object that it would replace or take away.

    Raises:
        AwsError: PreconditionFailed (412), or NoSuchKey for If-Match where nothing is.
    """
    match = request.get("IfMatch")
    if request.get("IfNoneMatch") is not None and found is not None:
        raise _failed("If-None-Match")
    if match is not None and found is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=request["Key"])
    if match is not None and found is not None and not _names(match, found):
        raise _failed("If-Match")


def check_version(request: Request) -> None:
    """Refuse a request for a version: objects have none here, but for the one called ``null``.

    Raises:
        AwsError: InvalidArgument.
    """
    version = request.get("VersionId", "null")
    if version != "null":
        raise AwsError(
            "InvalidArgument", "Invalid version id specified", ArgumentName="versionId", ArgumentValue=version
        )


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


def _names(tags: str, found: StoredObject) -> bool:
    return any(tag.strip().strip('"') in {"*", found.etag} for tag in tags.split(","))


def _failed(condition: str) -> AwsError:
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, Condition=condition)
