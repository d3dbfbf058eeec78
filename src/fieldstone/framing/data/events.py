"""Cases out of an event log: DuckDB reads and sorts it, some entities at a time, and each part becomes cases.

Who is a case when, and what makes it positive, is said in ``moments``; what is known of it in ``windows``.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.data.arrow import Array, Table, compute
from fieldstone.framing.data.loading import connected, read_into
from fieldstone.framing.data.moments import Plan, cases, outcome, plan
from fieldstone.framing.data.names import must_have
from fieldstone.framing.data.tables import assemble
from fieldstone.framing.data.times import quote, time_of
from fieldstone.framing.data.windows import Log, Numbers, Positions, features
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Problem, Window

MOMENT = "prediction_time"
"""The column of a case's moment."""

_PART = 4_000_000
"""About how many events are worked on at a time: 1 GB with everything that is made of them."""

_MOST_CATEGORIES = 3
_MOST_LEVELS = 50
_NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")


def cases_from_events(source: Table | Path, problem: Problem) -> Cases:
    """Cut cases out of an event log.

    The table of the cases has the entity, ``prediction_time``, the features, and ``last_<column>`` for the columns of
    few categories. Events without an entity or a time are left out. Cases come in the order of their moments.

    Args:
        source: The log; or the folder from which ``data.path`` starts, to read it without ever holding all of it.
        problem: The problem; its ``data.events`` says what is what. The target is ``target.silence``; or the value
            column (``target.column``) summed over ``target.horizon`` steps; or nothing: then there is one case for each
            entity, at the end of the log.

    Raises:
        ProblemError: A column is missing or of the wrong type, or there are no cases to cut out.
    """
    data, window = _blocks(problem)
    with connected() as connection:
        _bring(connection, source, data)
        categories = _prepare(connection, data, window)
        ends = connection.execute("SELECT min(time), max(time), count(*) FROM log").fetchall()[0]
        if not ends[2]:
            raise ProblemError(f"data: no event has both {window.entity!r} and {window.time!r}. Check the two columns.")
        chosen = plan(problem, window, ends[0], ends[1])
        parts = [_cut(events, chosen, window, categories) for events in _parts(connection, ends[2], len(categories))]
    return _together(parts, window, chosen)


def _blocks(problem: Problem) -> tuple[Data, Window]:
    if problem.data is UNSET or problem.data.events is UNSET:
        raise ProblemError("data.events: say which columns hold whose event it is (entity) and when it was (time).")
    return problem.data, problem.data.events


def _bring(connection: duckdb.DuckDBPyConnection, source: Table | Path, data: Data) -> None:
    """Make the log known to DuckDB as ``raw``."""
    if isinstance(source, Path):
        read_into(connection, "raw", data, source)
    else:
        connection.register("raw", source)


def _prepare(connection: duckdb.DuckDBPyConnection, data: Data, window: Window) -> list[str]:
    """Make the table ``log`` of entity, time (in microseconds), value and categories; the categories' names."""
    kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE raw").fetchall()}
    value = _checked(connection, kinds, window)
    taken = {window.entity, window.time, window.value, *data.ignore, *data.known_later}
    words = [name for name, kind in kinds.items() if kind in {"VARCHAR", "BOOLEAN"} and name not in taken]
    categories = words[:_MOST_CATEGORIES]
    time = time_of(connection, "raw", window.time, "data.events.time")
    chosen = "".join(f", {quote(name)}::VARCHAR AS category_{place}" for place, name in enumerate(categories))
    connection.execute(
        f"CREATE TEMP TABLE log AS SELECT {quote(window.entity)} AS entity, epoch_us({time}) AS time, {value} AS value"  # noqa: S608 - quoted
        f"{chosen} FROM raw WHERE {quote(window.entity)} IS NOT NULL AND {quote(window.time)} IS NOT NULL"
    )
    return categories


def _checked(connection: duckdb.DuckDBPyConnection, kinds: dict[str, str], window: Window) -> str:
    """See to it that the window's columns are there; the value column as SQL."""
    must_have(list(kinds), [window.entity], "data.events.entity")
    must_have(list(kinds), [window.time], "data.events.time")
    if window.value is UNSET:
        return "NULL::DOUBLE"
    must_have(list(kinds), [window.value], "data.events.value")
    if not kinds[window.value].startswith(_NUMBERS):
        name = quote(window.value)
        no_number = f"{name} IS NOT NULL AND TRY_CAST({name}::VARCHAR AS DOUBLE) IS NULL"
        odd = connection.execute(f"SELECT {name}::VARCHAR FROM raw WHERE {no_number} LIMIT 1").fetchall()  # noqa: S608 - quoted
        held = f"holds {odd[0][0]!r}, which is no number" if odd else "is empty, or holds no amounts"
        raise ProblemError(
            f"data.events.value: column {window.value!r} {held}. Name a column of amounts, or leave value out."
        )
    return f"{quote(window.value)}::DOUBLE"


def _parts(connection: duckdb.DuckDBPyConnection, count: int, categories: int) -> Iterator[Table]:
    """The log in parts of whole entities, sorted by entity and time, ties always in the same order."""
    parts = -(-count // _PART)
    rest = ", ".join(["value", *(f"category_{place}" for place in range(categories))])
    for part in range(parts):
        chosen = f"SELECT * FROM log WHERE hash(entity) % {parts} = {part}"  # noqa: S608 - our own table
        yield connection.sql(f"{chosen} ORDER BY entity, time, hash({rest})").to_arrow_table()


def _cut(events: Table, plan: Plan, window: Window, categories: list[str]) -> tuple[Table, Numbers | None]:
    """The cases of a part of the log, as a table, and what came of them."""
    words = {name: events[f"category_{place}"] for place, name in enumerate(categories)}
    codes = {name: _codes(column) for name, column in words.items()}
    log = _log(events, codes, valued=window.value is not UNSET)
    last, moment = cases(log, plan)
    known = {
        window.entity: events["entity"].take(pa.array(last)),
        MOMENT: pa.array(moment.astype("datetime64[us]")),
        **{
            name: pa.array(numbers, from_pandas=True)
            for name, numbers in features(log, last, moment, window.lookback_days).items()
        },
        **{f"last_{name}": column.take(pa.array(last)) for name, column in words.items()},
    }
    return pa.table(known), outcome(log, plan, last, moment)


def _log(events: Table, codes: dict[str, Positions], *, valued: bool) -> Log:
    """The sorted events as arrays."""
    entity = events["entity"].combine_chunks()
    first: NDArray[np.bool_] = np.ones(len(entity), dtype=bool)
    if len(entity) > 1:
        first[1:] = compute.not_equal(entity.slice(1), entity.slice(0, len(entity) - 1)).to_numpy(zero_copy_only=False)
    return Log.of(events["time"].to_numpy(), first, events["value"].to_numpy() if valued else None, codes)


def _codes(column: Array) -> Positions:
    """A column of words as codes; -1 where empty."""
    coded = column.combine_chunks().dictionary_encode()
    return compute.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _together(parts: list[tuple[Table, Numbers | None]], window: Window, plan: Plan) -> Cases:
    """All parts as cases, in the order of their moments."""
    table = pa.concat_tables([part for part, _ in parts])
    if not table.num_rows:
        raise ProblemError(
            "data: the log has no case: no entity is at risk at any moment. Check target.silence against how often "
            "events come, or set data.events.every_days lower."
        )
    table = table.drop_columns([name for name in table.column_names if _has_many_levels(name, table[name])])
    moments = table[MOMENT].to_numpy()
    order = np.argsort(moments, kind="stable")
    table = table.take(pa.array(order))
    outcomes = [found for _, found in parts if found is not None]
    made = assemble(table, {window.entity, MOMENT})
    return replace(
        made,
        target=np.concatenate(outcomes)[order] if outcomes else None,
        classes=("returns", "stays away") if plan.silence is not None else (),
        time=table[MOMENT].to_numpy(),
        ids=table[window.entity].to_numpy(),
    )


def _has_many_levels(name: str, column: Array) -> bool:
    """Whether a last category has too many values to tell something from one of them."""
    return (
        name.startswith("last_")
        and pa.types.is_string(column.type)
        and compute.count_distinct(column).as_py() > _MOST_LEVELS
    )
