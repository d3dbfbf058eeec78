"""Web-scale k-means (Sculley, 2010): centres that move with every mini-batch, weighted by the rows they have seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows, dense, length
from fieldstone.algorithms.kmeans.geometry import Floats, Totals, nearest, squared_distances
from fieldstone.algorithms.kmeans.seeding import seeds


@dataclass(frozen=True, slots=True)
class Centers:
    """What is known of the rows so far.

    Attributes:
        places: centres x features.
        weights: How many rows each centre stands for; rows long past count less where there is a half-life.
    """

    places: Floats
    weights: Floats


def begin(rows: Rows, count: int, method: str, draws: np.random.Generator) -> Centers:
    """Choose ``count`` of the first rows as centres that stand for nothing yet; all of them if there are fewer."""
    count = min(count, length(rows))
    return Centers(next(seeds(rows, count, method, draws)), np.zeros(count))


def absorb(centers: Centers, rows: Rows, draws: np.random.Generator, *, half_life: float = 0) -> Centers:
    """Move each centre towards the rows of a batch that are closest to it.

    Args:
        centers: Before the batch.
        rows: The batch.
        draws: Says where centres go that stand for nothing: to rows of the batch, the likelier the farther off.
        half_life: After so many rows what a row weighs has halved; 0: it never does.

    Returns:
        The centres after it; each is the mean of the rows that it was given, if no weight decays.
    """
    places, weights = centers.places, centers.weights
    if half_life:
        weights = weights * 2.0 ** (-length(rows) / half_life)
    labels = nearest(rows, places)
    counts, sums = Totals(rows, len(places)).add(labels)
    together = weights + counts
    seen = counts > 0
    places = places.copy()
    old, new = weights[seen, None], together[seen, None]
    places[seen] = places[seen] * (old / new) + sums[seen] / new
    idle = np.flatnonzero(together == 0)
    if len(idle):
        apart = squared_distances(rows, places, labels)
        moved = min(len(idle), int(np.count_nonzero(apart)))
        if moved:
            chosen = draws.choice(length(rows), moved, replace=False, p=apart / apart.sum())
            places[idle[:moved]] = dense(rows[chosen])
    return Centers(places, together)


def merge(parts: Sequence[Centers]) -> Centers:
    """The centres of several hosts as those of one: all of them, with their weights; nothing is lost."""
    return Centers(np.concatenate([part.places for part in parts]), np.concatenate([part.weights for part in parts]))
