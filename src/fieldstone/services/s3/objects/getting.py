"""GetObject and HeadObject."""

from dataclasses import dataclass
from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.objects.checksums import MEMBERS
from fieldstone.services.s3.objects.conditions import check_read
from fieldstone.services.s3.objects.headers import overrides
from fieldstone.services.s3.objects.history import find_object, shown_version
from fieldstone.services.s3.objects.ranges import parse_range
from fieldstone.store.objects.extents import Extent
from fieldstone.store.objects.stored import StoredObject


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to send.

    Attributes:
        extents: Where they are.
        length: How many.
    """

    extents: list[Extent]
    length: int


@dataclass(frozen=True, slots=True)
class _Span:
    """The bytes of an object that a request is for, and what is to be said of them alone."""

    start: int
    length: int
    members: dict[str, Any]


@read
def get_object(ctx: Context, request: Request) -> Answer:
    """An object's bytes, a range of them, or a part as it was uploaded."""
    found, span, answer = _answer(ctx, request)
    return answer | {"Body": Content(ctx.store.extents.of(found.blob, span.start, span.length), span.length)}


@read
def head_object(ctx: Context, request: Request) -> Answer:
    """What GetObject would answer, without the bytes."""
    return _answer(ctx, request)[2]


def _answer(ctx: Context, request: Request) -> tuple[StoredObject, _Span, dict[str, Any]]:
    if "SSECustomerAlgorithm" in request or "SSECustomerKey" in request:
        raise AwsError("InvalidRequest", "The encryption parameters are not applicable to this object.")
    bucket = find_bucket(ctx, request)
    found = find_object(ctx, bucket, request)
    check_read(request, found, ctx.now)
    span = _span(ctx, request, found)
    headers = found.headers
    if request.get("ChecksumMode") != "ENABLED" or "ContentRange" in span.members:
        # A checksum is of the whole object, so goes with it alone
        headers = {name: value for name, value in headers.items() if not name.startswith("Checksum")}
    answer = headers | overrides(request) | shown_version(bucket, found) | {
        "AcceptRanges": "bytes",
        "ContentLength": span.length,
        "ETag": f'"{found.etag}"',
        "LastModified": found.modified,
        "TagCount": len(found.headers["Tags"]) if "Tags" in found.headers else None,
    } | span.members  # fmt: skip
    return found, span, answer


def _span(ctx: Context, request: Request, found: StoredObject) -> _Span:
    if "PartNumber" in request:
        return _part(ctx, request, found)
    part = parse_range(request.get("Range"), found.size)
    if part is None:
        return _Span(0, found.size, {})
    return _Span(*part, _content_range(*part, found.size))


def _part(ctx: Context, request: Request, found: StoredObject) -> _Span:
    """A part as it was uploaded; what came at once is one part."""
    if "Range" in request:
        raise AwsError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    number: int = request["PartNumber"]
    if not 1 <= number <= 10_000:
        raise AwsError(
            "InvalidArgument",
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=number,
        )
    count = ctx.store.extents.parts_count(found.blob)
    if number > (count or 1):
        raise AwsError(
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
            416,
            ActualPartCount=count or 1,
            PartNumberRequested=number,
        )
    if count is None:
        return _Span(0, found.size, _content_range(0, found.size, found.size) if found.size else {})
    segment = ctx.store.extents.segments(found.blob, number - 1, 1)[0]
    members: dict[str, Any] = {"PartsCount": count}
    if request.get("ChecksumMode") == "ENABLED":
        kept = {name: value for name, value in segment.checksums.items() if name in MEMBERS and name in found.headers}
        members |= kept | {"ChecksumType": found.headers.get("ChecksumType")}
    if segment.size:
        members |= _content_range(segment.start, segment.size, found.size)
    return _Span(segment.start, segment.size, members)


def _content_range(start: int, length: int, size: int) -> dict[str, str]:
    return {"ContentRange": f"bytes {start}-{start + length - 1}/{size}"}
