"""Listing the versions of a bucket's objects."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.s3.buckets import find_bucket, owner_id
from fieldstone.services.s3.listing.objects import described_entry
from fieldstone.services.s3.listing.pages import Found, Walk, common_prefixes, encoded, read_walk, walk_page
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.objects.versions import NEWEST

_MARKER_MEMBERS = frozenset({"Key", "LastModified", "Owner", "VersionId", "IsLatest"})


@read
def list_object_versions(ctx: Context, request: Request) -> Answer:
    """A page of versions and delete markers: by key, the newest of each first."""
    bucket = find_bucket(ctx, request).uid
    walk = read_walk(request, "MaxKeys")
    if request.get("VersionIdMarker") and not request.get("KeyMarker"):
        raise AwsError(
            "InvalidArgument",
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=request["VersionIdMarker"],
        )
    found = _page(ctx, bucket, walk, request) if walk.most else Found[StoredObject]()
    owner = {"Owner": {"ID": owner_id(ctx)}}
    shown = [(item, _entry(ctx, request, item, owner)) for item in found.entries]
    ends_in_version = found.entries and found.last == found.entries[-1].key.decode()
    return {
        "Name": request["Bucket"],
        "Prefix": encoded(request, request.get("Prefix", "")),
        "Delimiter": encoded(request, request.get("Delimiter")),
        "MaxKeys": walk.most,
        "EncodingType": request.get("EncodingType"),
        "KeyMarker": encoded(request, request.get("KeyMarker", "")),
        "VersionIdMarker": request.get("VersionIdMarker", ""),
        "IsTruncated": found.last is not None,
        "NextKeyMarker": encoded(request, found.last),
        "NextVersionIdMarker": found.entries[-1].version if ends_in_version else None,
        "Versions": [entry for item, entry in shown if not item.marker] or None,
        "DeleteMarkers": [
            {name: value for name, value in entry.items() if name in _MARKER_MEMBERS}
            for item, entry in shown
            if item.marker
        ]
        or None,
        "CommonPrefixes": common_prefixes(request, found.prefixes),
    }


def _page(ctx: Context, bucket: int, walk: Walk, request: Request) -> Found[StoredObject]:
    after, version = request.get("KeyMarker", ""), request.get("VersionIdMarker")
    found = Found[StoredObject]()
    if version:
        rest = _rest_of_key(ctx, bucket, after, version, walk.most + 1)
        found.entries = rest[: walk.most]
        if len(rest) > walk.most:
            found.last = after
            return found

    def whole_keys(start: bytes, end: bytes, limit: int) -> list[StoredObject]:
        """A page may end within a key, a batch never does."""
        batch = ctx.store.versions.range(bucket, start, end, limit)
        if len(batch) == limit:
            batch += ctx.store.versions.of_key(bucket, batch[-1].key, walk.most + 1, batch[-1].rank)
        return batch

    return walk_page(walk, walk.past(after), whole_keys, found)


def _rest_of_key(ctx: Context, bucket: int, key: str, version: str, limit: int) -> list[StoredObject]:
    """The versions of a key that are older than the given one."""
    current = ctx.store.objects.find(bucket, key)
    if current is not None and current.version == version:
        return ctx.store.versions.of_key(bucket, key.encode(), limit)
    marked = ctx.store.versions.find(bucket, key, version)
    return [] if marked is None else ctx.store.versions.of_key(bucket, key.encode(), limit, marked.rank)


def _entry(ctx: Context, request: Request, item: StoredObject, owner: dict[str, Any]) -> dict[str, Any]:
    return described_entry(request, item, owner) | {"VersionId": item.version, "IsLatest": _is_latest(ctx, item)}


def _is_latest(ctx: Context, item: StoredObject) -> bool:
    """The current object is; a delete marker is where it is the newest and there is no current object."""
    if item.rank == NEWEST:
        return True
    if not item.marker or ctx.store.objects.find(item.bucket, item.key.decode()) is not None:
        return False
    return ctx.store.versions.of_key(item.bucket, item.key, 1)[0].rank == item.rank
