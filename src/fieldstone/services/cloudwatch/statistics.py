"""Statistics, told from points."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.core.points import Point

_PLAIN: Final[dict[str, Callable[[Point], float]]] = {
    "SampleCount": lambda point: point.count,
    "Sum": lambda point: point.total,
    "Average": lambda point: point.total / point.count if point.count else 0.0,
    "Minimum": lambda point: point.low,
    "Maximum": lambda point: point.high,
}
_PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")

Statistic = Callable[[Point], float | None]


def read_statistic(name: str) -> Statistic:
    """What tells a statistic of a point; None where it cannot be told.

    Raises:
        AwsError: InvalidParameterValue, where there is none of that name, or none here.
    """
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "IQM":
        return lambda point: _trimmed_mean(point, 25.0, 75.0)
    match = _PERCENTILE.fullmatch(name)
    if match is not None:
        share = float(match[1])
        return lambda point: _percentile(point, share)
    match = re.fullmatch(r"tm(\d{1,2}(?:\.\d{1,10})?)", name)
    if match is None:
        words = f"The value {name} for parameter ExtendedStatistic is invalid, or not supported here."
        raise AwsError("InvalidParameterValue", words)
    most = float(match[1])
    return lambda point: _trimmed_mean(point, 0.0, most)


def group(points: Iterable[Point], origin: int, period: int) -> dict[int, list[Point]]:
    """Points by the beginning of the period they lie in; periods are counted from ``origin``."""
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(point.start - (point.start - origin) % period, []).append(point)
    return found


def _percentile(point: Point, share: float) -> float | None:
    """The value below which so many percent lie, between the two nearest."""
    if point.spread is None:
        return None
    values = sorted(point.spread.items())
    rank, below = share / 100 * (point.count - 1), 0.0
    for at, (value, count) in enumerate(values):
        if rank <= below + count - 1 or at == len(values) - 1:
            return value
        if rank < below + count:  # between this value and the next one
            return value + (values[at + 1][0] - value) * (rank - (below + count - 1))
        below += count
    return None


def _trimmed_mean(point: Point, least: float, most: float) -> float | None:
    """The mean of the values between two percentiles."""
    if point.spread is None:
        return None
    first, last = least / 100 * point.count, most / 100 * point.count
    below = total = taken = 0.0
    for value, count in sorted(point.spread.items()):
        part = max(0.0, min(last, below + count) - max(first, below))
        total, taken, below = total + value * part, taken + part, below + count
    return total / taken if taken else None
