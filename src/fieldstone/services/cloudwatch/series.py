"""What metric math computes with: numbers, series of numbers over time, lists of series."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Series = dict[int, float]
"""Values by time, in seconds since the epoch."""

Value: TypeAlias = "float | str | Series | list[Value]"


class ExpressionError(ValueError):
    """An expression cannot be computed; says why."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The times that are asked about: ``start``, then every ``period`` seconds, until before ``end``."""

    start: int
    end: int
    period: int

    @property
    def times(self) -> range:
        """The beginning of every period."""
        return range(self.start, self.end, self.period)


def combine(compute: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Two values, computed number by number: series where both have a time, lists one by one.

    Raises:
        ExpressionError: They do not fit together.
    """
    if isinstance(left, str) or isinstance(right, str):
        raise ExpressionError("a string is no number")
    if isinstance(left, list) or isinstance(right, list):
        pairs = _pairs(left, right)
        return [combine(compute, a, b) for a, b in pairs]
    if isinstance(left, dict) and isinstance(right, dict):
        return _each({time: (value, right[time]) for time, value in left.items() if time in right}, compute)
    if isinstance(left, dict):
        assert isinstance(right, float)
        return _each({time: (value, right) for time, value in left.items()}, compute)
    if isinstance(right, dict):
        return _each({time: (left, value) for time, value in right.items()}, compute)
    try:
        return float(compute(left, right))
    except ArithmeticError:
        raise ExpressionError("it divides by zero, or leaves the real numbers") from None


def each(compute: Callable[[float], float], value: Value) -> Value:
    """A function of every number in a value."""
    return combine(lambda number, _: compute(number), value, 0.0)


def flatten(values: list[Value]) -> list[Series]:
    """The series in some values and their lists.

    Raises:
        ExpressionError: There is something else among them.
    """
    found: list[Series] = []
    for value in values:
        if isinstance(value, list):
            found += flatten(value)
        elif isinstance(value, dict):
            found.append(value)
        else:
            raise ExpressionError("a time series is expected")
    return found


def _pairs(left: Value, right: Value) -> list[tuple[Value, Value]]:
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise ExpressionError("the lists are of different lengths")
        return list(zip(left, right, strict=True))
    if isinstance(left, list):
        return [(item, right) for item in left]
    assert isinstance(right, list)
    return [(left, item) for item in right]


def _each(pairs: dict[int, tuple[float, float]], compute: Callable[[float, float], float]) -> Series:
    found: Series = {}
    for time, (a, b) in pairs.items():
        try:
            found[time] = float(compute(a, b))
        except (ArithmeticError, ValueError):  # no value at that time, as with AWS
            continue
    return found
