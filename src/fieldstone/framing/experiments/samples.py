"""The columns of an experiment's table as numbers, one row a unit, with its mistakes found."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from fieldstone.framing.data.names import suggest
from fieldstone.framing.mistakes import ProblemError

Table: TypeAlias = Any
"""A ``pyarrow.Table``, which has no types of its own."""
Better = Literal["higher", "lower"]
MetricKind = Literal["proportion", "mean", "ratio"]
_pc: Any = compute  # its functions are made at import, where no type checker sees them
_YES_NO = {"yes": 1.0, "true": 1.0, "1": 1.0, "no": 0.0, "false": 0.0, "0": 0.0}


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric that must not get worse.

    Attributes:
        name: What it is called; in a table, its column.
        margin: How much worse still does no harm, in the metric's own unit.
        better: Which way is good.
        baseline: Its value today, to plan; not needed to analyse.
        deviation: Its standard deviation over cases, to plan; none for a proportion.
    """

    name: str
    margin: float
    better: Better = "higher"
    baseline: float | None = None
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table say what.

    Attributes:
        arm: Who saw what.
        outcome: What came of it: yes and no, or a number.
        control: The arm with the old way.
        treatment: The arm with the new way.
        denominator: For ratios: what the outcome is divided by, such as sessions.
        pre: A number known of each unit from before the test, best the outcome itself; empty for new units.
        unit: Who was assigned, where a unit has several rows.
        left_out: Other arms of the same test, not compared here.
        better: Which way is good.
        guardrails: Metrics that must not get worse.
    """

    arm: str
    outcome: str
    control: str = "control"
    treatment: str = "treatment"
    denominator: str | None = None
    pre: str | None = None
    unit: str | None = None
    left_out: tuple[str, ...] = ()
    better: Better = "higher"
    guardrails: tuple[Guardrail, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """What came of each unit: a value, for ratios to be divided by another."""

    values: NDArray[np.float64]
    kind: MetricKind
    denominator: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """An experiment's rows, one a unit.

    Attributes:
        treated: Whether the unit was in the treatment arm.
        outcome: The metric that decides.
        guardrails: Those that must not get worse.
        pre: What was known before.
        notes: What was done to the rows, in words.
    """

    treated: NDArray[np.bool_]
    outcome: Metric
    guardrails: tuple[Metric, ...] = ()
    pre: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()


def read_sample(table: Table, columns: Columns) -> Sample:
    """The sample in a table.

    Raises:
        ProblemError: A column is missing, an arm is unknown, a unit is in both arms, or a value is no number.
    """
    named = (columns.arm, columns.outcome, columns.denominator, columns.pre, columns.unit)
    must_have(table, [*named, *(guardrail.name for guardrail in columns.guardrails)])
    table = _both_arms(table, columns)
    pre, notes = read_pre(table, columns.pre)
    sample = Sample(
        treated=np.asarray(_pc.equal(_arms(table, columns), columns.treatment).to_numpy(), np.bool_),
        outcome=read_metric(table, columns.outcome, columns.denominator),
        guardrails=tuple(read_metric(table, guardrail.name) for guardrail in columns.guardrails),
        pre=pre,
        notes=notes,
    )
    return sample if columns.unit is None else _by_unit(sample, _words(table, columns.unit))


def must_have(table: Table, names: Iterable[str | None]) -> None:
    """See to it that a table has rows and the named columns.

    Raises:
        ProblemError: It has not; it says which columns are nearest.
    """
    for name in names:
        if name is not None and name not in table.column_names:
            raise ProblemError(f"There is no column {name!r}. {suggest(name, table.column_names)}")
    if table.num_rows == 0:
        raise ProblemError("The table has no rows: give one row for each case of the test.")


def _both_arms(table: Table, columns: Columns) -> Table:
    """The rows of the two arms that are compared."""
    arms = _arms(table, columns)
    if arms.null_count:
        raise ProblemError(
            f"Column {columns.arm!r} is empty in {arms.null_count:,} rows: every row needs the arm that its unit was "
            "assigned to. Leave rows out only if they belong to nobody in the test."
        )
    there = {str(arm) for arm in arms.unique().to_pylist()}
    wanted = {columns.control, columns.treatment}
    if len(there) < 2:
        raise ProblemError(f"Column {columns.arm!r} holds {_listed(there)} only: a test needs two arms to compare.")
    if columns.control == columns.treatment or not wanted <= there:
        raise ProblemError(
            f"Column {columns.arm!r} holds {_listed(there)}, but control is {columns.control!r} and treatment "
            f"{columns.treatment!r}. Say which is the old way and which the new: --control {min(there)} --treatment "
            f"{max(there)}, or the other way round."
        )
    if unknown := there - wanted - set(columns.left_out):
        raise ProblemError(
            f"Column {columns.arm!r} also holds {_listed(unknown)}. If these are other arms of the same test, say "
            f"--leave-out {min(unknown)}; if they are mistakes, put them right: they may hide a broken assignment."
        )
    return table.filter(_pc.is_in(arms, value_set=pa.array(sorted(wanted))))


def read_metric(table: Table, name: str, denominator: str | None = None) -> Metric:
    """A column as a metric: a proportion where it holds only yes and no, a ratio where there is a denominator.

    Raises:
        ProblemError: A value is no number.
    """
    values = _numbers(table, name)
    if denominator is not None:
        return Metric(values, "ratio", _numbers(table, denominator))
    return Metric(values, "proportion" if bool(np.isin(values, (0.0, 1.0)).all()) else "mean")


def _numbers(table: Table, name: str) -> NDArray[np.float64]:
    """A column as numbers, yes as 1 and no as 0."""
    numbers = _floats(table[name], name)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        raise ProblemError(
            f"Column {name!r} has no number in {bad.size:,} rows, the first is row {bad[0] + 1} of the compared arms. "
            "Where nothing happened write 0 (in SQL: COALESCE(column, 0)). Do not drop such rows: the arms would no "
            "longer be alike."
        )
    return numbers


def _floats(column: Any, name: str) -> NDArray[np.float64]:
    """A column as numbers, NaN where it is empty."""
    if pa.types.is_dictionary(column.type):
        column = _pc.cast(column, column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _yes_or_no(column, name)
    try:
        return np.asarray(_pc.cast(column, pa.float64()).to_numpy(), np.float64)
    except pa.ArrowException:
        raise ProblemError(f"Column {name!r} holds {column.type}: it must hold numbers, or yes and no.") from None


def _yes_or_no(column: Any, name: str) -> Any:
    lowered = _pc.utf8_lower(_pc.utf8_trim_whitespace(column))
    words = {word for word in lowered.unique().to_pylist() if word is not None}
    if strange := words - set(_YES_NO):
        raise ProblemError(f"Column {name!r} holds the text {_listed(strange)}: write numbers, or yes and no.")
    keys, values = pa.array(list(_YES_NO), lowered.type), pa.array(list(_YES_NO.values()))
    return _pc.take(values, _pc.index_in(lowered, value_set=keys))


def read_pre(table: Table, name: str | None) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """What was known before, and what to note; units without it get the average, which neither helps nor hurts.

    Raises:
        ProblemError: It is known of nobody, or no number.
    """
    if name is None:
        return None, ()
    numbers = _floats(table[name], name)
    missing = int(np.count_nonzero(~np.isfinite(numbers)))
    if missing == numbers.size:
        raise ProblemError(f"Column {name!r} is empty: leave --pre out, or name a column known from before the test.")
    if not missing:
        return numbers, ()
    known = np.isfinite(numbers)
    filled = np.where(known, numbers, numbers[known].mean())
    return filled, (f"{missing:,} rows have no {name!r}; they count with its average.",)


def _by_unit(sample: Sample, units: Any) -> Sample:
    """One row a unit: sums, and what was before on average. Rows of one unit are no independent cases."""
    if units.null_count:
        raise ProblemError(f"The column of units is empty in {units.null_count:,} rows: every row needs its unit.")
    codes = units.combine_chunks().dictionary_encode().indices.to_numpy()
    rows = _sum(codes, np.ones(codes.size))
    treated = _sum(codes, sample.treated)
    both = np.flatnonzero((treated > 0) & (treated < rows))
    if both.size:
        example = units[int(np.flatnonzero(codes == both[0])[0])].as_py()
        raise ProblemError(
            f"{both.size:,} units are in both arms, {example!r} for one. A unit must see one thing only: assign by a "
            "hash of its id, and find out how this came about before you trust the rest."
        )
    if rows.size == codes.size:
        return sample
    note = f"{codes.size:,} rows belong to {rows.size:,} units: metrics are taken per row, their spread over units."
    return replace(
        sample,
        treated=treated > 0,
        outcome=_summed(sample.outcome, codes, rows),
        guardrails=tuple(_summed(guardrail, codes, rows) for guardrail in sample.guardrails),
        pre=None if sample.pre is None else _sum(codes, sample.pre) / rows,
        notes=(*sample.notes, note),
    )


def _summed(metric: Metric, codes: NDArray[Any], rows: NDArray[np.float64]) -> Metric:
    below = rows if metric.denominator is None else _sum(codes, metric.denominator)
    return Metric(_sum(codes, metric.values), "ratio", below)


def _sum(codes: NDArray[Any], values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(codes, weights=values), np.float64)


def _arms(table: Table, columns: Columns) -> Any:
    """Who saw what; yes and no, which are read as truths, in the words that the arms are called by."""
    arms = table[columns.arm]
    if pa.types.is_boolean(arms.type) and {columns.control, columns.treatment} == {"yes", "no"}:
        return _pc.if_else(arms, "yes", "no")
    return _words(table, columns.arm)


def _words(table: Table, name: str) -> Any:
    return _pc.cast(table[name], pa.string())


def _listed(words: set[str]) -> str:
    some = sorted(words)[:5]
    return ", ".join(repr(word) for word in some) + (" and more" if len(words) > len(some) else "")
