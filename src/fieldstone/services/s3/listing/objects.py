"""Listing a bucket's objects, version 1 and version 2."""

import base64
import binascii
from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.s3.buckets import find_bucket, owner_id
from fieldstone.services.s3.listing.pages import Found, common_prefixes, encoded, read_walk, walk_page
from fieldstone.services.s3.objects.checksums import MEMBERS
from fieldstone.store.objects.stored import StoredObject


@read
def list_objects_v2(ctx: Context, request: Request) -> Answer:
    """A page of objects; ``ContinuationToken`` goes on where the page before ended."""
    token = request.get("ContinuationToken")
    after = request.get("StartAfter", "") if token is None else _parse_token(token)
    found = _page(ctx, request, after)
    answer = _answer(ctx, request, found, owner=request.get("FetchOwner", False))
    return answer | {
        "KeyCount": len(found),
        "StartAfter": encoded(request, request.get("StartAfter")) if token is None else None,
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
        "Marker": encoded(request, request.get("Marker", "")),
        "NextMarker": encoded(request, following),
    }


def described_entry(request: Request, item: StoredObject, owner: dict[str, Any]) -> dict[str, Any]:
    """What a list says of an object."""
    entry = {
        "Key": encoded(request, item.key.decode()),
        "LastModified": item.modified,
        "ETag": f'"{item.etag}"',
        "Size": item.size,
        "StorageClass": item.headers.get("StorageClass", "STANDARD"),
        **owner,
    }
    algorithm = next((MEMBERS[name] for name in item.headers if name in MEMBERS), None)
    if algorithm is not None:
        entry |= {"ChecksumAlgorithm": [algorithm], "ChecksumType": item.headers.get("ChecksumType")}
    return entry


def _answer(ctx: Context, request: Request, found: Found[StoredObject], *, owner: bool) -> Answer:
    owner_member = {"Owner": {"ID": owner_id(ctx)}} if owner else {}
    return {
        "Name": request["Bucket"],
        "Prefix": encoded(request, request.get("Prefix", "")),
        "Delimiter": encoded(request, request.get("Delimiter")),
        "MaxKeys": read_walk(request, "MaxKeys").most,
        "EncodingType": request.get("EncodingType"),
        "IsTruncated": found.last is not None,
        "Contents": [described_entry(request, item, owner_member) for item in found.entries] or None,
        "CommonPrefixes": common_prefixes(request, found.prefixes),
    }


def _page(ctx: Context, request: Request, after: str) -> Found[StoredObject]:
    bucket = find_bucket(ctx, request).uid
    walk = read_walk(request, "MaxKeys")
    if walk.most == 0:
        return Found()
    return walk_page(
        walk, walk.past(after), lambda start, end, limit: ctx.store.objects.range(bucket, start, end, limit)
    )


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
