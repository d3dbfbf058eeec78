"""Versions that are not current, and delete markers."""

import sqlite3
from typing import Any, Final

from sqlalchemy import bindparam, delete, false, func, insert, literal, select, union_all, update

from fieldstone.store.objects.extents import Extents
from fieldstone.store.objects.stored import FIELDS, StoredObject, read_object, values_of
from fieldstone.store.schema import objects, versions
from fieldstone.store.statements import Prepared

_v = versions.c
_COLUMNS = (*FIELDS, "marker", "rank")
_ALL = [_v[name] for name in _COLUMNS]
_UNDER_KEY = (_v.bucket == bindparam("bucket"), _v.key == bindparam("key"))
_INSERT: Final = Prepared(insert(versions).values({name: bindparam(name) for name in _COLUMNS}))
_TOP: Final = Prepared(select(func.min(_v.rank)).where(*_UNDER_KEY))
_OF_KEY: Final = Prepared(
    select(*_ALL).where(*_UNDER_KEY, _v.rank > bindparam("after")).order_by(_v.rank).limit(bindparam("limit"))
)
_FIND: Final = Prepared(select(*_ALL).where(*_UNDER_KEY, _v.version == bindparam("version")))
_ANY: Final = Prepared(select(literal(1)).where(_v.bucket == bindparam("bucket")).limit(1))
_IN_BUCKET: Final = Prepared(select(*_ALL).where(_v.bucket == bindparam("bucket")))
_AT = (_v.bucket == bindparam("of_bucket"), _v.key == bindparam("of_key"), _v.rank == bindparam("of_rank"))
_DELETE: Final = Prepared(delete(versions).where(*_AT))
_AMEND: Final = Prepared(update(versions).where(*_AT).values(headers=bindparam("headers")))

NEWEST: Final = -(1 << 62)
"""Below every rank."""


def _within(table: Any, *more: Any) -> Any:
    here = (
        table.c.bucket == bindparam("bucket"), table.c.key >= bindparam("start"), table.c.key < bindparam("end")
    )  # fmt: skip
    return select(*(table.c[name] for name in FIELDS), *more).where(*here)


_current = _within(objects, false().label("marker"), literal(NEWEST).label("rank"))
_both = union_all(_current, _within(versions, _v.marker, _v.rank))
_RANGE: Final = Prepared(
    _both.order_by(_both.selected_columns.key, _both.selected_columns.rank).limit(bindparam("limit"))
)


class Versions:
    """Versions that are not current, seen within one transaction. The newest stands first, with the least rank."""

    __slots__ = ("_connection", "_extents")

    def __init__(self, connection: sqlite3.Connection, extents: Extents) -> None:
        self._connection = connection
        self._extents = extents

    def push(self, item: StoredObject) -> None:
        """Add a version that is newer than all of its key here."""
        top = _TOP.run(self._connection, bucket=item.bucket, key=item.key).fetchone()[0]
        rank = (top or 0) - 1
        _INSERT.run(self._connection, **values_of(item), marker=item.marker, rank=rank)

    def find(self, bucket: int, key: str, version: str) -> StoredObject | None:
        """A version of a key."""
        found = _FIND.run(self._connection, bucket=bucket, key=key.encode(), version=version).fetchone()
        return None if found is None else _version(found)

    def of_key(self, bucket: int, key: bytes, limit: int, after: int = NEWEST) -> list[StoredObject]:
        """Up to ``limit`` versions of a key, newest first, that are older than the one of rank ``after``."""
        found = _OF_KEY.run(self._connection, bucket=bucket, key=key, limit=limit, after=after)
        return [_version(values) for values in found]

    def any(self, bucket: int) -> bool:
        """Whether a bucket has versions that are not current, or delete markers."""
        return _ANY.run(self._connection, bucket=bucket).fetchone() is not None

    def take(self, item: StoredObject) -> None:
        """Take a version away but keep its bytes; its blob must be named again, or released."""
        _DELETE.run(self._connection, of_bucket=item.bucket, of_key=item.key, of_rank=item.rank)

    def delete(self, item: StoredObject) -> None:
        """Take a version away."""
        self.take(item)
        if not item.marker:
            self._extents.release(item.blob)

    def amend(self, item: StoredObject) -> None:
        """Write a version's headers anew."""
        at = {"of_bucket": item.bucket, "of_key": item.key, "of_rank": item.rank}
        _AMEND.run(self._connection, headers=values_of(item)["headers"], **at)

    def clear(self, bucket: int) -> None:
        """Take every version of a bucket away."""
        for values in _IN_BUCKET.run(self._connection, bucket=bucket).fetchall():
            self.delete(_version(values))

    def range(self, bucket: int, start: bytes, end: bytes, limit: int) -> list[StoredObject]:
        """Up to ``limit`` objects and versions with ``start <= key < end``: by key, then newest first.

        The current one of a key has the rank ``NEWEST``.
        """
        found = _RANGE.run(self._connection, bucket=bucket, start=start, end=end, limit=limit)
        return [_version(values) for values in found]


def _version(values: tuple[Any, ...]) -> StoredObject:
    item = read_object(values[:-2])
    item.marker, item.rank = bool(values[-2]), values[-1]
    return item
