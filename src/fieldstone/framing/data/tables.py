"""Cases out of a table with one row a case."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pyarrow as pa
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.data.arrow import Array, Table, compute
from fieldstone.framing.data.columns import FEATURES, describe, encode, is_text
from fieldstone.framing.data.loading import connected
from fieldstone.framing.data.names import must_have
from fieldstone.framing.data.targets import decode, known, names
from fieldstone.framing.data.times import time_of
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Kind, Problem

_OF_CLASSES: frozenset[Kind] = frozenset[Kind]({"binary", "multiclass", "ordinal"})
_REGULAR = 0.9
"""The share of steps that must be alike for a series to have a step."""


def cases_from_table(table: Table, problem: Problem) -> Cases:
    """Make cases of a table.

    Rows whose target is empty are left out: what became of them is not known. A time series is put in the order of
    time; other cases stay in theirs. Columns of the problem's id, time, ``ignore`` and ``known_later`` are no features.

    Raises:
        ProblemError: A column is missing, or a time or a target cannot be read.
    """
    data = Data(path="-") if problem.data is UNSET else problem.data
    _must_have_all(table, problem, data)
    if not table.num_rows:
        raise ProblemError("data: the table has no rows. Give it past cases, one a row.")
    table = known(table, problem)
    when = None if data.time is UNSET else _times(table, data.time)
    if when is not None and _is_series(problem):
        order = np.argsort(when, kind="stable")
        table, when = table.take(pa.array(order)), when[order]
    target, classes = decode(table, problem)
    aside = {each for each in (data.id, data.time) if each is not UNSET} | {*data.ignore, *data.known_later}
    return replace(
        assemble(table.drop_columns(names(problem)), aside),
        table=table,
        target=target,
        classes=classes,
        time=when,
        ids=None if data.id is UNSET else table[data.id].to_numpy(),
        periods=_step(when) if when is not None and _is_series(problem) else None,
    )


def read_again(cases: Cases, problem: Problem, kind: Kind) -> Cases:
    """Cases of a table whose target means what its kind of problem, found out from them, says: classes, not numbers.

    Raises:
        ProblemError: The target cannot be of that kind.
    """
    if (
        cases.target is None
        or problem.target.kind is not UNSET
        or problem.target.column not in cases.table.column_names
    ):
        return cases
    if kind not in _OF_CLASSES or (kind != "ordinal" and cases.classes):
        return cases
    target, classes = decode(cases.table, problem, kind=kind)
    return replace(cases, target=target, classes=classes)


def assemble(table: Table, aside: Collection[str]) -> Cases:
    """The columns of a table as features, but for those put aside or of a kind that nothing is learnt from."""
    features: list[Column] = []
    left_out: list[Column] = []
    for name in table.column_names:
        column = describe(name, _columns(table, name))
        (features if column.kind in FEATURES and name not in aside else left_out).append(column)
    matrix = np.empty((table.num_rows, len(features)), dtype=np.float32, order="F")
    for place, column in enumerate(features):
        matrix[:, place] = encode(_columns(table, column.name), column)
    return Cases(table, tuple(features), matrix, tuple(left_out))


def _columns(table: Table, name: str) -> Array:
    """A column, with text that is all dates read as times."""
    values = table[name]
    return values if not is_text(values.type) else _dates(values)


def _dates(values: Array) -> Array:
    """Text as times if every value is a date such as 2026-11-22, else as it is."""
    filled = values.drop_null()
    if (
        not len(filled)
        or not compute.all(compute.match_substring_regex(filled.slice(0, 100), r"^\d{4}-\d\d-\d\d")).as_py()
    ):
        return values
    try:
        return values.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return values


def _must_have_all(table: Table, problem: Problem, data: Data) -> None:
    """See to it that every column the problem names is there."""
    columns = table.column_names
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise ProblemError(f"data: the header has {min(twice)!r} twice. Rename one of the two columns.")
    must_have(columns, names(problem), "target.column" if problem.target.columns is UNSET else "target.columns")
    for key, name in (("data.id", data.id), ("data.time", data.time)):
        must_have(columns, [] if name is UNSET else [name], key)
    must_have(columns, data.ignore, "data.ignore")
    must_have(columns, data.known_later, "data.known_later")


def _times(table: Table, name: str) -> NDArray[np.datetime64]:
    """When each case arose."""
    column = table.select([name])
    with connected() as connection:
        connection.register("cases", column)
        expression = time_of(connection, "cases", name, "data.time")
        read = connection.sql(f"SELECT {expression} AS time FROM cases").to_arrow_table()["time"]  # noqa: S608 - quoted
    if read.null_count:
        row = int(np.flatnonzero(read.is_null().to_numpy())[0]) + 1
        raise ProblemError(
            f"data.time: column {name!r}, row {row} after the header is empty. Fill it in, or delete the row."
        )
    return read.cast(pa.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]")


def _is_series(problem: Problem) -> bool:
    return problem.target.kind == "time series" or problem.target.horizon is not UNSET


def _step(when: NDArray[np.datetime64]) -> float | None:
    """The seconds between one time and the next, if they are nearly always the same."""
    steps = np.diff(np.unique(when)).astype(np.int64)
    if not len(steps):
        return None
    usual = float(np.median(steps))
    regular = np.mean(np.abs(steps - usual) <= 0.12 * usual)
    return usual / 1e6 if regular >= _REGULAR else None
