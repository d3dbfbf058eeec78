"""Lloyd's method over rows of different weights, and with it the reduction of many centres to few."""

from dataclasses import dataclass
from itertools import islice

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows, dense
from fieldstone.algorithms.kmeans.geometry import Centred, Floats, Labels, Totals, squared_distances
from fieldstone.algorithms.kmeans.seeding import seeds
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
    view = Centred(rows, np.asarray(weights @ rows) / weights.sum())
    totals = view.totals(len(centers), weights)
    best = _look(view, totals, centers)
    msd = _measure(rows, weights, best)
    for _ in range(lloyd.max_iter):
        found = _look(view, totals, _move(rows, weights, best, view.origin))
        gain = (best.loss - found.loss) / weights.sum()
        if not gain > 0:
            break
        enough = gain <= lloyd.tol * msd
        best, msd = found, msd - gain
        if enough:
            break
    return Attempt(best.centers, _measure(rows, weights, best))


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
    begun = islice(seeds(places, k, lloyd.init_method, draws, weights), lloyd.trials)
    return tuple(improve(places, weights, centers, lloyd) for centers in begun)


@dataclass(frozen=True, slots=True)
class _Look:
    """Centres, which of them each row is given to, and what weights and sums, about the origin, the rows of each have.

    The loss is the weighted sum of squared distances, less what is the same for all centres.
    """

    centers: Floats
    labels: Labels
    held: Floats
    sums: Floats
    loss: float


def _look(view: Centred, totals: Totals, centers: Floats) -> _Look:
    labels = view.nearest(centers)
    held, sums = totals.add(labels)
    # Σ w |x - c|² = Σ w |x|² + Σ w |c|² - 2 Σ w x·c, of which the first is always the same.
    apart = centers - view.origin
    loss = held @ np.einsum("ij,ij->i", apart, apart) - 2 * np.einsum("ij,ij->", sums, apart)
    return _Look(centers, labels, held, sums, float(loss))


def _measure(rows: Rows, weights: Floats, look: _Look) -> float:
    """The weighted mean of the squared distances, exact."""
    return float(weights @ squared_distances(rows, look.centers, look.labels) / weights.sum())


def _move(rows: Rows, weights: Floats, look: _Look, origin: Floats) -> Floats:
    """Every centre in the middle of its rows; one that has none goes to a row that is farther off than most."""
    some = look.held > 0
    moved = look.centers.copy()
    moved[some] = origin + look.sums[some] / look.held[some, None]
    empty = np.flatnonzero(~some)
    if len(empty):
        cost = weights * squared_distances(rows, look.centers, look.labels)
        far = np.argsort(-cost, kind="stable")[: min(len(empty), int(np.count_nonzero(cost)))]
        moved[empty[: len(far)]] = dense(rows[far])
    return moved
