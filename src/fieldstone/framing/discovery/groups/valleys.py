"""Is there a gap between two groups, or does a cut only go through the middle of one cloud.

Groups are formed on some cases, and others, which they have not seen, are counted in three stretches of equal length
along the line between two centres: around the one, around the other, and half-way. In any single cloud that thins out
from its middle, correlated, skewed or long-tailed as it may be, the middle stretch holds at least as many as the
emptier of the ends. So a middle surely emptier than both ends is a valley between two groups, and no correlation makes
one.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from fieldstone.framing.discovery.encoding import Floats

_HALF_STRETCH, _REACH = 1 / 6, 0.35


@dataclass(frozen=True, slots=True)
class Valley:
    """What lies between two groups: cases half-way for each at the emptier end, and how likely that is in one cloud."""

    first: int
    second: int
    depth: float
    chance: float


def valleys(centres: Floats, points: Floats) -> list[Valley]:
    """Return the valley between each two neighbouring centres, counted in points that the centres have not seen.

    Neighbours have no third centre between them: none in the ball that has their line as its diameter.
    """
    middle = centres.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centres - middle, full_matrices=False)
    axes = axes[sizes > 1e-9 * max(float(sizes[0]), 1e-300)]
    at, places = (centres - middle) @ axes.T, (points - middle) @ axes.T
    pairs = (pair for pair in combinations(range(len(centres)), 2) if _neighbours(*pair, at))
    return [_between(first, second, at, places) for first, second in pairs]


def _neighbours(first: int, second: int, centres: Floats) -> bool:
    half_way = (centres[first] + centres[second]) / 2
    radius = float(((centres[first] - half_way) ** 2).sum())
    nearer = ((centres - half_way) ** 2).sum(axis=1) < radius * (1 - 1e-9)
    return not nearer.any()


def _between(first: int, second: int, centres: Floats, points: Floats) -> Valley:
    way = centres[second] - centres[first]
    length = float(way @ way)
    if not length:
        return Valley(first, second, 1.0, 1.0)
    off = points - centres[first]
    along = off @ way / length
    aside = np.maximum((off**2).sum(axis=1) - along**2 * length, 0.0)
    near: Floats = along[aside <= _REACH**2 * length]
    ends = min(_within(near, 0.0), _within(near, 1.0))
    between = _within(near, 0.5)
    chance = float(binom.cdf(between, between + ends, 0.5)) if ends else 1.0
    return Valley(first, second, between / max(ends, 1), chance)


def _within(along: NDArray[np.float64], place: float) -> int:
    return int(np.count_nonzero(np.abs(along - place) < _HALF_STRETCH))
