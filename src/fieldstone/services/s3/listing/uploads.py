"""Listing the uploads in parts that are not completed."""

from typing import Any

from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.s3.buckets import find_bucket, owner_id
from fieldstone.services.s3.listing.pages import Found, Walk, common_prefixes, encoded, read_walk, walk_page
from fieldstone.store.objects.uploads import Upload


@read
def list_multipart_uploads(ctx: Context, request: Request) -> Answer:
    """A page of uploads: by key, the earliest of each first."""
    bucket = find_bucket(ctx, request).uid
    walk = read_walk(request, "MaxUploads")
    found = _page(ctx, bucket, walk, request) if walk.most else Found[Upload]()
    ends_in_upload = found.entries and found.last == found.entries[-1].key.decode()
    truncated = found.last is not None
    return {
        "Bucket": request["Bucket"],
        "Prefix": encoded(request, request.get("Prefix", "")),
        "Delimiter": encoded(request, request.get("Delimiter")),
        "MaxUploads": walk.most,
        "EncodingType": request.get("EncodingType"),
        "KeyMarker": encoded(request, request.get("KeyMarker", "")),
        "UploadIdMarker": request.get("UploadIdMarker", "") if request.get("KeyMarker") else "",
        "IsTruncated": truncated,
        "NextKeyMarker": encoded(request, found.last) if truncated else None,
        "NextUploadIdMarker": found.entries[-1].id if truncated and ends_in_upload else None,
        "Uploads": [_entry(ctx, request, upload) for upload in found.entries] or None,
        "CommonPrefixes": common_prefixes(request, found.prefixes),
    }


def _page(ctx: Context, bucket: int, walk: Walk, request: Request) -> Found[Upload]:
    after, upload_id = request.get("KeyMarker", ""), request.get("UploadIdMarker")
    found = Found[Upload]()
    if after and upload_id:
        rest = ctx.store.uploads.later(bucket, after.encode(), upload_id, walk.most + 1)
        found.entries = rest[: walk.most]
        if len(rest) > walk.most:
            found.last = after
            return found

    def whole_keys(start: bytes, end: bytes, limit: int) -> list[Upload]:
        batch = ctx.store.uploads.range(bucket, start, end, limit)
        if len(batch) == limit:
            batch += ctx.store.uploads.later(bucket, batch[-1].key, batch[-1].id, walk.most + 1)
        return batch

    return walk_page(walk, walk.past(after), whole_keys, found)


def _entry(ctx: Context, request: Request, upload: Upload) -> dict[str, Any]:
    owner = {"ID": owner_id(ctx)}
    entry: dict[str, Any] = {
        "Key": encoded(request, upload.key.decode()),
        "UploadId": upload.id,
        "Initiated": upload.created,
        "StorageClass": upload.headers.get("StorageClass", "STANDARD"),
        "Owner": owner,
        "Initiator": owner,
    }
    if upload.checksum:
        entry |= dict(zip(("ChecksumAlgorithm", "ChecksumType"), upload.checksum, strict=True))
    return entry
