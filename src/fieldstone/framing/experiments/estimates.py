"""What each arm of a sample shows: a metric and how much one unit deviates, the less so with what was known before.

Every metric is brought to one form: an estimate, and each unit's pull on it. For a mean the pull is the unit's distance
from it; for a ratio it is that of the delta method. Variance and correlation of the pulls are all that follows needs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.experiments.samples import Metric
from fieldstone.framing.mistakes import ProblemError

Floats = NDArray[np.float64]
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Arm:
    """What an arm shows.

    Attributes:
        cases: Its units.
        metric: The metric's value.
        variance: The variance of one unit's pull on it.
        skew: How lopsided the pulls are; 0 is even.
    """

    cases: int
    metric: float
    variance: float
    skew: float


@dataclass(frozen=True, slots=True)
class Reduction:
    """What knowledge from before the test brought.

    Attributes:
        correlation: Between the metric's pulls and what was known before, within the arms.
        variance_left: The share of the variance that remains: about 1 less the correlation's square.
        cases_gained: How many times as many cases would have been needed without it.
    """

    correlation: float
    variance_left: float
    cases_gained: float


def estimate_ratio(values: Floats, denominator: Floats) -> tuple[float, Floats]:
    """A ratio of sums, and each unit's pull on it.

    The delta method: Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018, section 3.

    Raises:
        ProblemError: The denominators do not add up to more than zero.
    """
    below = float(denominator.mean())
    if not below > 0:
        raise ProblemError(
            "The denominator adds up to zero or less in an arm: it must count something, such as visits."
        )
    ratio = float(values.mean()) / below
    return ratio, (values - ratio * denominator) / below


def estimate_arms(metric: Metric, treated: NDArray[np.bool_]) -> tuple[Arm, Arm, tuple[Floats, Floats]]:
    """Control and treatment, and the pulls of their units.

    Raises:
        ProblemError: An arm is too small, or nothing varies.
    """
    (control, first), (treatment, second) = (_arm(metric, treated == chosen) for chosen in (False, True))
    if control.variance + treatment.variance == 0 and metric.kind != "proportion":
        raise ProblemError(
            f"A metric is {control.metric:g} in one arm and {treatment.metric:g} in the other, without any spread: "
            "nothing can be compared. Is it the right column?"
        )
    return control, treatment, (first, second)


def adjust(
    arms: tuple[Arm, Arm], pulls: tuple[Floats, Floats], starts: tuple[Floats, Floats]
) -> tuple[Arm, Arm, Reduction]:
    """The arms as they would be had both begun alike: CUPED.

    Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing pre-experiment
    data", WSDM 2013: each arm is corrected by its own start times the slope of the metric on what was known before. The
    slope is taken within the arms, so that the treatment's effect does not bend it.

    Raises:
        ProblemError: What was known before is the same for everybody, or is the outcome itself.
    """
    overall = float(np.concatenate(starts).mean())
    centred = np.concatenate([start - start.mean() for start in starts])
    spread = float(centred @ centred)
    if spread == 0:
        raise ProblemError("The pre-period column is the same for everybody: it cannot help. Leave --pre out.")
    together = np.concatenate(pulls)
    slope = float(centred @ together) / spread
    rest = np.split(together - slope * centred, [len(pulls[0])])
    control, treatment = (
        Arm(arm.cases, arm.metric - slope * float(start.mean() - overall), _variance(left), _skew(left))
        for arm, start, left in zip(arms, starts, rest, strict=True)
    )
    remains = sum(arm.variance / arm.cases for arm in (control, treatment)) / sum(
        arm.variance / arm.cases for arm in arms
    )
    if remains < _NOTHING:
        raise ProblemError(
            "The pre-period column tells the outcome exactly. Name one from before the test, or leave it out."
        )
    correlation = slope * np.sqrt(spread / max(float(together @ together), 1e-300))
    return control, treatment, Reduction(float(correlation), remains, 1 / remains)


def _arm(metric: Metric, chosen: NDArray[np.bool_]) -> tuple[Arm, Floats]:
    values = metric.values[chosen]
    if values.size < 2:
        raise ProblemError(f"An arm has {values.size} units: each needs two at the least, and hundreds to be of use.")
    if metric.denominator is None:
        level = float(values.mean())
        pulls = values - level
    else:
        level, pulls = estimate_ratio(values, metric.denominator[chosen])
    return Arm(values.size, level, _variance(pulls), _skew(pulls)), pulls


def _variance(pulls: Floats) -> float:
    return float(pulls @ pulls) / (len(pulls) - 1)


def _skew(pulls: Floats) -> float:
    size = float(np.mean(pulls**2))
    return float(np.mean(pulls**3)) / size**1.5 if size > 0 else 0.0
