"""What the labels of the nearest rows come to: the class that most of them have, or their mean."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]


def vote(labels: Singles) -> Singles:
    """The class that occurs most often in each line (n, k); of several, the smallest, as in scikit-learn."""
    ordered = np.sort(labels, axis=1)
    places = np.arange(labels.shape[1])
    begins = np.zeros(ordered.shape, np.int64)
    begins[:, 1:] = np.where(ordered[:, 1:] != ordered[:, :-1], places[1:], 0)
    lengths = places - np.maximum.accumulate(begins, axis=1)
    # The first place with the greatest length is the end of the run of the smallest such class.
    ends = lengths.argmax(axis=1)
    return np.take_along_axis(ordered, ends[:, None], axis=1)[:, 0]


def average(labels: Singles) -> Singles:
    """The mean of each line (n, k)."""
    return labels.mean(axis=1, dtype=np.float64).astype(np.float32)


PREDICTORS: dict[str, Any] = {"classifier": vote, "regressor": average}
"""The answer of each type of predictor."""
