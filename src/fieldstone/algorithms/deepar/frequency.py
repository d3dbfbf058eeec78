"""Frequencies of series: the times of their points, what a model is told of a time, and how far it looks back.

Which features and lags there are is what AWS's pages say, and GluonTS does: the last seven points, and of each cycle
that is longer the same point, with its neighbours, in the last few cycles.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Integers = NDArray[np.int64]
Floats = NDArray[np.float32]

LAST = 7
"""So many points before each one are looked at, whatever the frequency."""
FURTHEST = 1200
"""No lag is longer."""
_FORM = re.compile(r"(?P<count>\d*)(?P<unit>ME|MS|M|W|D|H|h|min|T)(?:-[A-Z]{3})?")
_UNITS = {"ME": "M", "MS": "M", "h": "H", "T": "min"}
_NUMPY = {"M": "M", "W": "D", "D": "D", "H": "h", "min": "m"}
"""The unit of NumPy's that steps are counted in."""
_MINUTES = {"min": 1, "H": 60, "D": 1440, "W": 7 * 1440}
_FEATURES = {
    "min": ("minute_of_hour", "hour_of_day", "day_of_week", "day_of_month", "day_of_year"),
    "H": ("hour_of_day", "day_of_week", "day_of_month", "day_of_year"),
    "D": ("day_of_week", "day_of_month", "day_of_year"),
    "W": ("day_of_month", "week_of_year"),
    "M": ("month_of_year",),
}
_SIZES = {
    "minute_of_hour": 60,
    "hour_of_day": 24,
    "day_of_week": 7,
    "day_of_month": 31,
    "day_of_year": 366,
    "week_of_year": 53,
    "month_of_year": 12,
}
_HOUR, _DAY, _WEEK = 60, 1440, 7 * 1440
_CYCLES = (
    # Its minutes, how often it is looked back, how many neighbours, and the units that have it.
    (_HOUR, 3, 2, {"min"}),
    (_DAY, 7, 1, {"min", "H"}),
    (_WEEK, 4, 1, {"min", "H", "D"}),
    (30 * _DAY, 1, 1, {"min", "H", "D"}),
    (4 * _WEEK, 3, 0, {"min", "H", "D", "W"}),
    (52 * _WEEK, 3, 1, {"min", "H", "D", "W"}),
)


@dataclass(frozen=True, slots=True)
class Frequency:
    """The distance of a series' points, such as 5 `min`.

    Attributes:
        count: How many units.
        unit: `M`, `W`, `D`, `H` or `min`.
    """

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Frequency":
        """Read one, such as `5min`, `H` or `2W`; the names that newer versions of pandas have for these will do.

        Raises:
            ValueError: It is none.
        """
        match = _FORM.fullmatch(text)
        if match is None or (match["count"] and int(match["count"]) == 0):
            raise ValueError(text)
        unit = match["unit"]
        return cls(int(match["count"] or 1), _UNITS.get(unit, unit))

    @property
    def features(self) -> tuple[str, ...]:
        """What a model is told of a time, by name."""
        return _FEATURES[self.unit]

    def lags(self) -> list[int]:
        """How many points before each one those are that a model sees beside it; ascending."""
        found = set(range(1, LAST + 1))
        if self.unit == "M":
            middles = [(12 * cycle // self.count, 1) for cycle in (1, 2, 3)]
        else:
            step = self.count * _MINUTES[self.unit]
            middles = [
                (number * minutes // step, near)
                for minutes, times, near, units in _CYCLES
                if self.unit in units
                for number in range(1, times + 1)
            ]
        for middle, near in middles:
            found.update(lag for lag in range(middle - near, middle + near + 1) if LAST < lag <= FURTHEST)
        return sorted(found)

    def times(self, starts: Times, places: Integers) -> Times:
        """When points are.

        Args:
            starts: (n,) when series begin.
            places: (n, l) which points of them are meant, from 0; there may be some before the series begins.
        """
        step = self.count * (7 if self.unit == "W" else 1)
        times: Any = starts.astype(f"M8[{_NUMPY[self.unit]}]")[:, None] + places * step
        return times

    def describe(self, times: Times) -> Floats:
        """The features of times, each from -0.5 to 0.5: an axis more than the times have."""
        parts = [_PARTS[name](times) / (_SIZES[name] - 1) - 0.5 for name in self.features]
        return np.stack(parts, axis=-1).astype(np.float32)


def _count(times: Times, unit: str, since: str) -> Any:
    """How many units have passed since the last beginning of a larger one."""
    return (times.astype(f"M8[{unit}]") - times.astype(f"M8[{since}]").astype(f"M8[{unit}]")).astype(np.int64)


def _day_of_week(times: Times) -> Any:
    return (times.astype("M8[D]").astype(np.int64) + 3) % 7  # the first day that NumPy counts was a Thursday


def _week_of_year(times: Times) -> Any:
    """ISO 8601's week, from 0: that of the year which its Thursday is in."""
    days = times.astype("M8[D]")
    thursdays = days - _day_of_week(days).astype("m8[D]") + np.timedelta64(3, "D")
    return _count(thursdays, "D", "Y") // 7


def _since(unit: str, larger: str) -> Callable[[Times], Any]:
    return lambda times: _count(times, unit, larger)


_PARTS: Mapping[str, Callable[[Times], Any]] = {
    "minute_of_hour": _since("m", "h"),
    "hour_of_day": _since("h", "D"),
    "day_of_week": _day_of_week,
    "day_of_month": _since("D", "M"),
    "day_of_year": _since("D", "Y"),
    "week_of_year": _week_of_year,
    "month_of_year": _since("M", "Y"),
}
