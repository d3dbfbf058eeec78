"""Calibration: scores that mean what they say, so that of the cases given 0.2 one in five comes true.

The log-odds of the outcome are a smooth curve over the score (over its own log-odds, where scores are probabilities).
How far it may bend, and that it may not fall, is all that is assumed; straight, it is Platt's method. Where scores are
probabilities a slope of 1 is expected, give or take 0.3, as models that learn probabilities are seldom further off:
with few positive cases that says more than the cases do, with many it says nothing.

Scores must be out of fold: a model's scores for cases it has learnt from say nothing about others.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from fieldstone.methods.curves import bend, gather
from fieldstone.methods.resampling import Floats, Interval

DRAWS = 100
_MOST = 200_000
"""More cases than this move a calibration by less than its own error in the third digit."""
_CLIP = 1e-9
"""Models that are far too sure still rank their cases out there."""
_SLOPE, _OFF = 1.0, 0.5
"""The slope expected of probabilities, and how far it is usually off."""
_LOOSE = 5.0
"""How steep the curve may be over scores that are no probabilities, in log-odds a standard deviation."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising map from scores to probabilities, straight between its knots.

    Attributes:
        knots: Scores, rising.
        values: The probabilities at the knots.
        drawn: Other maps that these cases allow as well, as often as they are likely: maps x knots.
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    drawn: Floats = field(compare=False, repr=False, metadata={"by case": True})

    def probabilities(self, scores: Floats) -> Floats:
        """The calibrated probability of each score."""
        return np.interp(scores, self.knots, self.values)

    def possible(self, scores: Floats) -> Floats:
        """What the probability of each score may be as well: maps x scores."""
        return np.array([np.interp(scores, self.knots, values) for values in self.drawn])

    def score(self, probability: float) -> float:
        """The lowest score whose probability is at least ``probability``; infinite where none is."""
        values, knots = np.array(self.values), np.array(self.knots)
        at = int(np.searchsorted(values, probability))
        if at == len(values):
            return np.inf
        return -np.inf if at == 0 else float(np.interp(probability, values[at - 1 : at + 1], knots[at - 1 : at + 1]))


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases with like probabilities: what was foretold, and what came, with its 95 % interval."""

    low: float
    high: float
    cases: int
    foretold: float
    observed: float
    observed_low: float
    observed_high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities are kept.

    Attributes:
        bins: At most ten groups of like probability and equal size.
        brier: The mean squared error, ``reliability - resolution + uncertainty`` but for the spread within bins.
        reliability: How far observed shares are from those foretold, squared; 0 is best.
        resolution: How far the bins' shares are from the overall one, squared; more is better.
        uncertainty: The squared error of always giving the overall share.
        expected_error: The mean distance between foretold and observed shares (expected calibration error).
    """

    bins: tuple[Bin, ...]
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    expected_error: float


def fit(scores: Floats, outcomes: Floats, *, draws: int = DRAWS, seed: int = 0) -> Calibration:
    """Fit the curve to outcomes (0 or 1), and draw so many others that the cases allow as well."""
    step = -(-len(scores) // _MOST)
    scores, outcomes = scores[::step], outcomes[::step]
    known = bool(scores.min() >= 0 and scores.max() <= 1)
    at = logit(np.clip(scores, _CLIP, 1 - _CLIP)) if known else scores
    curve = bend(gather(at, outcomes), *((_SLOPE, _OFF) if known else (0.0, _LOOSE / (float(at.std()) or 1.0))))
    return Calibration(
        knots=tuple((expit(curve.at) if known else curve.at).tolist()),
        values=tuple(curve.values.tolist()),
        drawn=curve.drawn(draws, seed=seed),
    )


def calibrate(scores: Floats, outcomes: Floats, *, folds: int = 5, seed: int = 0) -> tuple[Calibration, Floats]:
    """Calibrate scores on their outcomes (0 or 1).

    Returns:
        The calibration fitted on all cases, and each case's probability by one fitted without its fold.
    """
    fold = np.arange(len(scores)) % folds
    np.random.default_rng(seed).shuffle(fold)
    probabilities = np.empty(len(scores))
    for held in range(folds):
        kept = fold == held
        probabilities[kept] = fit(scores[~kept], outcomes[~kept], draws=0).probabilities(scores[kept])
    return fit(scores, outcomes, seed=seed), probabilities


def reliability(probabilities: Floats, outcomes: Floats, *, bins: int = 10) -> Reliability:
    """Compare probabilities with outcomes (0 or 1) in ``bins`` groups of equal size; ties stay together."""
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, bins + 1)))
    # Ties make fewer groups; a single value makes one.
    edges = edges if len(edges) > 1 else np.array([edges[0], edges[0]])
    at = np.clip(np.searchsorted(edges, probabilities, side="right") - 1, 0, len(edges) - 2)
    groups = tuple(
        _bin(probabilities[at == index], outcomes[at == index], low, high)
        for index, (low, high) in enumerate(pairwise(edges.tolist()))
        if np.any(at == index)
    )
    share = np.array([group.cases for group in groups]) / len(outcomes)
    apart = np.array([group.foretold - group.observed for group in groups])
    overall = float(outcomes.mean())
    spread = np.array([group.observed - overall for group in groups])
    return Reliability(
        bins=groups,
        brier=float(np.mean((probabilities - outcomes) ** 2)),
        reliability=float(share @ apart**2),
        resolution=float(share @ spread**2),
        uncertainty=overall * (1 - overall),
        expected_error=float(share @ np.abs(apart)),
    )


def share_interval(successes: float, trials: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share: honest for few trials and for shares near 0 and 1."""
    if trials == 0:
        return 0.0, 1.0
    z = float(norm.ppf((1 + level) / 2))
    share, scale = successes / trials, 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    reach = z * float(np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))) / scale
    return max(0.0, centre - reach), min(1.0, centre + reach)


def share(successes: float, trials: float) -> Interval:
    """A share with its 95 % interval; 0 of 0 is 0, and may be anything."""
    return Interval(successes / trials if trials else 0.0, *share_interval(successes, trials))


def _bin(probabilities: Floats, outcomes: Floats, low: float, high: float) -> Bin:
    positives, cases = float(outcomes.sum()), len(outcomes)
    below, above = share_interval(positives, cases)
    return Bin(low, high, cases, float(probabilities.mean()), positives / cases, below, above)
