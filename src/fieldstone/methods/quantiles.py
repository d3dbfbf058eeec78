"""Answers that are too low as often as they should be: margins around a model's answers, learnt from its errors.

Where falling short costs three times what exceeding costs, the best answer is one that the truth exceeds in one case of
four. Errors must be those of answers to cases that the model had not seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Flags

_TABLE = np.linspace(0, 1, 1001)
_GROUPS, _LEAST = 10, 50
"""The width of errors is told in at most so many groups of answers, of so many cases at least."""

Parts = Iterable[tuple[Flags, Flags]]
"""Which cases to learn from, and which to answer then."""


@dataclass(frozen=True, slots=True)
class Margin:
    """How far truths lie from answers.

    Attributes:
        errors: Truth less answer, in widths, at 1,001 levels from 0 to 1.
        at: Answers, rising.
        widths: The mean error without its sign at these answers; a single 1 if errors are alike for all answers.
    """

    errors: tuple[float, ...]
    at: tuple[float, ...]
    widths: tuple[float, ...]

    def points(self, answers: Floats, level: float | Floats) -> Floats:
        """The value that the truth does not exceed with the probability ``level``, for each answer."""
        return answers + np.interp(answers, self.at, self.widths) * np.interp(level, _TABLE, self.errors)


def fit_margin(answers: Floats, truth: Floats, *, by_size: bool = False) -> Margin:
    """Learn the margin; ``by_size`` lets it be wider for some answers than for others, as for large counts."""
    errors = truth - answers
    at, widths = _widths(answers, np.abs(errors)) if by_size else (np.zeros(1), np.ones(1))
    told = np.quantile(errors / np.interp(answers, at, widths), _TABLE, method="weibull")
    return Margin(tuple(told.tolist()), tuple(at.tolist()), tuple(widths.tolist()))


def crossed_points(
    answers: Floats, truth: Floats, level: float | Floats, parts: Parts, *, by_size: bool = False
) -> Floats:
    """The points of each case by a margin that was learnt without it; NaN for cases that no part answers."""
    levels = np.broadcast_to(np.asarray(level, dtype=np.float64), answers.shape)
    points = np.full(len(answers), np.nan)
    for known, asked in parts:
        margin = fit_margin(answers[known], truth[known], by_size=by_size)
        points[asked] = margin.points(answers[asked], levels[asked])
    return points


def _widths(answers: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    groups = np.array_split(np.argsort(answers, kind="stable"), max(1, min(_GROUPS, len(answers) // _LEAST)))
    at = np.array([answers[group].mean() for group in groups])
    floor = max(0.05 * float(sizes.mean()), np.finfo(float).tiny)
    widths = np.array([max(float(sizes[group].mean()), floor) for group in groups])
    # Groups of one and the same answer share their place.
    places, first = np.unique(at, return_index=True)
    return places, widths[first]
