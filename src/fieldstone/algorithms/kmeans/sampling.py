"""A sample of a stream whose rows may count less the older they are, of bounded size, with the weights to use it with.

Priority sampling (Duffield, Lund, Thorup, 2007): a row of weight w is given the priority w / u, u being uniform between
0 and 1; those of highest priority are kept, and each stands for max(w, the highest priority not kept). While all fit
that is w itself. Samples of several hosts merge by the same rule. Weights and priorities are kept as logarithms to
base 2, as with a half-life they grow without bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows, length, stack
from fieldstone.algorithms.kmeans.geometry import Floats


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that stand for all.

    Attributes:
        rows: The rows kept.
        weights: What each weighed when it came, as a logarithm.
        priorities: As logarithms.
        missed: The highest priority not kept, as a logarithm; minus infinity while nothing was left out.
    """

    rows: Rows
    weights: Floats
    priorities: Floats
    missed: float = -np.inf

    @property
    def whole(self) -> bool:
        """Whether it is all rows there were."""
        return self.missed == -np.inf

    def standing(self) -> Floats:
        """What each row stands for, beside the heaviest one."""
        logs = np.maximum(self.weights, self.missed)
        return np.exp2(logs - logs.max(initial=-np.inf)) if len(logs) else logs


def draw(rows: Rows, passed: int, half_life: float, draws: np.random.Generator) -> Sample:
    """A sample of all rows of a batch, ``passed`` rows having come before it."""
    age = np.arange(passed, passed + length(rows)) / half_life if half_life else np.zeros(length(rows))
    return Sample(rows, age, age - np.log2(1.0 - draws.random(length(rows))))


def merge(parts: Sequence[Sample], size: int) -> Sample:
    """At most ``size`` rows that stand for those of all parts."""
    rows = stack([part.rows for part in parts])
    weights, priorities = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("weights", "priorities")
    )
    missed = max(part.missed for part in parts)
    if len(priorities) > size:
        order = np.argpartition(-priorities, size)
        missed = max(missed, float(priorities[order[size]]))
        kept = np.sort(order[:size])
        rows, weights, priorities = rows[kept], weights[kept], priorities[kept]
    return Sample(rows, weights, priorities, missed)


class Sampler:
    """Gathers a sample batch by batch; it is cut back to its size only now and then, as that copies it."""

    def __init__(self, size: int, half_life: float, draws: np.random.Generator) -> None:
        self._size, self._half_life, self._draws = size, half_life, draws
        self._parts: list[Sample] = []
        self._held = self._passed = 0
        self._missed = -np.inf

    def add(self, rows: Rows) -> None:
        """Look at the next batch; of its rows, those are copied that may be kept."""
        drawn = draw(rows, self._passed, self._half_life, self._draws)
        self._passed += length(rows)
        kept = np.flatnonzero(drawn.priorities > self._missed)
        self._parts.append(Sample(rows[kept], drawn.weights[kept], drawn.priorities[kept], self._missed))
        self._held += len(kept)
        if self._held > 2 * self._size:
            self._settle()

    def sample(self) -> Sample:
        """The sample of what was added; there must have been something."""
        self._settle()
        return self._parts[0]

    def _settle(self) -> None:
        self._parts = [merge(self._parts, self._size)]
        self._held, self._missed = len(self._parts[0].weights), self._parts[0].missed
