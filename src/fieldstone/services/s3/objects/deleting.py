"""Deleting objects, one by one or a thousand at a time."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.events import note_deletion
from fieldstone.services.s3.objects.conditions import check_write
from fieldstone.services.s3.objects.history import check_version, delete_current, delete_version
from fieldstone.store.resources import Row

_MOST_KEYS = 1000
_DIRECTORY_CONDITIONS = frozenset({"IfMatchLastModifiedTime", "IfMatchSize", "LastModifiedTime", "Size"})
"""Conditions that only the buckets of another kind know."""


@write
def delete_object(ctx: Context, request: Request) -> Answer:
    """Take an object or a version away; what is not there is deleted just as well, unless If-Match asks for it."""
    return _delete(ctx, find_bucket(ctx, request), request)


@write
def delete_objects(ctx: Context, request: Request) -> Answer:
    """Take up to a thousand objects away; one that is refused does not keep the others."""
    bucket = find_bucket(ctx, request)
    entries: list[dict[str, Any]] = request["Delete"]["Objects"]
    if not 0 < len(entries) <= _MOST_KEYS:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for entry in entries:
        named = {name: entry[name] for name in ("Key", "VersionId") if entry.get(name) is not None}
        try:
            result = _delete(ctx, bucket, {**entry, "IfMatch": entry.get("ETag")})
        except AwsError as error:
            errors.append({**named, "Code": error.code, "Message": error.message})
        else:
            deleted.append(named | _told(named, result))
    return {"Deleted": None if request["Delete"].get("Quiet") else deleted, "Errors": errors or None}


def _delete(ctx: Context, bucket: Row, request: Request) -> dict[str, Any]:
    if _DIRECTORY_CONDITIONS & request.keys():
        raise AwsError("NotImplemented", "A header you provided implies functionality that is not implemented.", 501)
    key, version = request["Key"], request.get("VersionId")
    if version is not None:
        check_version(version)
    if request.get("IfMatch") is not None:
        check_write(ctx, bucket, request)
    result = delete_current(ctx, bucket, key) if version is None else delete_version(ctx, bucket, key, version)
    note_deletion(ctx, bucket, key, made_marker=version is None and "DeleteMarker" in result)
    return result if "Versioning" in bucket.document else {}


def _told(named: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """What DeleteObjects says of one deletion: of a delete marker, which one was made or deleted."""
    if "DeleteMarker" not in result:
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": named.get("VersionId", result["VersionId"])}
