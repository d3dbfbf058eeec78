"""What the log tells of the series, in AWS's words: added up over the hosts."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from fieldstone.algorithms.deepar.series import Series


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of some series: their number and lengths, which count missing points too; of their points sums and extremes."""

    series: int = 0
    length: int = 0
    observations: int = 0
    total: float = 0.0
    absolute: float = 0.0
    least: float = np.inf
    most: float = -np.inf
    whole: bool = True
    longest: int = 0

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.series + other.series,
            self.length + other.length,
            self.observations + other.observations,
            self.total + other.total,
            self.absolute + other.absolute,
            min(self.least, other.least),
            max(self.most, other.most),
            self.whole and other.whole,
            max(self.longest, other.longest),
        )

    @property
    def scale(self) -> float:
        """The mean size of a point; 1 where there is none, or all are 0."""
        return self.absolute / self.observations if self.absolute else 1.0

    def lines(self) -> list[str]:
        """The log's lines."""
        count = max(self.observations, 1)
        return [
            f"{'Integer' if self.whole else 'Real'} time series",
            f"number of time series: {self.series}",
            f"number of observations: {self.observations}",
            f"mean target length: {self.length / max(self.series, 1)}",
            f"min/mean/max target: {self.least}/{self.total / count}/{self.most}",
            f"mean abs(target): {self.absolute / count}",
            f"contains missing values: {'yes' if self.observations < self.length else 'no'}",
        ]


def measure(series: Iterable[Series]) -> Statistics:
    """The statistics of some series."""
    return reduce(Statistics.__add__, map(_measure, series), Statistics())


def _measure(one: Series) -> Statistics:
    seen = one.values[one.observed].astype(np.float64)
    if not len(seen):
        return Statistics(1, len(one), longest=len(one))
    return Statistics(
        series=1,
        length=len(one),
        observations=len(seen),
        total=float(seen.sum()),
        absolute=float(np.abs(seen).sum()),
        least=float(seen.min()),
        most=float(seen.max()),
        whole=bool((seen == np.round(seen)).all()),
        longest=len(one),
    )
