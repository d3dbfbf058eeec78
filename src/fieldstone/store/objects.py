"""S3's keys: which object stands under which key of which bucket, in the order of their bytes."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from fieldstone.store.schema import objects
from fieldstone.store.statements import Prepared

_c = objects.c


@dataclass(slots=True)
class StoredObject:
    """One object.

    Attributes:
        bucket: The uid of its bucket's row.
        key: UTF-8.
        blob: The id of the file with its bytes.
        size: Bytes.
        etag: The MD5 of the bytes in hexadecimal letters, without quotes.
        modified: Seconds since the epoch.
        headers: What GetObject answers besides: ContentType, Metadata, checksums and the like, by member name.
    """

    bucket: int
    key: bytes
    blob: str
    size: int
    etag: str
    modified: float
    headers: dict[str, Any] = field(default_factory=dict[str, Any])


_FIELDS = tuple(StoredObject.__dataclass_fields__)
_ALL = [_c[name] for name in _FIELDS]
_IN_BUCKET = _c.bucket == bindparam("bucket")
_new = insert(objects).values({name: bindparam(name) for name in _FIELDS})
_PUT: Final = Prepared(
    _new.on_conflict_do_update(
        index_elements=["bucket", "key"],
        set_={name: _new.excluded[name] for name in _FIELDS if name not in {"bucket", "key"}},
    )
)
_FIND: Final = Prepared(select(*_ALL).where(_IN_BUCKET, _c.key == bindparam("key")))
_DELETE: Final = Prepared(delete(objects).where(_IN_BUCKET, _c.key == bindparam("key")))
_NAMED: Final = Prepared(select(_c.key).where(_c.blob == bindparam("blob")).limit(1))
_RANGE: Final = Prepared(
    select(*_ALL)
    .where(_IN_BUCKET, _c.key >= bindparam("start"), _c.key < bindparam("end"))
    .order_by(_c.key)
    .limit(bindparam("limit"))
)

PAST_EVERY_KEY: Final = b"\xff"
"""No UTF-8 string begins with this byte."""


class Objects:
    """Objects, seen within one transaction.

    Args:
        connection: The driver's connection.
        discard: Called with the id of every blob that no object names any more; it acts after the commit.
    """

    __slots__ = ("_connection", "_discard")

    def __init__(self, connection: sqlite3.Connection, discard: Callable[[str], None]) -> None:
        self._connection = connection
        self._discard = discard

    def find(self, bucket: int, key: str) -> StoredObject | None:
        """The object under a key, if there is one."""
        values = _FIND.run(self._connection, bucket=bucket, key=key.encode()).fetchone()
        return None if values is None else _object(values)

    def put(self, new: StoredObject) -> None:
        """Set the object under its key in place of the one that stands there. Objects may share a blob."""
        old = self.find(new.bucket, new.key.decode())
        values = {name: getattr(new, name) for name in _FIELDS}
        values["headers"] = msgspec.json.encode(new.headers)
        _PUT.run(self._connection, **values)
        if old is not None:
            self.release(old.blob)

    def delete(self, bucket: int, key: str) -> bool:
        """Take the object under a key away; tells whether there was one."""
        old = self.find(bucket, key)
        if old is None:
            return False
        _DELETE.run(self._connection, bucket=bucket, key=old.key)
        self.release(old.blob)
        return True

    def clear(self, bucket: int) -> None:
        """Take every object of a bucket away."""
        for item in self.range(bucket, b"", PAST_EVERY_KEY, -1):
            self.delete(bucket, item.key.decode())

    def range(self, bucket: int, start: bytes, end: bytes, limit: int) -> list[StoredObject]:
        """Up to ``limit`` objects with ``start <= key < end``, in the order of their keys' bytes."""
        return [_object(v) for v in _RANGE.run(self._connection, bucket=bucket, start=start, end=end, limit=limit)]

    def with_prefix(self, bucket: int, prefix: str) -> list[StoredObject]:
        """Every object whose key begins with ``prefix``, in order."""
        start = prefix.encode()
        return self.range(bucket, start, end_of_prefix(start), -1)

    def release(self, blob: str) -> None:
        """Discard a blob unless an object names it."""
        if _NAMED.run(self._connection, blob=blob).fetchone() is None:
            self._discard(blob)


def end_of_prefix(prefix: bytes) -> bytes:
    """The least byte string above every UTF-8 string that begins with ``prefix``."""
    return prefix + PAST_EVERY_KEY


def _object(values: tuple[Any, ...]) -> StoredObject:
    *fields, headers = values
    return StoredObject(*fields, headers=msgspec.json.decode(headers))
