"""What a choice says. All amounts of money, and all counts, are for 1,000 cases."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fieldstone.methods.calibration import Calibration, Reliability
from fieldstone.methods.quantiles import Margin
from fieldstone.methods.resampling import Floats, Interval
from fieldstone.methods.thresholds import Curve

BY_CASE = {"by case": True}
"""Marks what is as long as there are cases, and so belongs in no report."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to decide, and how it fares.

    Attributes:
        name: ``nobody``, ``everybody``, ``rule`` (today's), ``feature``, ``half`` (the model at 0.5), ``f_beta``,
            ``single`` (one threshold for all), ``best``, ``unlimited`` (the best, were there no limit of capacity); for
            numbers and classes ``constant``, ``rule``, ``season`` (what was a season before), ``rule_margin`` and
            ``season_margin`` (the same with a margin), ``middle`` (the model's answer without a margin), ``best``.
        does: What it does, in words.
        value: What it brings for 1,000 cases; negative is a cost.
        behind: How much less that is than the best brings, paired case by case.
        learned: Whether it needs a model.
        feasible: Whether it keeps to the capacity.
        condition: The SQL condition that carries it out, if there is one.
        acted, found, false_alarms, missed: Cases of 1,000; None where nothing is acted on (numbers, classes).
        precision, recall: With 95 % intervals; None where there is nothing to divide by.
        f_beta: By the problem's beta.
        over, under: Cases of 1,000 in which the answer is too high or too low; None where answers are no numbers.
    """

    name: str
    does: str
    value: Interval
    behind: Interval
    learned: bool
    feasible: bool = True
    condition: str = ""
    acted: float | None = None
    found: float | None = None
    false_alarms: float | None = None
    missed: float | None = None
    precision: Interval | None = None
    recall: Interval | None = None
    f_beta: float | None = None
    over: float | None = None
    under: float | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Where the truth lies around an answer.

    Attributes:
        share: How many truths should lie within, such as 0.8.
        below, above: How far the range reaches on either side of the model's answer, in the middle case.
        held: The share of truths that lay within, by ranges learnt from other cases, with its interval.
    """

    share: float
    below: float
    above: float
    held: Interval


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost for want of knowing better where to begin to act, as a share of what acting brings at best.

    Attributes:
        mean: To be expected.
        most: Not exceeded in nine of ten repetitions.
    """

    mean: float
    most: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do with the answers, and what it is worth.

    Attributes:
        kind: What was chosen between: to act or not (``binary``), a ``number``, one of several ``classes``, ``labels``.
        sentence: The choice and its worth, in words.
        unit: The currency; ``mistakes`` where no costs are given.
        alternatives: The best first in the file's order, then the others.
        assumptions: What was assumed where the problem file says nothing.
        pays: Whether the best is better than every way without a model by more than chance.
        threshold: The probability from which on to act; for costs that differ by case, the best single one. Its
            interval is where these cases, drawn anew, put the threshold that brings most.
        threshold_loss: What not knowing the threshold better costs; None where capacity decides instead.
        score_threshold: The same on the scale of the model's own scores.
        least_gain: The gain to be expected of a case from which on to act; above 0 where capacity is short.
        by_case: Median, 5th and 95th percentile of the thresholds of the cases, where costs differ by case.
        capacity: At most so many of 1,000 cases can be acted on; None without a limit.
        curve: Value, precision and recall against the threshold; its values are for one case, not 1,000.
        calibration: The map from the model's scores to probabilities.
        reliability: How well the probabilities are kept.
        beta: By which F-beta was reckoned.
        level: The share of truths that should not exceed the best answer, by what too much and too little cost; for
            numbers.
        margin: What is added to the model's answer for it; None where the answer is best as it is.
        typical_error: Median, and what 80 of 100 and 95 of 100 errors do not exceed; for numbers.
        range: Where 8 of 10 truths lie; for numbers.
        probabilities: Each case's probability, by a calibration fitted without it; NaN where there was no score.
        costs: What each case cost (less what it brought) under the best; NaN where there was no score.
    """

    kind: Literal["binary", "number", "classes", "labels"]
    sentence: str
    unit: str
    alternatives: tuple[Alternative, ...]
    assumptions: tuple[str, ...] = ()
    pays: bool = False
    threshold: Interval | None = None
    threshold_loss: Loss | None = None
    score_threshold: float | None = None
    least_gain: float = 0.0
    by_case: Interval | None = None
    capacity: float | None = None
    curve: Curve | None = None
    calibration: Calibration | None = None
    reliability: Reliability | None = None
    beta: float = 1.0
    level: float | None = None
    margin: Margin | None = None
    typical_error: tuple[float, float, float] | None = None
    range: Range | None = None
    probabilities: Floats = field(default_factory=lambda: np.empty(0), repr=False, metadata=BY_CASE)
    costs: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False, metadata=BY_CASE)

    def __getitem__(self, name: str) -> Alternative:
        """The alternative of that name; raises KeyError if it was not weighed."""
        for alternative in self.alternatives:
            if alternative.name == name:
                return alternative
        raise KeyError(name)
