"""The objects that reads without a version find: one for a key of a bucket."""

import sqlite3
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldstone.store.objects.extents import Extents
from fieldstone.store.objects.stored import FIELDS, PAST_EVERY_KEY, StoredObject, end_of_prefix, read_object, values_of
from fieldstone.store.schema import objects
from fieldstone.store.statements import Prepared

_c = objects.c
_ALL = [_c[name] for name in FIELDS]
_IN_BUCKET = _c.bucket == bindparam("bucket")
_UNDER_KEY = (_IN_BUCKET, _c.key == bindparam("key"))
_new = insert(objects).values({name: bindparam(name) for name in FIELDS})
_PUT: Final = Prepared(
    _new.on_conflict_do_update(
        index_elements=["bucket", "key"],
        set_={name: _new.excluded[name] for name in FIELDS if name not in {"bucket", "key"}},
    )
)
_AMEND: Final = Prepared(
    update(objects)
    .where(_c.bucket == bindparam("of_bucket"), _c.key == bindparam("of_key"))
    .values(headers=bindparam("headers"))
)
_FIND: Final = Prepared(select(*_ALL).where(*_UNDER_KEY))
_DELETE: Final = Prepared(delete(objects).where(*_UNDER_KEY))
_RANGE: Final = Prepared(
    select(*_ALL)
    .where(_IN_BUCKET, _c.key >= bindparam("start"), _c.key < bindparam("end"))
    .order_by(_c.key)
    .limit(bindparam("limit"))
)


class Objects:
    """Objects, seen within one transaction."""

    __slots__ = ("_connection", "_extents")

    def __init__(self, connection: sqlite3.Connection, extents: Extents) -> None:
        self._connection = connection
        self._extents = extents

    def find(self, bucket: int, key: str) -> StoredObject | None:
        """The object under a key, if there is one."""
        values = _FIND.run(self._connection, bucket=bucket, key=key.encode()).fetchone()
        return None if values is None else read_object(values)

    def put(self, new: StoredObject) -> None:
        """Set the object under its key in place of the one that stands there. Objects may share a blob."""
        old = self.find(new.bucket, new.key.decode())
        _PUT.run(self._connection, **values_of(new))
        if old is not None:
            self._extents.release(old.blob)

    def amend(self, item: StoredObject) -> None:
        """Write an object's headers anew."""
        values = values_of(item)
        _AMEND.run(self._connection, of_bucket=item.bucket, of_key=item.key, headers=values["headers"])

    def delete(self, bucket: int, key: str) -> bool:
        """Take the object under a key away; tells whether there was one."""
        old = self.take(bucket, key)
        if old is not None:
            self._extents.release(old.blob)
        return old is not None

    def take(self, bucket: int, key: str) -> StoredObject | None:
        """Take the object under a key away but keep its bytes; its blob must be named again, or released."""
        old = self.find(bucket, key)
        if old is not None:
            _DELETE.run(self._connection, bucket=bucket, key=old.key)
        return old

    def clear(self, bucket: int) -> None:
        """Take every object of a bucket away."""
        for item in self.range(bucket, b"", PAST_EVERY_KEY, -1):
            self.delete(bucket, item.key.decode())

    def range(self, bucket: int, start: bytes, end: bytes, limit: int) -> list[StoredObject]:
        """Up to ``limit`` objects with ``start <= key < end``, in the order of their keys' bytes."""
        return [read_object(v) for v in _RANGE.run(self._connection, bucket=bucket, start=start, end=end, limit=limit)]

    def with_prefix(self, bucket: int, prefix: str) -> list[StoredObject]:
        """Every object whose key begins with ``prefix``, in order."""
        start = prefix.encode()
        return self.range(bucket, start, end_of_prefix(start), -1)
