"""Calibration: scores that mean what they say, so that of the cases given 0.2 one in five comes true.

Scores must be out of fold: a model's scores for cases it has learnt from say nothing about others.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit
from scipy.stats import norm
from sklearn.isotonic import IsotonicRegression

from fieldstone.methods.resampling import Floats

Method = Literal["none", "platt", "isotonic"]

_MOST = 200_000
"""More cases than this move a calibration by less than its own error in the third digit."""
_CLIP = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising map from scores to probabilities.

    Attributes:
        method: ``none`` leaves scores as they are; ``platt`` is a logistic curve; ``isotonic`` a flight of steps.
        knots: Scores (isotonic) or intercept and slope (platt).
        values: The probabilities at the knots (isotonic).
        log_odds: Whether platt works on the scores' log-odds: where scores lie between 0 and 1.
    """

    method: Method
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    log_odds: bool = False

    def probabilities(self, scores: Floats) -> Floats:
        """The calibrated probability of each score."""
        if self.method == "none":
            return np.asarray(scores, dtype=np.float64)
        if self.method == "isotonic":
            return np.interp(scores, self.knots, self.values)
        intercept, slope = self.knots
        return expit(intercept + slope * _log_odds(scores, self.log_odds))

    def score(self, probability: float) -> float:
        """The lowest score whose probability is at least ``probability``; infinite where none is."""
        if self.method == "none":
            return probability
        if self.method == "isotonic":
            return _first_reaching(probability, np.array(self.knots), np.array(self.values))
        intercept, slope = self.knots
        if slope <= 0:
            return -np.inf if expit(intercept) >= probability else np.inf
        found = float((logit(probability) - intercept) / slope)
        return float(expit(found)) if self.log_odds else found


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


def fit_isotonic(scores: Floats, outcomes: Floats) -> Calibration:
    """Fit the rising steps nearest to the outcomes (0 or 1).

    The first and the last step are drawn in as far as their number of cases asks for (Laplace): that 50 of 50 came true
    is no certainty.
    """
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, outcomes)
    knots, values = np.asarray(fitted.X_thresholds_), np.asarray(fitted.y_thresholds_)
    inner = values[(values > 0) & (values < 1)]
    lowest, highest = (float(inner[0]), float(inner[-1])) if len(inner) else (1.0, 0.0)
    never = np.count_nonzero(scores <= knots[values == 0].max(initial=-np.inf))
    always = np.count_nonzero(scores >= knots[values == 1].min(initial=np.inf))
    values = np.where(values == 0, min(lowest, 1 / (never + 2)), values)
    values = np.where(values == 1, max(highest, (always + 1) / (always + 2)), values)
    return Calibration("isotonic", tuple(knots.tolist()), tuple(values.tolist()))


def fit_platt(scores: Floats, outcomes: Floats) -> Calibration:
    """Fit a logistic curve by maximum likelihood, its targets drawn in a little as Platt does; it never falls."""
    log_odds = bool(scores.min() >= 0 and scores.max() <= 1)
    seen = _log_odds(scores, log_odds)
    centre, width = float(seen.mean()), float(seen.std()) or 1.0
    positives = float(outcomes.sum())
    targets = np.where(outcomes > 0, (positives + 1) / (positives + 2), 1 / (len(outcomes) - positives + 2))
    x = (seen - centre) / width

    def loss(line: Floats) -> tuple[float, Floats]:
        z = line[0] + line[1] * x
        residual = expit(z) - targets
        return -float(np.mean(log_expit(z) - (1 - targets) * z)), np.array([residual.mean(), (residual * x).mean()])

    start = np.array([logit(targets.mean()), 0.0])
    intercept, slope = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), (0, None)]).x
    return Calibration("platt", (float(intercept - slope * centre / width), float(slope / width)), log_odds=log_odds)


def calibrate(scores: Floats, outcomes: Floats, *, folds: int = 5, seed: int = 0) -> tuple[Calibration, Floats]:
    """Choose and fit the calibration that does best, by log loss, on cases it has not seen.

    Scores between 0 and 1 stay as they are unless platt, which has but two numbers to learn, does better. The steps of
    isotonic must be better by more than chance: by more than one standard error of the mean difference. Compared by
    cross-fitting in ``folds`` folds.

    Returns:
        The calibration fitted on all cases, and each case's probability by one fitted without that case.
    """
    fold = np.arange(len(scores)) % folds
    np.random.default_rng(seed).shuffle(fold)
    known = bool(scores.min() >= 0 and scores.max() <= 1)
    crossed: dict[Method, Floats] = {"none": np.asarray(scores, dtype=np.float64)} if known else {}
    crossed |= {method: _cross_fit(method, scores, outcomes, fold) for method in ("platt", "isotonic")}
    chosen, *others = crossed
    for method in others:
        better = _log_loss(crossed[chosen], outcomes) - _log_loss(crossed[method], outcomes)
        if better.mean() > (better.std() / np.sqrt(len(better)) if method == "isotonic" else 0):
            chosen = method
    return _fit(chosen, scores, outcomes), crossed[chosen]


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


def _fit(method: Method, scores: Floats, outcomes: Floats) -> Calibration:
    if method == "none":
        return Calibration("none")
    step = -(-len(scores) // _MOST)
    fit = fit_platt if method == "platt" else fit_isotonic
    return fit(scores[::step], outcomes[::step])


def _log_loss(probabilities: Floats, outcomes: Floats) -> Floats:
    # A step of isotonic can be at 0 or 1; nobody can be that sure from so many cases.
    surest = 0.5 / len(outcomes)
    return -np.log(np.clip(np.where(outcomes > 0, probabilities, 1 - probabilities), surest, 1.0))


def _cross_fit(method: Method, scores: Floats, outcomes: Floats, fold: np.ndarray) -> Floats:
    probabilities = np.empty(len(scores))
    for held in np.unique(fold):
        seen, kept = fold != held, fold == held
        probabilities[kept] = _fit(method, scores[seen], outcomes[seen]).probabilities(scores[kept])
    return probabilities


def _bin(probabilities: Floats, outcomes: Floats, low: float, high: float) -> Bin:
    positives, cases = float(outcomes.sum()), len(outcomes)
    below, above = share_interval(positives, cases)
    return Bin(low, high, cases, float(probabilities.mean()), positives / cases, below, above)


def _first_reaching(probability: float, knots: Floats, values: Floats) -> float:
    at = int(np.searchsorted(values, probability))
    if at == len(values):
        return np.inf
    if at == 0:
        return -np.inf
    return float(np.interp(probability, values[at - 1 : at + 1], knots[at - 1 : at + 1]))


def _log_odds(scores: Floats, log_odds: bool) -> Floats:  # noqa: FBT001  the flag is part of the map
    return logit(np.clip(scores, _CLIP, 1 - _CLIP)) if log_odds else np.asarray(scores, dtype=np.float64)
