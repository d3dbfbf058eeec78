"""The parts of an upload: sent, copied from another object, listed."""

import re
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, Source, copy, read, write
from fieldstone.services.s3.buckets import find_bucket, owner_id
from fieldstone.services.s3.multipart.uploads import find_upload, told_checksum
from fieldstone.services.s3.objects.checksums import DEFAULT, announced_checksum, checksum_of, verify_checksums
from fieldstone.services.s3.objects.copying import LARGEST, find_source
from fieldstone.services.s3.objects.headers import encryption_of
from fieldstone.services.s3.objects.history import copied_version
from fieldstone.store.blobs import Blob
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.objects.uploads import Part, Upload

_MOST_PARTS: Final = 1000
_LAST_NUMBER: Final = 10_000
_RANGE: Final = re.compile(r"bytes=(\d{1,20})-(\d{1,20})")


@write
def upload_part(ctx: Context, request: Request) -> Answer:
    """Set a part of an upload, in place of the one of the same number."""
    _check_number(request)
    upload = find_upload(ctx, find_bucket(ctx, request), request)
    blob = request["Body"]
    assert isinstance(blob, Blob)
    told = _verify(upload, request, blob)
    part = _put(ctx, upload, request["PartNumber"], blob, told)
    return {"ETag": f'"{part.etag}"', **told, **encryption_of(upload.headers)}


def _range_to_copy(ctx: Context, request: Request) -> Source:
    _check_number(request)
    upload = find_upload(ctx, find_bucket(ctx, request), request)
    _, found, _ = find_source(ctx, request)
    start, length = _copied_range(request.get("CopySourceRange"), found)
    return Source(found, ctx.store.extents.of(found.blob, start, length), upload.checksum[:1])


@copy(_range_to_copy)
def upload_part_copy(ctx: Context, request: Request) -> Answer:
    """Set a part of an upload to bytes of another object; they are copied before this begins."""
    upload = find_upload(ctx, find_bucket(ctx, request), request)
    source_bucket = find_source(ctx, request)[0]
    source, blob = request["Source"], request["Body"]
    told = checksum_of(blob, upload.checksum[0]) if upload.checksum else {}
    part = _put(ctx, upload, request["PartNumber"], blob, told)
    result = {"ETag": f'"{part.etag}"', "LastModified": part.modified, **told}
    return {"CopyPartResult": result, **copied_version(source_bucket, source), **encryption_of(upload.headers)}


@read
def list_parts(ctx: Context, request: Request) -> Answer:
    """A page of the parts of an upload, in the order of their numbers."""
    upload = find_upload(ctx, find_bucket(ctx, request), request)
    most, after = min(request.get("MaxParts", _MOST_PARTS), _MOST_PARTS), request.get("PartNumberMarker", 0)
    page = ctx.store.uploads.parts(upload, after, most + 1)
    shown = page[:most]
    owner = {"ID": owner_id(ctx)}
    return {
        "Bucket": request["Bucket"],
        "Key": request["Key"],
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": most,
        "IsTruncated": len(page) > most,
        "Parts": [_entry(part) for part in shown] or None,
        "Initiator": owner,
        "Owner": owner,
        "StorageClass": upload.headers.get("StorageClass", "STANDARD"),
        **told_checksum(upload),
    }


def _entry(part: Part) -> dict[str, Any]:
    return {
        "PartNumber": part.number,
        "LastModified": part.modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
        **part.checksums,
    }


def _put(ctx: Context, upload: Upload, number: int, blob: Blob, told: dict[str, str]) -> Part:
    checksums = checksum_of(blob, DEFAULT) | told if not upload.checksum else told
    part = Part(number, blob.id, blob.size, blob.md5, ctx.now, checksums)
    ctx.store.uploads.put_part(upload, part)
    return part


def _verify(upload: Upload, request: Request, blob: Blob) -> dict[str, str]:
    """The part's checksum, which must be of the algorithm that the upload was begun with."""
    if upload.checksum:
        expected, kind = upload.checksum
        announced = announced_checksum(request)
        actual = "null" if announced is None else announced[0]
        if actual != expected and (announced is not None or kind == "COMPOSITE"):
            raise AwsError(
                "InvalidRequest",
                f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, "
                f"actual checksum Type: {actual.lower()}",
            )
    told = verify_checksums(request, blob)
    return checksum_of(blob, upload.checksum[0]) if upload.checksum else told


def _check_number(request: Request) -> None:
    if not 1 <= request["PartNumber"] <= _LAST_NUMBER:
        raise AwsError(
            "InvalidArgument",
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=request["PartNumber"],
        )


def _copied_range(header: str | None, found: StoredObject) -> tuple[int, int]:
    """Where the bytes to copy begin, and how many they are."""
    first, last = 0, found.size - 1
    if header is not None:
        match = _RANGE.fullmatch(header)
        first, last = (int(match[1]), int(match[2])) if match else (1, 0)
        if first > last:
            words = (
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                "zero-based offsets of the first and last bytes to copy"
            )
            raise AwsError("InvalidArgument", words, ArgumentName="x-amz-copy-source-range", ArgumentValue=header)
        if last >= found.size:
            words = f"Range specified is not valid for source object of size: {found.size}"
            raise AwsError("InvalidArgument", words, ArgumentName="x-amz-copy-source-range", ArgumentValue=header)
    if last - first >= LARGEST:
        words = f"The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
        raise AwsError("InvalidRequest", words)
    return first, last - first + 1
