"""GetObjectAttributes."""

from typing import Any

from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.objects.checksums import kept_checksum
from fieldstone.services.s3.objects.history import find_object, shown_version
from fieldstone.store.objects.stored import StoredObject

_MOST_PARTS = 1000


@read
def get_object_attributes(ctx: Context, request: Request) -> Answer:
    """What is asked for of an object, in one answer."""
    bucket = find_bucket(ctx, request)
    found = find_object(ctx, bucket, request)
    known: dict[str, Any] = {
        "ETag": found.etag,
        "Checksum": kept_checksum(found.headers) or None,
        "ObjectParts": _parts(ctx, request, found),
        "StorageClass": found.headers.get("StorageClass", "STANDARD"),
        "ObjectSize": found.size,
    }
    asked = {name.strip() for name in request["ObjectAttributes"]}
    return {"LastModified": found.modified, **shown_version(bucket, found)} | {
        name: value for name, value in known.items() if name in asked
    }


def _parts(ctx: Context, request: Request, found: StoredObject) -> dict[str, Any] | None:
    count = ctx.store.extents.parts_count(found.blob)
    if count is None or "ObjectParts" not in request["ObjectAttributes"]:
        return None
    most = min(request.get("MaxParts", _MOST_PARTS), _MOST_PARTS)
    after = request.get("PartNumberMarker", 0)
    page = ctx.store.extents.segments(found.blob, after, most + 1)
    shown = page[:most]
    parts = [{"PartNumber": part.number, "Size": part.size, **part.checksums} for part in shown]
    return {
        "TotalPartsCount": count,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": most,
        "IsTruncated": len(page) > most,
        "Parts": parts if any(part.checksums for part in shown) else None,
    }
