"""A finished model: its weights, and what its answers are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.losses import class_probabilities, probabilities
from fieldstone.algorithms.linear_learner.scaling import Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished model.

    Attributes:
        weights: For rows as they come: features and a last line of biases x scores, each a number of single precision.
        predictor_type: What it predicts.
        loss: What its scores are to be read by.
        threshold: A binary classifier says 1 above it; else NaN.
    """

    weights: Floats
    predictor_type: str
    loss: str
    threshold: float = np.nan

    @classmethod
    def rounded(cls, weights: Floats, predictor_type: str, loss: str, threshold: float) -> "Fitted":
        """One with the weights that its file will have."""
        return cls(weights.astype(np.float32).astype(np.float64), predictor_type, loss, threshold)

    def margins(self, rows: Rows) -> Floats:
        """What the weights make of rows: (n, scores)."""
        return np.asarray(rows @ self.weights[:-1]) + self.weights[-1]

    def answer(self, margins: Floats) -> dict[str, NDArray[Any]]:
        """The parts of the answers, for rows that have these margins."""
        if self.predictor_type == "multiclass_classifier":
            chances = class_probabilities(margins)
            return {"score": chances.astype(np.float32), "predicted_label": chances.argmax(axis=1)}
        scores = margins[:, 0]
        if self.predictor_type == "regressor":
            return {"score": scores.astype(np.float32)}
        scores = probabilities(scores) if self.loss == "logistic" else scores
        return {"score": scores.astype(np.float32), "predicted_label": (scores > self.threshold).astype(np.int64)}
