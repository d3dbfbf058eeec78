"""Versions: which object a request means, and what becomes of the one before when a bucket keeps versions."""

import hashlib
import secrets
import string
from email.utils import formatdate
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Context, Request
from fieldstone.store.objects.stored import NULL_VERSION, StoredObject
from fieldstone.store.resources import Row

_LETTERS: Final = string.ascii_letters + string.digits + "._"


def find_object(ctx: Context, bucket: Row, request: Request) -> StoredObject:
    """The object that a request names by its key, and perhaps a version.

    Raises:
        AwsError: NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker, InvalidArgument.
    """
    key, version = request["Key"], request.get("VersionId")
    found = ctx.store.objects.find(bucket.uid, key)
    if version is None:
        if found is None:
            raise _no_key(ctx, bucket, key)
        return found
    check_version(version)
    if found is not None and found.version == version:
        return found
    older = ctx.store.versions.find(bucket.uid, key, version)
    if older is None:
        raise AwsError("NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version)
    if older.marker:
        raise _is_marker(older)
    return older


def check_version(version: str) -> None:
    """Hold a version id against the form of all version ids.

    Raises:
        AwsError: InvalidArgument.
    """
    if version != NULL_VERSION and version[24:] != _seal(version[:24]):
        words = "Invalid version id specified" if version else "Version id cannot be the empty string"
        raise AwsError("InvalidArgument", words, ArgumentName="versionId", ArgumentValue=version)


def new_version() -> str:
    """A fresh version id, by whose end those made here are known, as AWS knows its own."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(24))
    return drawn + _seal(drawn)


def _seal(drawn: str) -> str:
    return hashlib.blake2s(drawn.encode(), digest_size=4).hexdigest()


def put_version(ctx: Context, bucket: Row, new: StoredObject) -> dict[str, Any]:
    """Set an object under its key; what stood there is kept as a version where the bucket says so.

    Gives what the answer says of the version.
    """
    status = bucket.document.get("Versioning")
    if status is None:
        ctx.store.objects.put(new)
        return {}
    if status == "Enabled":
        new.version = new_version()
    _make_room(ctx, bucket, new.key.decode(), new.version)
    ctx.store.objects.put(new)
    return {"VersionId": new.version} if status == "Enabled" else {}


def delete_current(ctx: Context, bucket: Row, key: str) -> dict[str, Any]:
    """Delete what is under a key; where the bucket keeps versions, a delete marker comes in its place."""
    status = bucket.document.get("Versioning")
    if status is None:
        ctx.store.objects.delete(bucket.uid, key)
        return {}
    version = NULL_VERSION if status == "Suspended" else new_version()
    _make_room(ctx, bucket, key, version)
    old = ctx.store.objects.take(bucket.uid, key)
    if old is not None:  # the null version, which the marker replaces
        ctx.store.extents.release(old.blob)
    marker = StoredObject(bucket.uid, key.encode(), "", 0, "", ctx.now, {}, version, marker=True)
    ctx.store.versions.push(marker)
    return {"DeleteMarker": True, "VersionId": version}


def delete_version(ctx: Context, bucket: Row, key: str, version: str) -> dict[str, Any]:
    """Delete one version for good, or none, where it is not there; the next older one takes its place."""
    check_version(version)
    current = ctx.store.objects.find(bucket.uid, key)
    if current is not None and current.version == version:
        ctx.store.objects.delete(bucket.uid, key)
        _promote(ctx, bucket, key)
        return {"VersionId": version}
    older = ctx.store.versions.find(bucket.uid, key, version)
    if older is None:
        return {"VersionId": version}
    ctx.store.versions.delete(older)
    if current is None:
        _promote(ctx, bucket, key)
    return {"VersionId": version} | ({"DeleteMarker": True} if older.marker else {})


def copied_version(bucket: Row, source: StoredObject) -> dict[str, str]:
    """What a copy's answer says of its source's version."""
    return {"CopySourceVersionId": source.version} if "Versioning" in bucket.document else {}


def shown_version(bucket: Row, found: StoredObject) -> dict[str, str]:
    """What an answer says of an object's version: nothing in a bucket that never kept versions."""
    return {"VersionId": found.version} if "Versioning" in bucket.document else {}


def _make_room(ctx: Context, bucket: Row, key: str, version: str) -> None:
    """Move the current object to the versions, but for a null version that the new null version replaces."""
    current = ctx.store.objects.find(bucket.uid, key)
    if current is not None and current.version != version:
        ctx.store.objects.take(bucket.uid, key)
        ctx.store.versions.push(current)
    if version == NULL_VERSION:
        older = ctx.store.versions.find(bucket.uid, key, NULL_VERSION)
        if older is not None:
            ctx.store.versions.delete(older)


def _promote(ctx: Context, bucket: Row, key: str) -> None:
    newest = ctx.store.versions.of_key(bucket.uid, key.encode(), 1)
    if newest and not newest[0].marker:
        ctx.store.versions.take(newest[0])
        ctx.store.objects.put(newest[0])


def _no_key(ctx: Context, bucket: Row, key: str) -> AwsError:
    error = AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)
    if "Versioning" in bucket.document:
        newest = ctx.store.versions.of_key(bucket.uid, key.encode(), 1)
        if newest:
            error.headers = {"x-amz-delete-marker": "true", "x-amz-version-id": newest[0].version}
    return error


def _is_marker(marker: StoredObject) -> AwsError:
    words = "The specified method is not allowed against this resource."
    error = AwsError("MethodNotAllowed", words, 405, Method="GET", ResourceType="DeleteMarker")
    error.headers = {
        "allow": "DELETE",
        "last-modified": formatdate(marker.modified, usegmt=True),
        "x-amz-delete-marker": "true",
        "x-amz-version-id": marker.version,
    }
    return error
