"""A metric's values within one stretch of time, summed up so that statistics can still be told."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MOST_EXACT: Final = 100
_STEP: Final = math.log(1.01)


@dataclass(slots=True)
class Point:
    """What a stretch of time holds.

    Attributes:
        start: Seconds since the epoch.
        width: Seconds.
        unit: Of all its values.
        count: How many values; may be a fraction, as clients may weigh them.
        spread: How often each value came, the first hundred exact, others to the nearest percent; None where
            nobody said.
    """

    start: int
    width: int
    unit: str
    count: float
    total: float
    low: float
    high: float
    spread: dict[float, float] | None

    def add(self, other: "Point") -> None:
        """Take another point's values in."""
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        if self.spread is None or other.spread is None:
            self.spread = None
            return
        for value, count in other.spread.items():
            kept = value if value in self.spread or len(self.spread) < _MOST_EXACT else _rounded(value)
            self.spread[kept] = self.spread.get(kept, 0.0) + count


def join(points: Iterable[Point]) -> Point | None:
    """All values of some points in one; None where there are none. Its start is the first one's."""
    whole: Point | None = None
    for point in points:
        if whole is None:
            spread = None if point.spread is None else dict(point.spread)
            whole = Point(point.start, point.width, point.unit, point.count, point.total, point.low, point.high, spread)
        else:
            whole.add(point)
    return whole


def _rounded(value: float) -> float:
    """A value, to the nearest percent."""
    return value and math.copysign(math.exp(round(math.log(abs(value)) / _STEP) * _STEP), value)
