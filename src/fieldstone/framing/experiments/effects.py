"""Effects with their intervals, and how likely a split of the cases is. Works on arrays of tests alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

Floats = NDArray[np.float64]
_HALVINGS = 50


@dataclass(frozen=True, slots=True)
class Effect:
    """Treatment minus control.

    Attributes:
        difference: The best guess.
        low: The smallest difference that the data fit with, at the interval's level.
        high: The largest.
        chance: How often so large a difference, either way, arises where there is none (the p-value).
        error: The standard error of the difference.
    """

    difference: Any
    low: Any
    high: Any
    chance: Any
    error: Any


def compare_proportions(hits: tuple[Any, Any], cases: tuple[Any, Any], significance: float) -> Effect:
    """The difference of two proportions (control first) by the score method.

    Miettinen and Nurminen, "Comparative analysis of two rates", Statistics in Medicine 4 (1985): the interval leaves
    zero out exactly when the test with the pooled variance, for which the sample is planned, sees a difference.
    Newcombe's hybrid interval (1998) is about as good but does not agree with that test for unequal arms.
    """
    (lost, won), (before, after) = (_floats(*hits), _floats(*cases))
    difference = won / after - lost / before
    critical = ndtri(1 - significance / 2)
    low, high = _ends(lost, won, before, after, critical)
    away = _score(np.zeros_like(difference), lost, won, before, after)
    return Effect(
        difference,
        low,
        high,
        2 * ndtr(-np.abs(away)),
        np.sqrt(won / after * (1 - won / after) / after + lost / before * (1 - lost / before) / before),
    )


def compare_means(means: tuple[Any, Any], variances: tuple[Any, Any], cases: tuple[Any, Any], level: float) -> Effect:
    """The difference of two means (control first) with unequal variances, at the significance ``level``.

    Welch, "The generalization of Student's problem", Biometrika 34 (1947), with Satterthwaite's degrees of freedom; the
    same as scipy's ``ttest_ind(equal_var=False)``.
    """
    (old, new), (before, after) = (_floats(*means), _floats(*cases))
    first, second = (variance / count for variance, count in zip(_floats(*variances), (before, after), strict=True))
    error = np.sqrt(first + second)
    freedom = (first + second) ** 2 / (first**2 / (before - 1) + second**2 / (after - 1))
    reach = stdtrit(freedom, 1 - level / 2) * error
    difference = new - old
    return Effect(
        difference, difference - reach, difference + reach, 2 * stdtr(freedom, -np.abs(difference / error)), error
    )


def chance_of_split(cases: tuple[Any, Any], share: float) -> Any:
    """How often counts (control first) so far from the planned share of treatment arise.

    Pearson's chi-square with one degree of freedom, the same as scipy's ``chisquare``.
    """
    control, treatment = _floats(*cases)
    total = control + treatment
    return chdtrc(1, (treatment - share * total) ** 2 / (total * share * (1 - share)))


def _floats(first: Any, second: Any) -> tuple[Floats, Floats]:
    return np.asarray(first, np.float64), np.asarray(second, np.float64)


def _ends(lost: Floats, won: Floats, before: Floats, after: Floats, critical: float) -> Floats:
    """Where the score statistic, which falls as the difference grows, passes the critical values: by halving."""
    difference = won / after - lost / before
    sought = np.array([critical, -critical]).reshape(2, *(1 for _ in difference.shape))
    low, high = np.stack([np.full_like(difference, -1.0), difference]), np.stack([difference, np.ones_like(difference)])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _score(middle, lost, won, before, after) > sought
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def _score(supposed: Floats, lost: Floats, won: Floats, before: Floats, after: Floats) -> Floats:
    """Standard errors between the difference that was seen and the one supposed, under which the errors are taken."""
    old = _old_under(supposed, lost, won, before, after)
    new = np.clip(old + supposed, 0.0, 1.0)
    total = before + after
    variance = (new * (1 - new) / after + old * (1 - old) / before) * total / (total - 1)
    return (won / after - lost / before - supposed) / np.sqrt(np.maximum(variance, 1e-300))


def _old_under(supposed: Floats, lost: Floats, won: Floats, before: Floats, after: Floats) -> Floats:
    """The likeliest control proportion if the difference were as supposed: the root of a cubic, by its cosine form."""
    total = before + after
    square = (after + 2 * before) * supposed - total - lost - won
    linear = (before * supposed - total - 2 * lost) * supposed + lost + won
    free = lost * supposed * (1 - supposed)
    third = square / (3 * total)
    turn = third**3 - square * linear / (6 * total**2) + free / (2 * total)
    size = np.where(turn >= 0, 1.0, -1.0) * np.sqrt(np.maximum(third**2 - linear / (3 * total), 1e-60))
    angle = (np.pi + np.arccos(np.clip(turn / size**3, -1.0, 1.0))) / 3
    return np.clip(2 * size * np.cos(angle) - third, 0.0, 1.0)
