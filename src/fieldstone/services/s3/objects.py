"""Objects: put, get, head, copy."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.conditions import check_read, check_write
from fieldstone.services.s3.copy_source import parse_copy_source
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
    "WebsiteRedirectLocation",
)
"""What PutObject is told of an object and GetObject answers again."""

_OVERRIDES: Final = {
    f"Response{name}": name
    for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")
}
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
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
    bucket = find_bucket(ctx, request)
    key, blob = _check_key(request["Key"]), request["Body"]
    assert isinstance(blob, Blob)
    check_write(request, ctx.store.objects.find(bucket.uid, request["Key"]))
    checksum = _checksum(request, blob)
    headers = {name: request[name] for name in _KEPT if name in request} | checksum
    headers.setdefault("ContentType", "binary/octet-stream")
    ctx.store.objects.put(StoredObject(bucket.uid, key, blob.id, blob.size, blob.md5, ctx.now, headers))
    return {"ETag": f'"{blob.md5}"', **checksum, "ServerSideEncryption": headers.get("ServerSideEncryption")}


@read
def get_object(ctx: Context, request: Request) -> Answer:
    """An object's bytes, or a range of them."""
    found = _find(ctx, request)
    answer = _describe(found, request)
    start, length = _range(request.get("Range"), found.size)
    if length != found.size or "Range" in request:
        answer["ContentRange"] = f"bytes {start}-{start + length - 1}/{found.size}"
        answer = {name: value for name, value in answer.items() if not name.startswith("Checksum")}
    answer["ContentLength"] = length
    answer["Body"] = Extent(found.blob, start, length)
    return answer


@read
def head_object(ctx: Context, request: Request) -> Answer:
    """What GetObject would answer, without the bytes."""
    found = _find(ctx, request)
    _, length = _range(request.get("Range"), found.size)
    return _describe(found, request) | {"ContentLength": length}


@write
def copy_object(ctx: Context, request: Request) -> Answer:
    """Set an object to the bytes of another one: both share the file."""
    source_bucket, source_key = parse_copy_source(request["CopySource"])
    source = _find(ctx, {"Bucket": source_bucket, "Key": source_key}, code="NoSuchKey")
    check_read(request, source, prefix="CopySource")
    bucket = find_bucket(ctx, request)
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


def _find(ctx: Context, request: Request, code: str = "NoSuchKey") -> StoredObject:
    found = ctx.store.objects.find(find_bucket(ctx, request).uid, request["Key"])
    if found is None or request.get("VersionId", "null") != "null":
        raise AwsError(code, "The specified key does not exist.", 404, Key=request["Key"])
    check_read(request, found)
    return found


def _describe(found: StoredObject, request: Request) -> dict[str, Any]:
    headers = dict(found.headers)
    if request.get("ChecksumMode") != "ENABLED":
        headers = {name: value for name, value in headers.items() if not name.startswith("Checksum")}
    overrides = {_OVERRIDES[name]: value for name, value in request.items() if name in _OVERRIDES}
    return headers | overrides | {
        "AcceptRanges": "bytes",
        "ETag": f'"{found.etag}"',
        "LastModified": found.modified,
    }  # fmt: skip


def _check_key(key: str) -> bytes:
    encoded = key.encode()
    if len(encoded) > _LONGEST_KEY:
        raise AwsError("KeyTooLongError", "Your key is too long", Size=str(len(encoded)), MaxSizeAllowed="1024")
    return encoded


def _checksum(request: Request, blob: Blob) -> dict[str, str]:
    """The checksums that came with the bytes, once they are found to be true."""
    md5 = request.get("ContentMD5")
    if md5 is not None and md5 != base64.b64encode(bytes.fromhex(blob.md5)).decode():
        raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
    known = {"ChecksumCRC32": blob.crc32.to_bytes(4, "big"), "ChecksumSHA256": bytes.fromhex(blob.sha256)}
    for name in (name for name in request if name.startswith("Checksum") and name != "ChecksumAlgorithm"):
        if name not in known:
            raise AwsError("NotImplemented", f"{name} is not verified here yet; send ChecksumCRC32.", 501)
        if base64.b64encode(known[name]).decode() != request[name]:
            algorithm = name.removeprefix("Checksum")
            raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return {name: request[name] for name in known if name in request}


def _range(header: str | None, size: int) -> tuple[int, int]:
    """Where the asked-for range begins, and its length. A header that is no range is ignored, as HTTP has it."""
    match = _RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end or (not first and last == "0"):
        raise AwsError(
            "InvalidRange", "The requested range is not satisfiable", 416, RangeRequested=header, ActualObjectSize=size
        )
    return start, end - start + 1
