"""Lloyd's method over rows of different weights, and with it the reduction of many centres to few."""

from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows, dense
from fieldstone.algorithms.kmeans.geometry import Floats, Labels, nearest, squared_distances, totals
from fieldstone.algorithms.kmeans.seeding import seed
from fieldstone.algorithms.kmeans.streaming import Centers


@dataclass(frozen=True, slots=True)
class Lloyd:
    """How to look for few centres.

    Attributes:
        init_method: How each trial begins: ``random`` or ``kmeans++``.
        max_iter: The most iterations of a trial.
        trials: How often to begin anew; the best counts.
        tol: A trial ends when an iteration betters its loss by no more than this share.
    """

    init_method: str = "kmeans++"
    max_iter: int = 300
    trials: int = 10
    tol: float = 0.0001


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a trial ended: the centres, and the weighted mean of the squared distances from them."""

    centers: Floats
    msd: float


def improve(rows: Rows, weights: Floats, centers: Floats, lloyd: Lloyd) -> Attempt:
    """Move centres into the middle of their rows until that betters little; no iteration makes it worse."""
    best = _judge(rows, weights, centers)
    msd, labels, apart = best
    for _ in range(lloyd.max_iter):
        moved = _move(rows, weights, centers, labels, apart)
        found, labels, apart = _judge(rows, weights, moved)
        if not found < msd:
            break
        enough = msd - found <= lloyd.tol * msd
        centers, msd = moved, found
        if enough:
            break
    return Attempt(centers, msd)


def reduce(many: Centers, k: int, lloyd: Lloyd, draws: np.random.Generator) -> tuple[Attempt, ...]:
    """Cluster centres, weighted by what they stand for, into ``k``; there must be as many.

    Returns:
        One attempt for each trial. Where fewer than ``k`` centres stand for anything, the one answer there is.
    """
    standing = many.weights > 0
    places, weights = many.places[standing], many.weights[standing]
    if len(places) <= k:
        heaviest = np.argsort(-many.weights, kind="stable")[:k]
        return (Attempt(many.places[heaviest], 0.0),)
    return tuple(
        improve(places, weights, seed(places, k, lloyd.init_method, draws, weights), lloyd) for _ in range(lloyd.trials)
    )


def _judge(rows: Rows, weights: Floats, centers: Floats) -> tuple[float, Labels, Floats]:
    labels = nearest(rows, centers)
    apart = squared_distances(rows, centers, labels)
    return float(weights @ apart / weights.sum()), labels, apart


def _move(rows: Rows, weights: Floats, centers: Floats, labels: Labels, apart: Floats) -> Floats:
    """Every centre in the middle of its rows; one that has none goes to a row that is farther off than most."""
    held, sums = totals(rows, labels, len(centers), weights)
    moved = centers.copy()
    moved[held > 0] = sums[held > 0] / held[held > 0, None]
    empty = np.flatnonzero(held == 0)
    if len(empty):
        cost = weights * apart
        far = np.argsort(-cost, kind="stable")[: min(len(empty), int(np.count_nonzero(cost)))]
        moved[empty[: len(far)]] = dense(rows[far])
    return moved
