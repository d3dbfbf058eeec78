"""Thresholds: from probabilities and money to a decision for each case.

Acting on a case with probability p brings ``p x gain - (1 - p) x harm`` over leaving it alone, where ``gain`` is what
acting brings on a positive case (true positive less false negative) and ``harm`` what it costs on a negative one (true
negative less false positive). So it pays from ``p = harm / (gain + harm)`` on, in money fixed or different by case.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.methods.resampling import REPLICATES, Floats, Interval, deal, draw, percentiles

POINTS = 500

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each outcome brings (costs are negative), for every case: each an array of one amount a case."""

    true_positive: Floats
    false_positive: Floats
    false_negative: Floats
    true_negative: Floats

    @property
    def gain(self) -> Floats:
        """What acting brings on each case if it is positive."""
        return self.true_positive - self.false_negative

    @property
    def harm(self) -> Floats:
        """What acting costs on each case if it is negative."""
        return self.true_negative - self.false_positive

    def of(self, cases: Flags | NDArray[np.int64]) -> "Amounts":
        """The amounts of some of the cases, by flag or by number."""
        parts = (self.true_positive, self.false_positive, self.false_negative, self.true_negative)
        return Amounts(*(part[cases] for part in parts))

    @property
    def fixed(self) -> bool:
        """Whether all cases have the same gain and the same harm."""
        return bool(np.ptp(self.gain) == 0 and np.ptp(self.harm) == 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """What acting from each threshold on would have brought, by case, at no more than 500 thresholds.

    Attributes:
        thresholds: Rising; a case is acted on if its probability is at least the threshold.
        values: The mean value of a case, with the 95 % interval at each threshold in ``low`` and ``high``.
        acted: The share of cases acted on.
        precision: Of the cases acted on, the share that is positive; NaN where none is acted on.
        recall: Of the positive cases, the share acted on.
        best: The threshold that brought most, with its interval. Where the curve is flat the interval is wide.
        best_value: What it brought by case, less what is owed to choosing on the same cases, with its interval.
    """

    thresholds: Floats
    values: Floats
    low: Floats
    high: Floats
    acted: Floats
    precision: Floats
    recall: Floats
    best: Interval
    best_value: Interval


@dataclass(frozen=True, slots=True)
class Measures:
    """How a set of decisions fares; the first four are shares of all cases, precision is NaN where none is acted on."""

    acted: float
    found: float
    false_alarms: float
    missed: float
    precision: float
    recall: float
    f_beta: float


def break_even(amounts: Amounts) -> Floats:
    """The probability from which on acting pays, by case: 0 where it always does, infinite where it never does."""
    gain, harm = amounts.gain, amounts.harm
    pays = np.full(len(gain), np.inf)
    np.divide(harm, gain + harm, out=pays, where=(gain > 0) & (harm >= 0))
    return np.where((harm <= 0) & (gain >= 0), 0.0, pays)


def expected_gain(probabilities: Floats, amounts: Amounts) -> Floats:
    """What acting on each case is expected to bring over leaving it alone."""
    return probabilities * amounts.gain - (1 - probabilities) * amounts.harm


def realised_gain(outcomes: Floats, amounts: Amounts) -> Floats:
    """What acting on each case would have brought over leaving it alone, its outcome (0 or 1) being known."""
    return np.where(outcomes > 0, amounts.gain, -amounts.harm)


def values(acted: Flags | Floats, outcomes: Floats, amounts: Amounts) -> Floats:
    """What each case brought, given what was done and what became of it.

    ``acted`` may be the chance with which one acts, from 0 to 1; then it is what is brought on average.
    """
    left = np.where(outcomes > 0, amounts.false_negative, amounts.true_negative)
    return left + acted * realised_gain(outcomes, amounts)


def shortfall(possible: Floats, acted: Flags, amounts: Amounts) -> Floats:
    """What decisions lose for want of knowing the probabilities better, as a share of what the best decisions bring.

    Args:
        possible: What the cases' probabilities may be: draws x cases.
        acted: The decisions.
        amounts: Of the cases.

    Returns:
        For each draw, what was lost had these been the probabilities, over acting on nobody; 0 where acting never pays.
    """
    gains = expected_gain(possible, amounts)
    best = np.maximum(gains, 0).sum(axis=1)
    return np.divide(best - gains[:, acted].sum(axis=1), best, out=np.zeros(len(best)), where=best > 0)


def within_capacity(worth: Floats, per_thousand: float, *, ties: Floats | None = None) -> Flags:
    """Act on the cases of highest positive worth, on at most so many of each thousand; ``ties`` orders equal ones."""
    most = int(len(worth) * per_thousand / 1000)
    acted = worth > 0
    if np.count_nonzero(acted) > most:
        acted = np.zeros(len(worth), dtype=np.bool_)
        acted[np.lexsort((np.zeros(len(worth)) if ties is None else -ties, -worth))[:most]] = True
    return acted


def measure(acted: Flags | Floats, outcomes: Floats, *, beta: float = 1.0) -> Measures:
    """Count what a set of decisions (or of chances to act) found, raised in vain and missed."""
    positive = outcomes > 0
    found, false_alarms, missed = (
        float(np.mean(parts)) for parts in (acted * positive, acted * ~positive, (1.0 - acted) * positive)
    )
    denominator = (1 + beta**2) * found + beta**2 * missed + false_alarms
    return Measures(
        acted=found + false_alarms,
        found=found,
        false_alarms=false_alarms,
        missed=missed,
        precision=found / (found + false_alarms) if found + false_alarms else np.nan,
        recall=found / (found + missed) if found + missed else np.nan,
        f_beta=(1 + beta**2) * found / denominator if denominator else 0.0,
    )


def best_f_beta(probabilities: Floats, outcomes: Floats, *, beta: float = 1.0) -> float:
    """The threshold with the highest F-beta on these cases."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    found = np.cumsum(outcomes[order])
    scores = (1 + beta**2) * found / (beta**2 * max(found[-1], 1) + np.arange(1, len(ranked) + 1))
    # Within a tie only the whole group can be acted on.
    last = np.append(ranked[1:] != ranked[:-1], True)
    return float(ranked[np.argmax(np.where(last, scores, -1.0))])


def crossed(pick: Callable[[Flags], float], probabilities: Floats, *, folds: int = 5, seed: int = 0) -> Flags:
    """Act from a threshold on that was picked without the case's own fold, so that its worth can be told honestly.

    ``pick`` is given the cases to learn from.
    """
    fold = np.arange(len(probabilities)) % folds
    np.random.default_rng(seed).shuffle(fold)
    acted = np.zeros(len(probabilities), dtype=np.bool_)
    for held in range(folds):
        acted |= (fold == held) & (probabilities >= pick(fold != held))
    return acted


def best_single(probabilities: Floats, outcomes: Floats, amounts: Amounts) -> float:
    """The one threshold for all cases that would have brought most."""
    grid, at = _places(probabilities)
    gains = _from_each_on(at, realised_gain(outcomes, amounts), np.zeros(len(at), dtype=np.int64), len(grid))[0]
    return float(grid[np.argmax(gains)])


def cost_curve(
    probabilities: Floats,
    outcomes: Floats,
    amounts: Amounts,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
    dealt: NDArray[np.int64] | None = None,
) -> Curve:
    """What each threshold would have brought, and the best of them, with bootstrap intervals.

    ``dealt`` is each case's block, as in ``resampled_means``.
    """
    grid, at = _places(probabilities)
    dealt = deal(len(at), seed=seed) if dealt is None else dealt
    left = values(np.zeros(len(at), dtype=np.bool_), outcomes, amounts)
    sizes = np.bincount(dealt)
    gains = _from_each_on(at, realised_gain(outcomes, amounts), dealt, len(grid))
    sums = gains + np.bincount(dealt, weights=left)[:, None]
    counts = draw(len(sizes), replicates=replicates, seed=seed)
    resampled = (counts @ sums) / (counts @ sizes)[:, None]
    means = sums.sum(axis=0) / len(at)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    one = np.zeros(len(at), dtype=np.int64)
    acted = _from_each_on(at, np.ones(len(at)), one, len(grid))[0] / len(at)
    found = _from_each_on(at, outcomes, one, len(grid))[0] / len(at)
    precision = np.divide(found, acted, out=np.full(len(grid), np.nan), where=acted > 0)
    recall = found / max(float(found[0]), 1 / len(at))
    best, best_value = _best(grid, means, resampled)
    return Curve(grid, means, low, high, acted, precision, recall, best, best_value)


def _best(grid: Floats, means: Floats, resampled: Floats) -> tuple[Interval, Interval]:
    rows = np.arange(len(resampled))
    chosen = np.argmax(resampled, axis=1)
    optimism = float(np.mean(resampled[rows, chosen] - means[chosen]))
    at = int(np.argmax(means))
    value = percentiles(means[at] - optimism, resampled[:, at] - optimism)
    return percentiles(grid[at], grid[chosen]), value


def _places(probabilities: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """At most 500 thresholds in even steps of cases, from everybody to nobody; and the last that each case reaches."""
    distinct = np.unique(probabilities)
    if len(distinct) >= POINTS:
        distinct = np.unique(np.quantile(probabilities, np.linspace(0, 1, POINTS - 1), method="lower"))
    nobody = max(1.0, float(np.nextafter(distinct[-1], np.inf)))
    grid = np.append(distinct, nobody)
    return grid, np.searchsorted(grid, probabilities, side="right") - 1


def _from_each_on(at: NDArray[np.int64], weights: Floats, dealt: NDArray[np.int64], points: int) -> Floats:
    """Add up ``weights`` over the cases at or above each threshold, within each block: blocks x thresholds."""
    blocks = int(dealt.max()) + 1
    cells = np.bincount(dealt * points + at, weights=weights, minlength=blocks * points).astype(np.float64)
    return np.cumsum(cells.reshape(blocks, points)[:, ::-1], axis=1)[:, ::-1]
