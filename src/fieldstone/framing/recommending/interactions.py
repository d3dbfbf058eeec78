"""Who chose what, and when: read from a log of events, or from a table with one choice a row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from fieldstone.framing.data.arrow import Array, Table
from fieldstone.framing.data.loading import connected, read_into
from fieldstone.framing.data.names import must_have
from fieldstone.framing.data.times import quote, time_of
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Problem

Codes = NDArray[np.int32]
MOST = 1_500_000
"""So many choices are looked at; of a longer log a part of the persons, whole."""

_PERSON = re.compile(
    r"(user|customer|client|person|member|visitor|reader|viewer|listener|shopper|account)(_?(id|no|nr))?"
)
_ITEM = re.compile(
    r"(item|product|sku|article|stock_?code|film|movie|song|track|book|title|offer|dish|game|course)(_?(id|no|nr|code))?"
)
_GRADE = re.compile(r"ratings?|stars|grade|score")
_NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that say who, what, when, and how much it was liked; the last two may be missing."""

    person: str
    item: str
    time: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Interactions:
    """Choices, in the order of their times.

    Attributes:
        columns: Where they were read from.
        person: Whose choice it was: a code for each, from 0 on.
        item: What was chosen: a place in ``items``.
        time: When, in microseconds since 1970; None where the data do not tell.
        items: What the things are called.
        persons: How many persons there are.
        rows: How many rows the data had.
        left_out: How many of them said no choice: no person or thing, nothing paid, a low grade.
        share: The share of the persons that was looked at.
        condition: What makes a row a choice, as SQL.
        sample: Some rows as they were read, for those who look for personal data.
    """

    columns: Columns
    person: Codes
    item: Codes
    time: NDArray[np.int64] | None
    items: tuple[str, ...]
    persons: int
    rows: int
    left_out: int = 0
    share: float = 1.0
    condition: str = ""
    sample: Table = None

    def __len__(self) -> int:
        return len(self.person)


def read(problem: Problem, base: Path) -> Interactions:
    """Read who chose what.

    Rows without a person or a thing are left out; so are those whose value is not above zero (returns), or, where the
    value is a grade, in the lower half of its scale.

    Raises:
        ProblemError: The data cannot be read, or nothing says which column holds the person or the thing.
    """
    if problem.data is UNSET:
        raise ProblemError("The problem file names no data. Write for example:\n\ndata:\n  path: purchases.csv")
    with connected() as connection:
        read_into(connection, "raw", problem.data, base)
        kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE raw").fetchall()}
        columns = _columns(problem, problem.data, kinds)
        where = "data.time" if problem.data.events is UNSET else "data.events.time"
        return _coded(connection, columns, where)


def _columns(problem: Problem, data: Data, kinds: dict[str, str]) -> Columns:
    """The columns that the file names, or else those that are called so."""
    names = [name for name in kinds if name not in data.ignore]
    events = data.events
    if events is not UNSET:
        item = _named("data.events.item", events.item, problem.target.column)
        where = "data.events.value"
        must_have(list(kinds), [events.entity], "data.events.entity")
        must_have(list(kinds), [events.time], "data.events.time")
        person, time, value = events.entity, events.time, None if events.value is UNSET else events.value
    else:
        item = _named("target.column", UNSET, problem.target.column)
        where, value = "data.path", None
        must_have(list(kinds), [] if data.time is UNSET else [data.time], "data.time")
        must_have(list(kinds), [] if data.id is UNSET else [data.id], "data.id")
        person = data.id if data.id is not UNSET else _called(names, _PERSON, "who chose", "data.id: customer_id")
        time = None if data.time is UNSET else data.time
    must_have(list(kinds), [] if item is None else [item[1]], "" if item is None else item[0])
    chosen = item[1] if item else _called(names, _ITEM, "what was chosen", "data.events.item: product")
    graded = [name for name in names if _GRADE.fullmatch(name.casefold()) and kinds[name].startswith(_NUMBERS)]
    value = value or next(iter(graded), None)
    if value is not None:
        must_have(list(kinds), [value], where)
        _must_be_number(value, kinds)
    return Columns(person, chosen, time, value)


def _named(where: str, first: str | UnsetType, second: str | UnsetType) -> tuple[str, str] | None:
    """The column that a key names, with the key."""
    if first is not UNSET:
        return where, first
    return None if second is UNSET else ("target.column", second)


def _called(names: Sequence[str], pattern: re.Pattern[str], what: str, example: str) -> str:
    """The one column that is called as such columns are."""
    found = [name for name in names if pattern.fullmatch(name.casefold().replace(" ", "_"))]
    if len(found) == 1:
        return found[0]
    several = f"{' and '.join(map(repr, found[:3]))} could both be it" if found else "no column is called so"
    key, _, value = example.rpartition(": ")
    raise ProblemError(
        f"{key}: nothing says which column holds {what}, and {several}. A recommendation is learnt from who chose what "
        f"and when. Write the names of the columns:\n\ndata:\n  events: {{entity: customer_id, time: bought_at, item: "
        f"{value if 'item' in key else 'product'}}}\n\nor, where there are no times, data.id and target.column. The "
        f"data have {', '.join(map(repr, names[:12]))}."
    )


def _must_be_number(value: str, kinds: dict[str, str]) -> None:
    if not kinds[value].startswith(_NUMBERS):
        raise ProblemError(
            f"data.events.value: column {value!r} holds words, not numbers. Name a column of amounts or grades, or "
            f"leave value out."
        )


def _coded(connection: duckdb.DuckDBPyConnection, columns: Columns, where: str) -> Interactions:
    """The choices as codes, in the order of time, ties always in the same order."""
    person, item = quote(columns.person), quote(columns.item)
    time = "NULL::BIGINT"
    if columns.time is not None:
        time = f"epoch_us({time_of(connection, 'raw', columns.time, where)})"
    named = [name for name in (columns.person, columns.item, columns.time) if name is not None]
    kept = " AND ".join([f"{quote(name)} IS NOT NULL" for name in named] + _counts(connection, columns))
    connection.execute(
        f"CREATE TEMP TABLE log AS SELECT {person}::VARCHAR AS person, {item}::VARCHAR AS item, {time} AS time "  # noqa: S608 - quoted
        f"FROM raw WHERE {kept}"
    )
    rows, count, persons = connection.execute(
        "SELECT (SELECT count(*) FROM raw), count(*), count(DISTINCT person) FROM log"
    ).fetchall()[0]
    if not count:
        raise ProblemError(
            f"data: no row has both {columns.person!r} and {columns.item!r}. Check the two columns' names."
        )
    parts = -(-count // MOST)
    chosen = f"SELECT * FROM log WHERE hash(person) % {parts} = 0 ORDER BY time, hash(person, item), person, item"  # noqa: S608 - our own table
    table = connection.sql(chosen).to_arrow_table()
    who, what = _codes(table["person"]), _codes(table["item"])
    return Interactions(
        columns,
        who[0],
        what[0],
        None if columns.time is None else table["time"].to_numpy().astype(np.int64),
        tuple(what[1].to_pylist()),
        len(who[1]),
        rows,
        rows - count,
        len(who[1]) / max(1, persons),
        kept,
        connection.sql("SELECT * FROM raw LIMIT 5000").to_arrow_table(),
    )


def _counts(connection: duckdb.DuckDBPyConnection, columns: Columns) -> list[str]:
    """The condition under which a row is a choice, by its value."""
    if columns.value is None:
        return []
    value, least = quote(columns.value), 0.0
    if _GRADE.fullmatch(columns.value.casefold()):
        low, high = connection.execute(f"SELECT min({value}), max({value}) FROM raw").fetchall()[0]  # noqa: S608 - quoted
        least = (float(low) + float(high)) / 2 if low is not None else 0.0
    return [f"{value} > {least:g}"]


def _codes(words: Array) -> tuple[Codes, Array]:
    """Words as codes by first appearance, and the words."""
    coded = words.combine_chunks().dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int32), coded.dictionary
