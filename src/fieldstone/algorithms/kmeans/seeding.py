"""The centres to begin with: some of the rows, at random or spread out by k-means++ (Arthur, Vassilvitskii, 2007)."""

from collections.abc import Callable, Iterator

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows, dense, length
from fieldstone.algorithms.kmeans.geometry import Floats, Labels, distances_among

METHODS = ("random", "kmeans++")


def seeds(
    rows: Rows, count: int, method: str, draws: np.random.Generator, weights: Floats | None = None
) -> Iterator[Floats]:
    """Choose ``count`` rows, different ones while there are enough; and again, as often as is asked.

    Args:
        rows: To choose from, at least ``count``.
        count: How many.
        method: ``random`` or ``kmeans++``.
        draws: Where chance comes from.
        weights: How much each row counts; all the same if not given. A row that weighs nothing is not chosen.

    Yields:
        The rows chosen: count x features.
    """
    shares = np.full(length(rows), 1.0) if weights is None else weights
    distances = None if method == "random" else distances_among(rows)
    while True:
        if distances is None:
            chosen = draws.choice(length(rows), count, replace=False, p=shares / shares.sum())
        else:
            chosen = _spread(distances, count, draws, shares)
        yield dense(rows[chosen]).astype(np.float64)


def _spread(distances: Callable[[Labels], Floats], count: int, draws: np.random.Generator, shares: Floats) -> Labels:
    """Greedy k-means++: of a few candidates, each drawn by its distance, the one that leaves least is taken."""
    tries = 2 + int(np.log(count))
    chosen = np.empty(count, dtype=np.int64)
    chosen[0] = draws.choice(len(shares), p=shares / shares.sum())
    left = distances(chosen[:1])[0]
    for at in range(1, count):
        potential = left * shares
        candidates = _draw(potential if potential.any() else _others(shares, chosen[:at]), tries, draws)
        lefts = np.minimum(left, distances(candidates))
        best = int(np.argmin(lefts @ shares))
        chosen[at], left = candidates[best], lefts[best]
        # What cancels out in a product is not always 0.
        left[chosen[at]] = 0.0
    return chosen


def _draw(potential: Floats, tries: int, draws: np.random.Generator) -> Labels:
    reached = np.cumsum(potential)
    return np.searchsorted(reached, draws.random(tries) * reached[-1], side="right").clip(max=len(potential) - 1)


def _others(shares: Floats, chosen: Labels) -> Floats:
    """Every row lies on a centre: one not chosen yet will do."""
    others = shares.copy()
    others[chosen] = 0
    return others if others.any() else shares
