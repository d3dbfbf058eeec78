"""The target: what became of each case, as numbers, and what the numbers mean."""

from typing import Any

import numpy as np
import pyarrow as pa
from msgspec import UNSET, UnsetType, structs
from numpy.typing import NDArray

from fieldstone.framing.data.arrow import Array, Table, compute
from fieldstone.framing.data.columns import NO, YES, by_frequency, is_number, is_text, plain
from fieldstone.framing.data.names import suggest
from fieldstone.framing.data.scales import in_order
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Kind, Problem, Target

Decoded = tuple[NDArray[np.float64] | None, tuple[str, ...]]

_NUMBERS = frozenset({"value", "count", "time series", "remaining life"})
_MOST_CLASSES = 1000
_POSITIVE = YES | {"1", "1.0"}
_NEGATIVE = NO | {"0", "0.0"}


def names(problem: Problem) -> list[str]:
    """The columns that hold the target."""
    target = problem.target
    return target.columns if target.columns is not UNSET else [] if target.column is UNSET else [target.column]


def known(table: Table, problem: Problem) -> Table:
    """The cases whose target is filled in.

    Raises:
        ProblemError: None is.
    """
    for name in names(problem):
        filled = compute.is_valid(plain(table[name]))
        table = table.filter(filled)
        if not table.num_rows:
            raise ProblemError(
                f"target: column {name!r} is empty in every row. Fill in what became of past cases: without it there "
                f"is nothing to learn from."
            )
    return table


def decode(table: Table, problem: Problem, *, kind: Kind | UnsetType = UNSET) -> Decoded:
    """The target of each case, and its classes: see ``Cases``.

    Args:
        table: The cases.
        problem: What the file says of the target.
        kind: The type of problem, where it was found out; the file's own goes before.

    Raises:
        ProblemError: The target has one value, or does not fit what the problem file says of it.
    """
    target = problem.target if problem.target.kind is not UNSET else structs.replace(problem.target, kind=kind)
    if target.columns is not UNSET:
        labels = [_binary(name, plain(table[name]), Target())[0] for name in target.columns]
        return np.column_stack(labels), tuple(target.columns)
    if target.column is UNSET:
        return None, ()
    values = plain(table[target.column])
    if compute.count_distinct(values).as_py() < 2:
        raise ProblemError(
            f"target.column: {target.column!r} is {_word(values[0].as_py())!r} in every row, so there is nothing to "
            f"tell apart. Add cases that ended otherwise, or name another column."
        )
    return _decode(target.column, values, target)


def _decode(name: str, values: Array, target: Target) -> Decoded:
    """A single column, by what the problem file says of it, else by its values."""
    if target.order is not UNSET or target.kind == "ordinal":
        return _ordered(name, values, target)
    if target.kind in _NUMBERS:
        return _numbers(name, values), ()
    two = compute.count_distinct(values).as_py() == 2 and not pa.types.is_floating(values.type)
    if target.positive is not UNSET or target.kind in {"binary", "anomalies"} or (two and target.kind != "multiclass"):
        return _binary(name, values, target)
    if is_number(values.type) and target.kind != "multiclass":
        return _numbers(name, values), ()
    return _classes(name, values)


def _ordered(name: str, values: Array, target: Target) -> Decoded:
    """Codes by the stated order, that of numbers, or that of a scale in words."""
    if target.order is not UNSET:
        levels = list(target.order)
    elif is_number(values.type):
        levels = [_word(each) for each in sorted(compute.unique(values).to_pylist())]
    elif scale := in_order(_word(each) for each in by_frequency(values)):
        levels = list(scale)
    else:
        shown = ", ".join(_word(each) for each in by_frequency(values)[:12])
        raise ProblemError(f"target.order: say how the values of {name!r} are ordered, from worst to best: {shown}.")
    return _coded(name, values, levels), tuple(levels)


def _binary(name: str, values: Array, target: Target) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """0 and 1, with the names of both."""
    found = by_frequency(values)
    positive = _obvious(name, found) if target.positive is UNSET else _stated(name, found, target.positive)
    rest = [each for each in found if each != positive]
    if not rest:
        raise ProblemError(
            f"target: column {name!r} is {_word(positive)!r} in every row, so there is nothing to tell apart."
        )
    negative = _word(rest[0]) if len(rest) == 1 else f"not {_word(positive)}"
    truth = np.array([each == positive for each in found], dtype=np.float64)
    return truth[_codes(values, found)], (negative, _word(positive))


def _obvious(name: str, found: list[Any]) -> Any:
    """The positive one of two values, if nobody could think otherwise."""
    yes = [each for each in found if _word(each).casefold() in _POSITIVE]
    no = [each for each in found if _word(each).casefold() in _NEGATIVE]
    if len(yes) == 1 and len(no) == len(found) - 1:
        return yes[0]
    if len(found) == 1 and no:
        raise ProblemError(
            f"target: column {name!r} is {_word(found[0])!r} in every row, so there is nothing to tell apart."
        )
    shown = ", ".join(_word(each) for each in found[:8])
    raise ProblemError(
        f"target.positive: say which value of {name!r} the question asks about ({shown}), such as positive: "
        f"{_word(found[-1])}."
    )


def _stated(name: str, found: list[Any], positive: str | float | bool) -> Any:  # noqa: FBT001 - it is data
    """The value that the problem file calls positive; yes and true are the same in YAML."""
    for each in found:
        if each == positive and isinstance(each, bool) == isinstance(positive, bool):
            return each
    wanted = _word(positive).casefold()
    alike = _POSITIVE if wanted in _POSITIVE else _NEGATIVE if wanted in _NEGATIVE else {wanted}
    if near := [each for each in found if _word(each).casefold() in alike | {wanted}]:
        return near[0]
    nearest = suggest(_word(positive), [_word(each) for each in found])
    raise ProblemError(f"target.positive: column {name!r} has no value {positive!r}. {nearest}")


def _classes(name: str, values: Array) -> Decoded:
    """Codes of classes, the most frequent first."""
    found = by_frequency(values)
    if len(found) > min(_MOST_CLASSES, max(20, len(values) // 2)):
        raise ProblemError(
            f"target.column: {name!r} has {len(found):,} different values in {len(values):,} rows, too many to tell "
            f"apart. Name the column that says what became of a case; write target.kind: value if it is a number."
        )
    return _codes(values, found).astype(np.float64), tuple(_word(each) for each in found)


def _coded(name: str, values: Array, order: list[str]) -> NDArray[np.float64]:
    """Codes by a stated order."""
    words = pa.array([_word(each) for each in compute.unique(values).to_pylist()])
    for word in words.to_pylist():
        if word not in order:
            row = next(place for place, each in enumerate(values.to_pylist(), 1) if _word(each) == word)
            raise ProblemError(
                f"target.order: column {name!r} has {word!r} (row {row} after the header), which the order does not. "
                f"{suggest(word, order)} Put it into the order, or correct the row."
            )
    codes = np.array([order.index(word) for word in words.to_pylist()], dtype=np.float64)
    return codes[_codes(values, compute.unique(values).to_pylist())]


def _numbers(name: str, values: Array) -> NDArray[np.float64]:
    """Numbers as they are."""
    if is_text(values.type):
        _refuse_words(name, values)
    if pa.types.is_boolean(values.type):
        raise ProblemError(
            f"target.kind: {name!r} is yes or no, and a number is asked for. Write kind: binary, or another column."
        )
    if pa.types.is_temporal(values.type):
        raise ProblemError(
            f"target.column: {name!r} holds times, and a number is asked for. Add a column with the time until then, "
            f"in days, and name that."
        )
    return values.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)


def _refuse_words(name: str, values: Array) -> None:
    """Name the first value that is no number."""
    for row, each in enumerate(values.to_pylist(), 1):
        try:
            float(each)
        except ValueError:
            raise ProblemError(
                f"target.column: {name!r}, row {row} after the header: {each!r} is no number. Write numbers without "
                f"units or thousands separators, such as 1234.5."
            ) from None


def _codes(values: Array, found: list[Any]) -> NDArray[np.int64]:
    """The place of each value in a list that has them all."""
    places = compute.index_in(values, value_set=pa.array(found, values.type))
    return np.asarray(places.to_numpy(), dtype=np.int64)


def _word(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
