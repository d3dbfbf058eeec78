"""A uniform sample of a stream of any length, without replacement, in one pass: the rows for all trees of a forest.

Every row draws a number from 0 to 1, and the rows with the least ones stay. So the sample does not depend on how the
stream was cut into batches, and what stays of the samples of several streams is a uniform sample of them all: hosts
sample by themselves, and one joins what they kept.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldstone.algorithms.randomcutforest.points import Points, as_points


class Reservoir:
    """At most ``capacity`` rows of ``features`` numbers, and how many were offered (``seen``).

    It holds up to a quarter more, so that rows are thrown out seldom and many at a time.
    """

    def __init__(self, capacity: int, features: int, generator: np.random.Generator) -> None:
        if min(capacity, features) < 1:
            raise ValueError(f"a sample of {capacity} rows of {features} features holds nothing")
        self.seen = 0
        self._capacity, self._features, self._generator = capacity, features, generator
        self._most = capacity + capacity // 4 + 1
        self._rows = np.empty((0, features), np.float32)
        self._draws = np.empty(0)
        self._filled = 0
        self._bound = 1.0

    def offer(self, rows: ArrayLike) -> None:
        """Let each row (n, features) of the next batch have its chance.

        Raises:
            ValueError: Rows have another length, or hold something that is no finite number; none of them was taken.
        """
        points = as_points(rows, self._features, self.seen)
        self._take(points, self._generator.random(len(points)))
        self.seen += len(points)

    def join(self, rows: Points, draws: NDArray[np.float64], seen: int) -> None:
        """Take in what another reservoir of the same capacity kept of the ``seen`` rows of another stream."""
        self._take(as_points(rows, self._features), draws)
        self.seen += seen

    def kept(self) -> tuple[Points, NDArray[np.float64]]:
        """The sample, in random order, and the draws of its rows, rising: min(capacity, seen) of them."""
        self._settle()
        order = np.argsort(self._draws[: self._filled], kind="stable")
        return self._rows[order], self._draws[order]

    def _take(self, rows: Points, draws: NDArray[np.float64]) -> None:
        chosen = np.flatnonzero(draws < self._bound)
        while len(chosen):
            room = self._most - self._filled
            now, chosen = chosen[:room], chosen[room:]
            self._append(rows[now], draws[now])
            if self._filled == self._most:
                self._settle()
                chosen = chosen[draws[chosen] < self._bound]

    def _append(self, rows: Points, draws: NDArray[np.float64]) -> None:
        end = self._filled + len(rows)
        if end > len(self._rows):
            size = min(max(end, 2 * len(self._rows)), self._most)
            self._rows = _grown(self._rows, size, self._filled)
            self._draws = _grown(self._draws, size, self._filled)
        self._rows[self._filled : end], self._draws[self._filled : end] = rows, draws
        self._filled = end

    def _settle(self) -> None:
        """Throw out what is beyond the capacity, and know what is too great a draw from now on."""
        if self._filled <= self._capacity:
            return
        order = np.argpartition(self._draws[: self._filled], self._capacity - 1)
        stays, goes = order[: self._capacity], order[self._capacity :]
        free, moved = goes[goes < self._capacity], stays[stays >= self._capacity]
        self._rows[free], self._draws[free] = self._rows[moved], self._draws[moved]
        self._filled = self._capacity
        self._bound = self._draws[: self._capacity].max()


def deal(sample: Points, trees: int, most: int) -> Points:
    """Deal a sample (n, d) in random order out to trees, as many to each, at most ``most``: (trees, s, d).

    Where there are too few, each tree gets ``n // trees`` of them, and what is left over goes to none.

    Raises:
        ValueError: There are fewer rows than trees.
    """
    each = min(most, len(sample) // trees)
    if not each:
        raise ValueError(f"{len(sample)} rows are too few for {trees} trees: each needs one at least")
    return sample[: trees * each].reshape(trees, each, sample.shape[1])


def _grown(array: NDArray[Any], size: int, filled: int) -> NDArray[Any]:
    larger = np.empty((size, *array.shape[1:]), array.dtype)
    larger[:filled] = array[:filled]
    return larger
