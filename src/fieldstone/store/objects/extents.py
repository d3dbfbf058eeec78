"""What bytes a blob's id stands for, and whether anything names it still."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, literal, select, union_all

from fieldstone.core.ids import opaque_id
from fieldstone.store.schema import objects, parts, segments, versions
from fieldstone.store.statements import Prepared

_JOINED: Final = "+"
"""With this begins the id of what is no file but a list of files."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of a file."""

    blob: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an object that was uploaded in parts.

    Attributes:
        start: Where in the object it begins.
        number: Its place among the parts, from 1 on.
        blob: The file of its bytes.
        size: Bytes.
        checksums: By member name, such as ``ChecksumCRC32``, in Base64.
    """

    start: int
    number: int
    blob: str
    size: int
    checksums: dict[str, str] = field(default_factory=dict[str, str])


_s = segments.c
_FIELDS = ("start", "number", "blob", "size", "checksums")
_OF_WHOLE = _s.whole == bindparam("whole")
_ALL = [_s[name] for name in _FIELDS]
_named_in = [
    select(literal(1)).where(table.c.blob == bindparam("blob")) for table in (objects, versions, parts, segments)
]
_NAMED: Final = Prepared(union_all(*_named_in).limit(1))
_ADD: Final = Prepared(insert(segments).values({name: bindparam(name) for name in ("whole", *_FIELDS)}))
_DELETE: Final = Prepared(delete(segments).where(_OF_WHOLE))
_FILES: Final = Prepared(select(_s.blob).where(_OF_WHOLE).order_by(_s.start))
_COUNT: Final = Prepared(select(func.max(_s.number)).where(_OF_WHOLE))
_NUMBERED: Final = Prepared(
    select(*_ALL).where(_OF_WHOLE, _s.number > bindparam("after")).order_by(_s.number).limit(bindparam("limit"))
)
_FIRST: Final = select(func.max(_s.start)).where(_OF_WHOLE, _s.start <= bindparam("first")).scalar_subquery()
_BETWEEN: Final = Prepared(
    select(*_ALL).where(_OF_WHOLE, _s.start >= _FIRST, _s.start < bindparam("end")).order_by(_s.start)
)


class Extents:
    """Where the bytes of blobs are, seen within one transaction.

    Args:
        connection: The driver's connection.
        discard: Called with the id of every file that nothing names any more; it acts after the commit.
    """

    __slots__ = ("_connection", "_discard")

    def __init__(self, connection: sqlite3.Connection, discard: Callable[[str], None]) -> None:
        self._connection = connection
        self._discard = discard

    def of(self, blob: str, start: int, length: int) -> list[Extent]:
        """Where the bytes of a blob from ``start`` on are, in order."""
        if not is_joined(blob):
            return [Extent(blob, start, length)]
        end = start + length
        found = _BETWEEN.run(self._connection, whole=blob, first=start, end=end)
        return [
            Extent(item.blob, max(start - item.start, 0), min(end, item.start + item.size) - max(start, item.start))
            for item in map(_segment, found)
        ]

    def files(self, blob: str) -> list[str]:
        """The files whose bytes, one after the other, are the blob's."""
        return [file for (file,) in _FILES.run(self._connection, whole=blob)] if is_joined(blob) else [blob]

    def parts_count(self, blob: str) -> int | None:
        """In how many parts a blob was uploaded; None for what was uploaded at once."""
        return _COUNT.run(self._connection, whole=blob).fetchone()[0] if is_joined(blob) else None

    def segments(self, blob: str, after: int, limit: int) -> list[Segment]:
        """The parts of a blob with numbers above ``after``."""
        return [_segment(v) for v in _NUMBERED.run(self._connection, whole=blob, after=after, limit=limit)]

    def join(self, pieces: Sequence[Segment]) -> str:
        """The id of a new blob of these pieces, in order; their starts and numbers are given here."""
        whole, start = _JOINED + opaque_id(), 0
        for number, piece in enumerate(pieces, 1):
            encoded = msgspec.json.encode(piece.checksums)
            values = {"start": start, "number": number, "blob": piece.blob, "size": piece.size, "checksums": encoded}
            _ADD.run(self._connection, whole=whole, **values)
            start += piece.size
        return whole

    def release(self, blob: str) -> None:
        """Discard the files of a blob unless something names it."""
        if _NAMED.run(self._connection, blob=blob).fetchone() is not None:
            return
        if not is_joined(blob):
            self._discard(blob)
            return
        files = self.files(blob)
        _DELETE.run(self._connection, whole=blob)
        for file in files:
            self.release(file)

    def named(self, blob: str) -> bool:
        """Whether anything names a blob."""
        return _NAMED.run(self._connection, blob=blob).fetchone() is not None


def is_joined(blob: str) -> bool:
    """Whether a blob is a list of files."""
    return blob.startswith(_JOINED)


def _segment(values: tuple[Any, ...]) -> Segment:
    *fields, checksums = values
    return Segment(*fields, checksums=msgspec.json.decode(checksums))
