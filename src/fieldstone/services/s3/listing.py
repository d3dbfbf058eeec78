"""Listing a bucket in the order of its keys' bytes, version 1 and version 2."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.s3.buckets import find_bucket, owner_id
from fieldstone.store.objects import StoredObject, end_of_prefix

_MOST_KEYS = 1000


@dataclass(slots=True)
class _Found:
    """One page: objects and common prefixes, and the last of them where there is more."""

    contents: list[StoredObject] = field(default_factory=list[StoredObject])
    prefixes: list[str] = field(default_factory=list[str])
    last: str | None = None


@read
def list_objects_v2(ctx: Context, request: Request) -> Answer:
    """A page of objects; ``ContinuationToken`` goes on where the page before ended."""
    token = request.get("ContinuationToken")
    after = request.get("StartAfter", "") if token is None else _parse_token(token)
    found = _page(ctx, request, after)
    answer = _answer(ctx, request, found, owner=request.get("FetchOwner", False))
    return answer | {
        "KeyCount": len(found.contents) + len(found.prefixes),
        "StartAfter": _encoded(request, request.get("StartAfter")) if token is None else None,
        "ContinuationToken": token,
        "NextContinuationToken": None if found.last is None else _token(found.last),
    }


@read
def list_objects(ctx: Context, request: Request) -> Answer:
    """A page of objects; ``Marker`` is the key after which it begins."""
    found = _page(ctx, request, request.get("Marker", ""))
    answer = _answer(ctx, request, found, owner=True)
    following = found.last if request.get("Delimiter") else None
    return answer | {
        "Marker": _encoded(request, request.get("Marker", "")),
        "NextMarker": _encoded(request, following),
    }


def _answer(ctx: Context, request: Request, found: _Found, *, owner: bool) -> Answer:
    owner_member = {"Owner": {"ID": owner_id(ctx)}} if owner else {}
    contents = [
        {
            "Key": _encoded(request, item.key.decode()),
            "LastModified": item.modified,
            "ETag": f'"{item.etag}"',
            "Size": item.size,
            "StorageClass": "STANDARD",
            **owner_member,
        }
        for item in found.contents
    ]
    return {
        "Name": request["Bucket"],
        "Prefix": _encoded(request, request.get("Prefix", "")),
        "Delimiter": _encoded(request, request.get("Delimiter")),
        "MaxKeys": _limit(request),
        "EncodingType": request.get("EncodingType"),
        "IsTruncated": found.last is not None,
        "Contents": contents or None,
        "CommonPrefixes": [{"Prefix": _encoded(request, prefix)} for prefix in found.prefixes] or None,
    }


def _page(ctx: Context, request: Request, after: str) -> _Found:
    """Collect a page, leaping over everything below a common prefix at once."""
    bucket = find_bucket(ctx, request).uid
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    most = _limit(request)
    found = _Found()
    if most == 0:
        return found
    start, end = prefix.encode(), end_of_prefix(prefix.encode())
    if after:
        start = max(start, _past(after, prefix, delimiter))
    last = ""
    while batch := ctx.store.objects.range(bucket, start, end, most + 1):
        for item in batch:
            if item.key < start:
                continue
            if len(found.contents) + len(found.prefixes) == most:
                found.last = last
                return found
            last = item.key.decode()
            common = _common_prefix(last, prefix, delimiter)
            if common is None:
                found.contents.append(item)
                start = item.key + b"\0"
            else:
                last = common
                found.prefixes.append(common)
                start = end_of_prefix(common.encode())
    return found


def _limit(request: Request) -> int:
    """How many keys and common prefixes a page has at the most."""
    wanted: int = request.get("MaxKeys", _MOST_KEYS)
    if wanted < 0:
        raise AwsError(
            "InvalidArgument",
            "Argument maxKeys must be an integer between 0 and 2147483647",
            ArgumentName="maxKeys",
            ArgumentValue=wanted,
        )
    return min(wanted, _MOST_KEYS)


def _past(after: str, prefix: str, delimiter: str) -> bytes:
    """Where a page begins that follows ``after``, which may be a common prefix."""
    common = _common_prefix(after, prefix, delimiter) if after.startswith(prefix) else None
    return end_of_prefix(after.encode()) if common == after else after.encode() + b"\0"


def _common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter:
        return None
    cut = key.find(delimiter, len(prefix))
    return None if cut < 0 else key[: cut + len(delimiter)]


def _encoded(request: Request, text: Any) -> Any:
    return quote(text, safe="/-_.~*") if text and request.get("EncodingType") == "url" else text


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _parse_token(token: str) -> str:
    try:
        last = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeError, ValueError):
        last = ""
    if not last:
        words = "The continuation token provided is incorrect"
        raise AwsError("InvalidArgument", words, ArgumentName="continuation-token")
    return last
