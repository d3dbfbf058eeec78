"""CopyObject."""

from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, Source, copy
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.events import note_event
from fieldstone.services.s3.objects.checksums import checksum_of, kept_checksum
from fieldstone.services.s3.objects.conditions import check_source, check_write
from fieldstone.services.s3.objects.copy_source import CopySource, parse_copy_source
from fieldstone.services.s3.objects.headers import (
    KEPT,
    OF_THE_COPY,
    check_key,
    described,
    encrypt,
    encryption_of,
    refuse_unkept,
)
from fieldstone.services.s3.objects.history import copied_version, find_object, put_version
from fieldstone.services.s3.objects.tags import parse_tagging
from fieldstone.store.blobs import Blob
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.resources import Row

LARGEST: Final = 5 << 30


def find_source(ctx: Context, request: Request) -> tuple[Row, StoredObject, CopySource]:
    """The bucket and the object that a copy is made of, once the request's conditions on it hold.

    Raises:
        AwsError: It is not there, or not as the request wants it.
    """
    if any(name.startswith(("CopySourceSSECustomer", "SSECustomer")) for name in request):
        raise AwsError("NotImplemented", "Customers' keys are not kept here; leave them out.", 501)
    source = parse_copy_source(request["CopySource"])
    asked = {"Bucket": source.bucket, "Key": source.key}
    if source.version is not None:
        asked["VersionId"] = source.version
    owner = request.get("ExpectedSourceBucketOwner")
    bucket = find_bucket(ctx, asked | ({"ExpectedBucketOwner": owner} if owner else {}))
    try:
        found = find_object(ctx, bucket, asked)
    except AwsError as error:
        if error.code != "MethodNotAllowed":
            raise
        words = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise AwsError("InvalidRequest", words) from None
    check_source(request, found, ctx.now)
    return bucket, found, source


def _bytes_to_copy(ctx: Context, request: Request) -> Source | None:
    """A copy shares its source's bytes; they are read only for a checksum that nobody has computed of them."""
    wanted = request.get("ChecksumAlgorithm")
    if wanted is None:
        return None
    _, found, _ = find_source(ctx, request)
    if f"Checksum{wanted}" in found.headers and found.headers.get("ChecksumType") == "FULL_OBJECT":
        return None
    return Source(found, ctx.store.extents.of(found.blob, 0, found.size), (wanted,))


@copy(_bytes_to_copy)
def copy_object(ctx: Context, request: Request) -> Answer:
    """Set an object to the bytes of another one: both share the files.

    Differs from AWS: a copy of an object that was uploaded in parts keeps its parts and their ETag.
    """
    source_bucket, source, named = find_source(ctx, request)
    source = request.get("Source", source)
    if source.size > LARGEST:
        words = f"The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
        raise AwsError("InvalidRequest", words)
    bucket = find_bucket(ctx, request)
    if (named.bucket, named.key) == (request["Bucket"], request["Key"]) and named.version is None:
        _check_change(request)
    check_write(ctx, bucket, request)
    headers = _headers(bucket, source, request)
    blob = request.get("Body")
    if isinstance(blob, Blob):
        checksum = checksum_of(blob, request["ChecksumAlgorithm"]) | {"ChecksumType": "FULL_OBJECT"}
        kept, size, etag = blob.id, blob.size, blob.md5
    else:
        checksum = kept_checksum(source.headers)
        kept, size, etag = source.blob, source.size, source.etag
    new = StoredObject(bucket.uid, check_key(request["Key"]), kept, size, etag, ctx.now, headers | checksum)
    version = put_version(ctx, bucket, new)
    note_event(ctx, bucket, new, "ObjectCreated:Copy")
    result = {"ETag": f'"{etag}"', "LastModified": ctx.now, **checksum}
    return {"CopyObjectResult": result, **encryption_of(headers), **copied_version(source_bucket, source), **version}


def _headers(bucket: Row, source: StoredObject, request: Request) -> dict[str, Any]:
    if request.get("MetadataDirective") == "REPLACE":
        headers = described(bucket, {name: value for name, value in request.items() if name != "Tagging"})
    else:
        refuse_unkept(request)
        kept = {name: value for name, value in source.headers.items() if name in KEPT and name not in OF_THE_COPY}
        headers = kept | {name: request[name] for name in OF_THE_COPY if name in request}
        encrypt(bucket, headers)
    if request.get("TaggingDirective") == "REPLACE":
        tags: list[Any] = parse_tagging(request["Tagging"]) if request.get("Tagging") else []
    else:
        tags = source.headers.get("Tags", [])
    return headers | ({"Tags": tags} if tags else {})


def _check_change(request: Request) -> None:
    """A copy onto itself must change something."""
    if request.get("MetadataDirective") != "REPLACE" and not OF_THE_COPY & request.keys():
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )
