"""How good predictions are: what AWS's log tells of each kind, under its names."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.factorization_machines.plans import Singles

Doubles = NDArray[np.float64]


class Score(NamedTuple):
    """A number that tells how good a model is: its name, whether it is a `loss` or a `score`, itself."""

    name: str
    kind: str
    value: float


def chances(scores: Doubles) -> Doubles:
    """The probabilities of label 1, for what a machine makes of rows."""
    return np.exp(-np.logaddexp(0, -scores))


class Tally:
    """What is counted of rows that pass by: sums, so that those of several hosts add up."""

    def __init__(self, *, classifier: bool) -> None:
        self._classifier = classifier
        self.sums = np.zeros(5)

    def add(self, scores: Doubles, labels: Singles) -> None:
        """Count some rows: y(x), (n,), and their labels, (n,)."""
        if not self._classifier:
            off = scores - labels
            self.sums += np.array([len(labels), off @ off, np.abs(off).sum(), 0, 0])
            return
        said = scores > 0
        surprise = np.logaddexp(0, np.where(labels > 0, -scores, scores)).sum()
        both = said.sum() + labels.sum(dtype=np.float64)
        self.sums += np.array([len(labels), surprise, (said == labels).sum(), labels[said].sum(dtype=np.float64), both])

    def scores(self) -> list[Score]:
        """What was counted comes to; nothing of no rows."""
        count, first, second, found, both = self.sums.tolist()
        if not count:
            return []
        if not self._classifier:
            mse = first / count
            return [
                Score("rmse", "loss", mse**0.5),
                Score("mse", "loss", mse),
                Score("absolute_loss", "loss", second / count),
            ]
        return [
            Score("binary_classification_accuracy", "score", second / count),
            Score("binary_classification_cross_entropy", "loss", first / count),
            Score("binary_f_1.000", "score", 2 * found / both if both else 0.0),
        ]
