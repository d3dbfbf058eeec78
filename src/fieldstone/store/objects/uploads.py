"""Uploads in parts that are not completed, and their parts."""

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from fieldstone.core.ids import opaque_id
from fieldstone.store.objects.extents import Extents
from fieldstone.store.objects.stored import PAST_EVERY_KEY
from fieldstone.store.schema import parts, uploads
from fieldstone.store.statements import Prepared


@dataclass(slots=True)
class Upload:
    """An upload in parts.

    Attributes:
        bucket: The uid of its bucket's row.
        key: UTF-8.
        id: Sorts by the time of its beginning.
        created: Seconds since the epoch.
        headers: What the object is to have, as a StoredObject's.
        checksum: The algorithm and the type of its checksum; empty where the client named none.
    """

    bucket: int
    key: bytes
    id: str
    created: float
    headers: dict[str, Any] = field(default_factory=dict[str, Any])
    checksum: tuple[str, str] | tuple[()] = ()


@dataclass(slots=True)
class Part:
    """A part of an upload; ``checksums`` are in Base64, by member name."""

    number: int
    blob: str
    size: int
    etag: str
    modified: float
    checksums: dict[str, str] = field(default_factory=dict[str, str])


_u, _p = uploads.c, parts.c
_FIELDS = ("bucket", "key", "id", "created", "headers", "checksum")
_PART_FIELDS = ("number", "blob", "size", "etag", "modified", "checksums")
_AT = (_u.bucket == bindparam("bucket"), _u.key == bindparam("key"), _u.id == bindparam("id"))
_INSERT: Final = Prepared(insert(uploads).values({name: bindparam(name) for name in _FIELDS}))
_FIND: Final = Prepared(select(*(_u[name] for name in _FIELDS)).where(*_AT))
_DELETE: Final = Prepared(delete(uploads).where(*_AT))
_RANGE: Final = Prepared(
    select(*(_u[name] for name in _FIELDS))
    .where(_u.bucket == bindparam("bucket"), _u.key >= bindparam("start"), _u.key < bindparam("end"))
    .order_by(_u.key, _u.id)
    .limit(bindparam("limit"))
)
_LATER: Final = Prepared(
    select(*(_u[name] for name in _FIELDS))
    .where(_u.bucket == bindparam("bucket"), _u.key == bindparam("key"), _u.id > bindparam("after"))
    .order_by(_u.id)
    .limit(bindparam("limit"))
)
_new_part = insert(parts).values({name: bindparam(name) for name in ("upload", *_PART_FIELDS)})
_PUT_PART: Final = Prepared(
    _new_part.on_conflict_do_update(
        index_elements=["upload", "number"],
        set_={name: _new_part.excluded[name] for name in _PART_FIELDS if name != "number"},
    )
)
_PARTS: Final = Prepared(
    select(*(_p[name] for name in _PART_FIELDS))
    .where(_p.upload == bindparam("upload"), _p.number > bindparam("after"))
    .order_by(_p.number)
    .limit(bindparam("limit"))
)
_PART_BLOB: Final = Prepared(select(_p.blob).where(_p.upload == bindparam("upload"), _p.number == bindparam("number")))
_DELETE_PARTS: Final = Prepared(delete(parts).where(_p.upload == bindparam("upload")))


def new_upload_id() -> str:
    """A fresh upload id; later ones sort after earlier ones."""
    return f"{time.time_ns():016x}{opaque_id()}{opaque_id()}"


class Uploads:
    """Uploads in parts, seen within one transaction."""

    __slots__ = ("_connection", "_extents")

    def __init__(self, connection: sqlite3.Connection, extents: Extents) -> None:
        self._connection = connection
        self._extents = extents

    def begin(self, upload: Upload) -> None:
        """Add an upload."""
        values = {name: getattr(upload, name) for name in _FIELDS}
        values["headers"] = msgspec.json.encode(upload.headers)
        _INSERT.run(self._connection, **values | {"checksum": msgspec.json.encode(upload.checksum)})

    def find(self, bucket: int, key: str, upload_id: str) -> Upload | None:
        """The upload of that id to that key."""
        found = _FIND.run(self._connection, bucket=bucket, key=key.encode(), id=upload_id).fetchone()
        return None if found is None else _upload(found)

    def end(self, upload: Upload, keep: frozenset[str] = frozenset()) -> None:
        """Take an upload away, and its parts but for the files to keep."""
        files = [part.blob for part in self.parts(upload, 0, -1) if part.blob not in keep]
        _DELETE_PARTS.run(self._connection, upload=upload.id)
        _DELETE.run(self._connection, bucket=upload.bucket, key=upload.key, id=upload.id)
        for file in files:
            self._extents.release(file)

    def put_part(self, upload: Upload, part: Part) -> None:
        """Set a part in place of the one of the same number."""
        old = _PART_BLOB.run(self._connection, upload=upload.id, number=part.number).fetchone()
        values = {name: getattr(part, name) for name in _PART_FIELDS}
        _PUT_PART.run(self._connection, upload=upload.id, **values | {"checksums": msgspec.json.encode(part.checksums)})
        if old is not None:
            self._extents.release(old[0])

    def parts(self, upload: Upload, after: int, limit: int) -> list[Part]:
        """Up to ``limit`` parts with numbers above ``after``, in order."""
        return [_part(v) for v in _PARTS.run(self._connection, upload=upload.id, after=after, limit=limit)]

    def range(self, bucket: int, start: bytes, end: bytes, limit: int) -> list[Upload]:
        """Up to ``limit`` uploads with ``start <= key < end``: by key, then the earliest first."""
        found = _RANGE.run(self._connection, bucket=bucket, start=start, end=end, limit=limit)
        return [_upload(values) for values in found]

    def later(self, bucket: int, key: bytes, after: str, limit: int) -> list[Upload]:
        """Up to ``limit`` uploads to a key that began after the one of that id."""
        found = _LATER.run(self._connection, bucket=bucket, key=key, after=after, limit=limit)
        return [_upload(values) for values in found]

    def clear(self, bucket: int) -> None:
        """Take every upload to a bucket away."""
        for upload in self.range(bucket, b"", PAST_EVERY_KEY, -1):
            self.end(upload)


def _upload(values: tuple[Any, ...]) -> Upload:
    *fields, headers, checksum = values
    return Upload(*fields, headers=msgspec.json.decode(headers), checksum=tuple(msgspec.json.decode(checksum)))


def _part(values: tuple[Any, ...]) -> Part:
    *fields, checksums = values
    return Part(*fields, checksums=msgspec.json.decode(checksums))
