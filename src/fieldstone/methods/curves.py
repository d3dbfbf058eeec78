"""Smooth rising curves through yes and no: how the log-odds of an outcome go with a place on a scale.

A curve is a natural cubic spline, fitted by maximum likelihood less a price for bending and for a slope far from the
one expected. The price of bending is the one of the best Bayesian information criterion. It may not fall: where it
would, it is level.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import expit, log_expit, logit
from sklearn.isotonic import IsotonicRegression

from fieldstone.methods.resampling import Floats

_GROUPS = 1000
_BENDS = 10
_STIFFNESS = tuple(10.0**power for power in range(-1, 6))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Cases of like place, gathered: their mean place, how many there are, how many of them are positive."""

    at: Floats
    cases: Floats
    positives: Floats

    def spread(self) -> Floats:
        """Where each group ends, from 0 to 1, both classes counting half."""
        negatives = self.cases - self.positives
        shares = self.positives / max(self.positives.sum(), 1) + negatives / max(negatives.sum(), 1)
        return np.cumsum(shares) / shares.sum()


@dataclass(frozen=True, slots=True)
class Bent:
    """A fitted curve.

    Attributes:
        at: The places it was fitted at, rising.
        cases: How many cases each stands for.
        shapes: What it is made of: places x shapes.
        weights: How much of each shape.
        root: The Cholesky root of the weights' precision.
        criterion: The information criterion; less is better.
    """

    at: Floats
    cases: Floats
    shapes: Floats
    weights: Floats
    root: Floats
    criterion: float

    @property
    def values(self) -> Floats:
        """The probabilities at its places."""
        return self._rising(self.weights)

    def drawn(self, draws: int, *, seed: int = 0) -> Floats:
        """Other curves that these cases allow as well, as often as they are likely: draws x places."""
        noise = np.random.default_rng(seed).standard_normal((len(self.weights), draws))
        others = self.weights[:, None] + solve_triangular(self.root.T, noise)
        return np.array([self._rising(weights) for weights in others.T]).reshape(draws, len(self.at))

    def _rising(self, weights: Floats) -> Floats:
        values = expit(self.shapes @ weights)
        if bool(np.all(np.diff(values) >= 0)):
            return values
        return np.asarray(IsotonicRegression().fit_transform(self.at, values, sample_weight=self.cases))


def gather(at: Floats, outcomes: Floats) -> Gathered:
    """Gather cases (their places and outcomes, 0 or 1) in at most 1,000 groups of neighbours."""
    distinct, place = np.unique(at, return_inverse=True)
    cases = np.bincount(place).astype(np.float64)
    seen = Gathered(distinct, cases, np.bincount(place, weights=outcomes).astype(np.float64))
    if len(distinct) <= _GROUPS:
        return seen
    groups = np.unique(np.minimum(seen.spread() * _GROUPS, _GROUPS - 1).astype(np.int64), return_inverse=True)[1]
    places, cases, positives = (
        np.bincount(groups, weights=each).astype(np.float64) for each in (cases * distinct, cases, seen.positives)
    )
    return Gathered(places / cases, cases, positives)


def bend(seen: Gathered, slope: float, off: float) -> Bent:
    """Fit the curve whose slope is expected to be ``slope``, give or take ``off``."""
    return min((_bent(seen, stiffness, slope, off) for stiffness in _STIFFNESS), key=lambda one: one.criterion)


def _bent(seen: Gathered, stiffness: float, slope: float, off: float) -> Bent:
    total, positives = float(seen.cases.sum()), float(seen.positives.sum())
    middle = float(seen.cases @ seen.at / total)
    width = float(np.sqrt(seen.cases @ (seen.at - middle) ** 2 / total)) or 1.0
    shapes, bending = _shapes((seen.at - middle) / width, _bends(seen, middle, width))
    start, penalty = np.zeros(shapes.shape[1]), stiffness * bending
    start[:2] = logit((positives + 0.5) / (total + 1)), slope * width
    # The share of positives is known well; the penalty only keeps it finite.
    penalty[[0, 1], [0, 1]] += 0.01, (off * width) ** -2
    weights, precision = _climb(shapes, seen, start, penalty)
    free = float(np.trace(np.linalg.solve(precision, precision - penalty)))
    few = max(min(positives, total - positives), 2.0)
    criterion = float(np.log(few) * free - 2 * _likelihood(shapes @ weights, seen))
    root = np.asarray(np.linalg.cholesky(precision), dtype=np.float64)
    return Bent(seen.at, seen.cases, shapes, weights, root, criterion)


def _likelihood(foretold: Floats, seen: Gathered) -> float:
    return float(seen.positives @ log_expit(foretold) + (seen.cases - seen.positives) @ log_expit(-foretold))


def _climb(shapes: Floats, seen: Gathered, start: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    """Newton's method with halved steps; the weights, and their precision there."""

    def loss(weights: Floats) -> float:
        return float(0.5 * (weights - start) @ penalty @ (weights - start)) - _likelihood(shapes @ weights, seen)

    def precision(weights: Floats) -> Floats:
        p = expit(shapes @ weights)
        return (shapes * (seen.cases * p * (1 - p))[:, None]).T @ shapes + penalty

    weights, reached = start, loss(start)
    for _ in range(30):
        pull = shapes.T @ (seen.cases * expit(shapes @ weights) - seen.positives) + penalty @ (weights - start)
        step = np.linalg.solve(precision(weights), pull)
        tries = (weights - step / 2**halved for halved in range(12))
        found = next((one for one in tries if loss(one) < reached - 1e-9), None)
        if found is None:
            break
        weights, reached = found, loss(found)
    return weights, precision(weights)


def _bends(seen: Gathered, middle: float, width: float) -> Floats:
    """Where the curve may bend: evenly over the cases, both classes counting half."""
    wanted = np.linspace(0.02, 0.98, _BENDS)
    at = np.minimum(np.searchsorted(seen.spread(), wanted), len(seen.at) - 1)
    return (np.unique(seen.at[at]) - middle) / width


def _shapes(at: Floats, bends: Floats) -> tuple[Floats, Floats]:
    """What a natural cubic spline is made of: a constant, the line, its bends; and how bent (squared) each pair is."""
    line = np.column_stack([np.ones(len(at)), at])
    if len(bends) < 3:
        return line, np.zeros((2, 2))
    last, wide = bends[-1], bends[-1] - bends[0]

    def ramp(x: Floats, power: int) -> Floats:
        cubes = np.maximum(x[:, None] - bends, 0) ** power
        ramps = (cubes[:, :-1] - cubes[:, -1:]) / (last - bends[:-1])
        return ramps[:, :-1] - ramps[:, -1:]

    grid = bends[0] + wide * (np.arange(400) + 0.5) / 400
    second = 6 * ramp(grid, 1)
    bending = np.zeros((len(bends), len(bends)))
    bending[2:, 2:] = second.T @ second * wide / 400
    return np.column_stack([line, ramp(at, 3)]), bending
