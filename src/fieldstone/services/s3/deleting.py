"""Deleting objects, one by one or a thousand at a time."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket

_MOST_KEYS = 1000


@write
def delete_object(ctx: Context, request: Request) -> Answer:
    """Take an object away; a key that holds none is deleted just as well."""
    ctx.store.objects.delete(find_bucket(ctx, request).uid, request["Key"])
    return {}


@write
def delete_objects(ctx: Context, request: Request) -> Answer:
    """Take up to a thousand objects away."""
    bucket = find_bucket(ctx, request)
    entries: list[dict[str, Any]] = request["Delete"]["Objects"]
    if not 0 < len(entries) <= _MOST_KEYS:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    for entry in entries:
        ctx.store.objects.delete(bucket.uid, entry["Key"])
    return {} if request["Delete"].get("Quiet") else {"Deleted": [{"Key": entry["Key"]} for entry in entries]}
