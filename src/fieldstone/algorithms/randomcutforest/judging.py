"""How well scores tell labelled rows apart: AWS's rule for which rows are unusual, and measures of what it finds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1; of what there is none of, 0.

    Attributes:
        accuracy: Of all rows, those that were told right.
        precision: Of the rows that were called unusual, those that are.
        recall: Of the rows that are unusual, those that were called so.
        f1: The harmonic mean of the two.
    """

    accuracy: float
    precision: float
    recall: float
    f1: float


def flag(scores: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Call unusual what scores more than three standard deviations above the mean of these scores."""
    return scores > scores.mean() + 3 * scores.std() if len(scores) else np.zeros(0, np.bool_)


def judge(flags: NDArray[np.bool_], unusual: NDArray[np.bool_]) -> Quality:
    """Hold what was called unusual against what is."""
    found, called, there = (int(np.count_nonzero(each)) for each in (flags & unusual, flags, unusual))
    return Quality(
        accuracy=float(np.mean(flags == unusual)) if len(flags) else 0.0,
        precision=found / called if called else 0.0,
        recall=found / there if there else 0.0,
        f1=2 * found / (called + there) if called + there else 0.0,
    )
