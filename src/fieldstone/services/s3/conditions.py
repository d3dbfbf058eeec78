"""Conditional requests: If-Match and its kin."""

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Request
from fieldstone.store.objects import StoredObject


def check_read(request: Request, found: StoredObject, prefix: str = "") -> None:
    """Hold a read's conditions against the object.

    Raises:
        AwsError: PreconditionFailed (412), or NotModified (304), which has no body.
    """
    match, none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    modified, unmodified = request.get(f"{prefix}IfModifiedSince"), request.get(f"{prefix}IfUnmodifiedSince")
    last_modified = int(found.modified)  # HTTP's dates have no fractions
    if match is not None and not _names(match, found):
        raise _failed("If-Match")
    if match is None and unmodified is not None and last_modified > unmodified:
        raise _failed("If-Unmodified-Since")
    fresh = none_match is not None and _names(none_match, found)
    if fresh or (none_match is None and modified is not None and last_modified <= modified):
        if prefix:
            raise _failed("x-amz-copy-source-If-None-Match")
        raise AwsError("NotModified", "Not Modified", 304)


def check_write(request: Request, found: StoredObject | None) -> None:
    """Hold a write's conditions against the object that it would replace.

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


def _names(tags: str, found: StoredObject) -> bool:
    return any(tag.strip().strip('"') in {"*", found.etag} for tag in tags.split(","))


def _failed(condition: str) -> AwsError:
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, Condition=condition)
