"""The journal: every change of a resource, in order. It wakes those who follow; nobody's truth depends on it."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select

from fieldstone.store.schema import journal
from fieldstone.store.statements import Prepared

KEPT = 10_000
"""How many entries are kept; older ones are trimmed now and then."""

_FIELDS = ("kind", "uid", "name", "event")
_INSERT: Final = Prepared(insert(journal).values({name: bindparam(name) for name in _FIELDS}))
_TRIM: Final = Prepared(delete(journal).where(journal.c.seq <= bindparam("last") - KEPT))
_LAST: Final = Prepared(select(func.coalesce(func.max(journal.c.seq), 0)))


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one resource: ``created``, ``updated`` or ``deleted``."""

    kind: str
    uid: int
    name: str
    event: str


def record(connection: sqlite3.Connection, changes: list[Change]) -> None:
    """Write changes down, and trim what nobody needs any more."""
    last = 0
    for change in changes:
        values = {name: getattr(change, name) for name in _FIELDS}
        last = _INSERT.run(connection, **values).lastrowid or 0
    if last % 1_000 < len(changes):
        _TRIM.run(connection, last=last)


def last_entry(connection: sqlite3.Connection) -> int:
    """The number of the newest entry, 0 where there is none."""
    return int(_LAST.run(connection).fetchone()[0])
