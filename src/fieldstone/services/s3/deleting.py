"""Deleting objects, one by one or a thousand at a time."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.conditions import check_version, check_write

_MOST_KEYS = 1000
_DIRECTORY_CONDITIONS = frozenset({"IfMatchLastModifiedTime", "IfMatchSize", "LastModifiedTime", "Size"})
"""Conditions that only the buckets of another kind know."""


@write
def delete_object(ctx: Context, request: Request) -> Answer:
    """Take an object away; a key that holds none is deleted just as well, unless If-Match asks for one."""
    _delete(ctx, find_bucket(ctx, request).uid, request)
    return {}


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
        try:
            _delete(ctx, bucket.uid, entry | {"IfMatch": entry.get("ETag")})
            deleted.append({"Key": entry["Key"]})
        except AwsError as error:
            errors.append({"Key": entry["Key"], "Code": error.code, "Message": error.message})
    return {"Deleted": None if request["Delete"].get("Quiet") else deleted, "Errors": errors or None}


def _delete(ctx: Context, bucket: int, request: Request) -> None:
    check_version(request)
    if _DIRECTORY_CONDITIONS & request.keys():
        raise AwsError("NotImplemented", "A header you provided implies functionality that is not implemented.", 501)
    check_write(request, ctx.store.objects.find(bucket, request["Key"]))
    ctx.store.objects.delete(bucket, request["Key"])
