"""Objects: put, get, head, copy."""

import re
from dataclasses import dataclass
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.checksums import verify_checksums
from fieldstone.services.s3.conditions import check_read, check_source, check_version, check_write
from fieldstone.services.s3.copy_source import parse_copy_source
from fieldstone.services.s3.ranges import parse_range
from fieldstone.store.blobs import Blob
from fieldstone.store.objects import StoredObject

_KEPT: Final = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "StorageClass",
    "WebsiteRedirectLocation",
)
"""What PutObject is told of an object and GetObject answers again."""

_REFUSED: Final = (
    "ACL",
    "ObjectLockLegalHoldStatus",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "SSECustomerAlgorithm",
    "SSECustomerKey",
    "Tagging",
    "WriteOffsetBytes",
)
"""What is not kept here yet: better refused than dropped without a word."""

_OVERRIDES: Final = {
    f"Response{name}": name
    for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")
}
_HEADER_TEXT: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LONGEST_KEY = 1024


@dataclass(frozen=True, slots=True)
class Extent:
    """Bytes to send: a part of a blob."""

    blob: str
    start: int
    length: int


@write
def put_object(ctx: Context, request: Request) -> Answer:
    """Set an object under a key. ``Body`` is a Blob: its bytes are on disk before the operation begins."""
    _refuse(request)
    bucket = find_bucket(ctx, request)
    key, blob = _check_key(request["Key"]), request["Body"]
    assert isinstance(blob, Blob)
    check_write(request, ctx.store.objects.find(bucket.uid, request["Key"]))
    checksum = verify_checksums(request, blob)
    headers = {name: request[name] for name in _KEPT if name in request} | checksum
    headers.setdefault("ContentType", "binary/octet-stream")
    ctx.store.objects.put(StoredObject(bucket.uid, key, blob.id, blob.size, blob.md5, ctx.now, headers))
    return {"ETag": f'"{blob.md5}"', **checksum, "ServerSideEncryption": headers.get("ServerSideEncryption")}


@read
def get_object(ctx: Context, request: Request) -> Answer:
    """An object's bytes, or a range of them."""
    found = _find(ctx, request)
    extent, answer = _part(found, request)
    return answer | {"Body": extent}


@read
def head_object(ctx: Context, request: Request) -> Answer:
    """What GetObject would answer, without the bytes."""
    return _part(_find(ctx, request), request)[1]


@write
def copy_object(ctx: Context, request: Request) -> Answer:
    """Set an object to the bytes of another one: both share the file."""
    _refuse(request)
    source_bucket, source_key = parse_copy_source(request["CopySource"])
    source = _find(ctx, {"Bucket": source_bucket, "Key": source_key})
    check_source(request, source, ctx.now)
    bucket = find_bucket(ctx, request)
    check_write(request, ctx.store.objects.find(bucket.uid, request["Key"]))
    replace = request.get("MetadataDirective") == "REPLACE"
    if source.bucket == bucket.uid and source_key == request["Key"] and not replace:
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )
    headers = source.headers
    if replace:
        kept = {name: value for name, value in headers.items() if name.startswith("Checksum")}
        headers = {name: request[name] for name in _KEPT if name in request} | kept
        headers.setdefault("ContentType", "binary/octet-stream")
    key = _check_key(request["Key"])
    ctx.store.objects.put(StoredObject(bucket.uid, key, source.blob, source.size, source.etag, ctx.now, headers))
    return {"CopyObjectResult": {"ETag": f'"{source.etag}"', "LastModified": ctx.now}}


def _find(ctx: Context, request: Request) -> StoredObject:
    check_version(request)
    _check_reading(request)
    found = ctx.store.objects.find(find_bucket(ctx, request).uid, request["Key"])
    if found is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=request["Key"])
    check_read(request, found, ctx.now)
    return found


def _part(found: StoredObject, request: Request) -> tuple[Extent, dict[str, Any]]:
    """The bytes a request is for, and what is said of them. Checksums are of the whole object, so go with it alone."""
    part = parse_range(request.get("Range"), found.size)
    headers = dict(found.headers)
    if request.get("ChecksumMode") != "ENABLED" or part is not None:
        headers = {name: value for name, value in headers.items() if not name.startswith("Checksum")}
    start, length = part or (0, found.size)
    if part is not None:
        headers["ContentRange"] = f"bytes {start}-{start + length - 1}/{found.size}"
    answer = headers | _overrides(request) | {
        "AcceptRanges": "bytes",
        "ContentLength": length,
        "ETag": f'"{found.etag}"',
        "LastModified": found.modified,
    }  # fmt: skip
    return Extent(found.blob, start, length), answer


def _overrides(request: Request) -> dict[str, Any]:
    """What the answer's headers are to say, whatever the object's own are."""
    overrides = {name: value for name, value in request.items() if name in _OVERRIDES}
    for name, value in overrides.items():
        if isinstance(value, str) and not _HEADER_TEXT.fullmatch(value):
            raise AwsError(
                "InvalidArgument",
                "Header value cannot be represented using ISO-8859-1.",
                ArgumentName=re.sub(r"\B[A-Z]", r"-\g<0>", name).lower(),
                ArgumentValue=value,
            )
    return {_OVERRIDES[name]: value for name, value in overrides.items()}


def _refuse(request: Request) -> None:
    """Refuse what would be lost; private is what every object is."""
    for member in _REFUSED:
        if member in request and request[member] not in {"private", "bucket-owner-full-control"}:
            raise AwsError("NotImplemented", f"{member} is not kept here yet; leave it out.", 501)


def _check_reading(request: Request) -> None:
    """Hold a read against what every object here is: in one part, and without a key of the customer's."""
    if "SSECustomerAlgorithm" in request or "SSECustomerKey" in request:
        raise AwsError("InvalidRequest", "The encryption parameters are not applicable to this object.")
    if request.get("PartNumber", 1) != 1:
        raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)


def _check_key(key: str) -> bytes:
    encoded = key.encode()
    if len(encoded) > _LONGEST_KEY:
        raise AwsError("KeyTooLongError", "Your key is too long", Size=str(len(encoded)), MaxSizeAllowed="1024")
    return encoded
