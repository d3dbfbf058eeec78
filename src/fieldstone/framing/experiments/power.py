"""Sample sizes and what they can find: closed formulas, two-sided, for any split of the cases.

Sizes are totals of both arms. Shares of treatment, error rates and proportions lie between 0 and 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scipy.optimize import brentq
from scipy.special import nctdtr, ndtri, stdtrit

_FEWEST = 10.0
_CERTAIN = 30.0


@dataclass(frozen=True, slots=True)
class Levels:
    """What a test promises.

    Attributes:
        significance: How often it may see a change where there is none.
        power: How often it must see the change it is made for.
        share: The share of cases that get the new treatment.
    """

    significance: float = 0.05
    power: float = 0.8
    share: float = 0.5

    @property
    def critical(self) -> float:
        """Standard errors beyond which a difference counts, two-sided."""
        return float(ndtri(1 - self.significance / 2))

    @property
    def distance(self) -> float:
        """Standard errors at which the true effect must lie from zero."""
        return self.critical + float(ndtri(self.power))

    @property
    def spread(self) -> float:
        """What a variance of 1 a case becomes in the difference of two means, times the cases: 4 for even halves."""
        return 1 / self.share + 1 / (1 - self.share)


def cases_for_proportions(baseline: float, effect: float, levels: Levels) -> float:
    """Cases in total to see a proportion change by ``effect``, by the test with the pooled variance.

    Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd edition (2003), formula 4.14, without the
    continuity correction; the same as statsmodels' ``power_proportions_2indep``.
    """
    changed, share = baseline + effect, levels.share
    pooled = (1 - share) * baseline + share * changed
    under_none = math.sqrt(pooled * (1 - pooled) * levels.spread)
    under_effect = math.sqrt(baseline * (1 - baseline) / (1 - share) + changed * (1 - changed) / share)
    return ((levels.critical * under_none + float(ndtri(levels.power)) * under_effect) / effect) ** 2


def cases_for_means(deviation: float, effect: float, levels: Levels) -> float:
    """Cases in total to see a mean change by ``effect``, where one case deviates by ``deviation``, by the t test.

    Exact for normal values, by the noncentral t distribution: Cohen, Statistical Power Analysis (1988), chapter 2; the
    same as statsmodels' ``TTestIndPower``. It also serves ratios, whose deviation is that of the delta method.
    """
    by_normal = max((levels.distance * deviation / effect) ** 2 * levels.spread, _FEWEST)
    most = 2 * by_normal + 64 * levels.spread
    if power_of_means(deviation, effect, by_normal, levels) >= levels.power:
        return by_normal
    return _root(lambda cases: power_of_means(deviation, effect, cases, levels) - levels.power, by_normal, most)


def power_of_means(deviation: float, effect: float, cases: float, levels: Levels) -> float:
    """How often the t test on so many cases sees the effect; source as ``cases_for_means``."""
    freedom = max(cases - 2, 1.0)
    away = abs(effect) / deviation * math.sqrt(cases / levels.spread)
    if away > _CERTAIN:  # where scipy's noncentral t gives up
        return 1.0
    return float(1 - nctdtr(freedom, away, stdtrit(freedom, 1 - levels.significance / 2)))


def cases_for_no_harm(deviation: float, margin: float, levels: Levels) -> float:
    """Cases in total to show that a metric that did not change is not worse by ``margin``.

    Non-inferiority by one end of the two-sided interval: Chow, Shao and Wang, Sample Size Calculations in Clinical
    Research (2nd edition, 2008), section 3.2.
    """
    return (levels.distance * deviation / margin) ** 2 * levels.spread


def effect_for_proportions(baseline: float, cases: float, levels: Levels, *, up: bool = True) -> float | None:
    """The smallest change of a proportion that so many cases show; None where even the largest stays unseen."""
    room = (1 - baseline if up else baseline) * (1 - 1e-9)
    return _smallest(lambda size: cases_for_proportions(baseline, size if up else -size, levels), cases, room, up=up)


def effect_for_means(deviation: float, cases: float, levels: Levels, *, up: bool = True) -> float | None:
    """The smallest change of a mean (or ratio) that so many cases show; None under ten cases."""
    if cases < _FEWEST:
        return None
    by_normal = levels.distance * deviation * math.sqrt(levels.spread / cases)
    found = _root(
        lambda size: power_of_means(deviation, size, cases, levels) - levels.power, by_normal / 2, 3 * by_normal
    )
    return found if up else -found


def _smallest(needed: Callable[[float], float], cases: float, room: float, *, up: bool) -> float | None:
    if needed(room) > cases:
        return None
    size = _root(lambda size: math.log(needed(size) / cases), room * 1e-9, room)
    return size if up else -size


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    found: Any = brentq(function, low, high, xtol=1e-12)
    return float(found)
