"""PutObject."""

from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.events import note_event
from fieldstone.services.s3.objects.checksums import verify_checksums
from fieldstone.services.s3.objects.conditions import check_write
from fieldstone.services.s3.objects.headers import check_key, described, encryption_of
from fieldstone.services.s3.objects.history import put_version
from fieldstone.store.blobs import Blob
from fieldstone.store.objects.stored import StoredObject


@write
def put_object(ctx: Context, request: Request) -> Answer:
    """Set an object under a key. ``Body`` is a Blob: its bytes are on disk before the operation begins."""
    bucket = find_bucket(ctx, request)
    headers = described(bucket, request)
    key, blob = check_key(request["Key"]), request["Body"]
    assert isinstance(blob, Blob)
    check_write(ctx, bucket, request)
    checksum = verify_checksums(request, blob) | {"ChecksumType": "FULL_OBJECT"}
    new = StoredObject(bucket.uid, key, blob.id, blob.size, blob.md5, ctx.now, headers | checksum)
    version = put_version(ctx, bucket, new)
    note_event(ctx, bucket, new, "ObjectCreated:Put")
    return {"ETag": f'"{blob.md5}"', **checksum, **encryption_of(headers), **version}
