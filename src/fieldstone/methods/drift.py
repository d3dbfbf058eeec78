"""How much a distribution has changed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

SOME, MUCH = 0.1, 0.25
"""The customary bounds of the population stability index: below the first little has changed, above the second much."""


def stability(before: ArrayLike, after: ArrayLike, *, bins: int = 10) -> float:
    """Return the population stability index of numbers, over bins of equal size before; NaN is a bin of its own.

    Args:
        before: The values of reference.
        after: The values to compare.
        bins: How many bins; fewer are used where values repeat.
    """
    early, late = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    known = early[~np.isnan(early)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)
    return stability_of_counts(_counts(early, edges), _counts(late, edges))


def stability_of_codes(before: ArrayLike, after: ArrayLike) -> float:
    """Return the population stability index of category codes; NaN is a category of its own."""
    early, late = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    both = np.concatenate([early, late])
    edges = np.unique(both[~np.isnan(both)])[:-1]
    return stability_of_counts(_counts(early, edges), _counts(late, edges))


def stability_of_counts(before: ArrayLike, after: ArrayLike) -> float:
    """Return the population stability index of two rows of counts; half a case is added to each, so none is empty."""
    early, late = np.asarray(before, dtype=np.float64) + 0.5, np.asarray(after, dtype=np.float64) + 0.5
    was, now = early / early.sum(), late / late.sum()
    return float(np.sum((now - was) * np.log(now / was)))


def _counts(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    empty = np.isnan(values)
    counted = np.bincount(np.searchsorted(edges, values[~empty], side="left"), minlength=len(edges) + 1)
    return np.append(counted, empty.sum())
