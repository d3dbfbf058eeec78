"""The metrics that can be asked for, and the formulas of those that XGBoost does not have itself.

AWS's container takes its own metrics from raw margins. We leave `mae` and `rmse` to XGBoost, and compare labels with
predictions on the labels' own scale for `mse` and `r2`: the same for squared error, and right for objectives with a
link function.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.xgboost import ring
from fieldstone.contract.training import UserError

if TYPE_CHECKING:
    from xgboost import DMatrix

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Metric = Callable[[Floats, "DMatrix"], list[tuple[str, float]]]

MAXIMIZE = (
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
)
MINIMIZE = (
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
)


OF_MARGINS = {"binary:logistic": 0.5, "reg:logistic": 0.5} | dict.fromkeys(
    ("count:poisson", "reg:gamma", "reg:tweedie", "survival:aft", "survival:cox"), 1.0
)
"""What an objective predicts where its margin is 0, as far as that is not 0 itself."""


def is_maximized(metric: str) -> bool:
    """Whether more of the metric is better; a threshold, as in `map@5`, does not matter."""
    return metric.partition("@")[0] in MAXIMIZE


def confusion(labels: Labels, predicted: Labels) -> NDArray[np.int64]:
    """Count true classes (rows) against predicted ones (columns), for every class that occurs in either."""
    classes, codes = np.unique(np.concatenate([labels, predicted]), return_inverse=True)
    pairs = codes[: len(labels)] * len(classes) + codes[len(labels) :]
    return np.bincount(pairs, minlength=len(classes) ** 2).reshape(len(classes), len(classes))


def accuracy(labels: Labels, predicted: Labels) -> float:
    """The share of rows whose class is right; also precision and recall of all classes taken together (micro)."""
    return float(np.mean(labels == predicted))


def balanced_accuracy(labels: Labels, predicted: Labels) -> float:
    """The mean recall of the classes that occur in the labels."""
    counts = confusion(labels, predicted)
    occurs = counts.sum(axis=1) > 0
    return float(_recalls(counts)[occurs].mean())


def precision_macro(labels: Labels, predicted: Labels) -> float:
    """The mean precision of the classes, 0 for a class that is never predicted."""
    return float(_precisions(confusion(labels, predicted)).mean())


def recall_macro(labels: Labels, predicted: Labels) -> float:
    """The mean recall of the classes, 0 for a class that never occurs."""
    return float(_recalls(confusion(labels, predicted)).mean())


def f1_macro(labels: Labels, predicted: Labels) -> float:
    """The mean over the classes of the harmonic mean of precision and recall."""
    return float(_f1s(confusion(labels, predicted)).mean())


def precision(labels: Labels, predicted: Labels) -> float:
    """The share of class 1 among what is predicted to be class 1."""
    return _of_class_one(_precisions, labels, predicted)


def recall(labels: Labels, predicted: Labels) -> float:
    """The share of what is class 1 that is found."""
    return _of_class_one(_recalls, labels, predicted)


def f1_binary(labels: Labels, predicted: Labels) -> float:
    """The harmonic mean of precision and recall of class 1."""
    return _of_class_one(_f1s, labels, predicted)


def mse(labels: Floats, predictions: Floats) -> float:
    """The mean squared error."""
    return float(np.mean(np.square(labels.astype(np.float64) - predictions)))


def r2(labels: Floats, predictions: Floats) -> float:
    """The share of the labels' variance that the predictions explain."""
    return 1.0 - mse(labels, predictions) / (float(np.var(labels.astype(np.float64))) or np.nan)


OF_CLASSES: dict[str, Callable[[Labels, Labels], float]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1_macro,
    "f1_binary": f1_binary,
    "f1_macro": f1_macro,
    "precision": precision,
    "precision_macro": precision_macro,
    "precision_micro": accuracy,
    "recall": recall,
    "recall_macro": recall_macro,
    "recall_micro": accuracy,
}
OF_VALUES: dict[str, Callable[[Floats, Floats], float]] = {"mse": mse, "r2": r2}


def is_own(metric: str) -> bool:
    """Whether the metric is computed here and not by XGBoost."""
    return metric in OF_CLASSES or metric in OF_VALUES


def measure_with(names: Sequence[str], objective: str) -> Metric:
    """The function for xgboost.train's `custom_metric` that computes our own metrics of these names, in their order.

    In a ring it sees every host's rows: an F1 is no mean of the hosts' F1s.
    """

    def measure(predictions: Floats, data: "DMatrix") -> list[tuple[str, float]]:
        labels, predictions = ring.gather(data.get_label()), ring.gather(predictions)
        classes = classify(predictions, objective)
        true_classes = labels.astype(np.int64)
        return [
            (
                name,
                OF_VALUES[name](labels, predictions) if name in OF_VALUES else OF_CLASSES[name](true_classes, classes),
            )
            for name in names
        ]

    return measure


def classify(predictions: Floats, objective: str) -> Labels:
    """The predicted class of every row, from what the objective predicts: probabilities, margins, classes or values.

    As in the container it is 1 where the margin is above 0, whatever the objective is.
    """
    if predictions.ndim == 2:
        return predictions.argmax(axis=1)
    if objective == "multi:softmax":
        return predictions.astype(np.int64)
    return (predictions > OF_MARGINS.get(objective, 0.0)).astype(np.int64)


def _of_class_one(
    measure: Callable[[NDArray[np.int64]], NDArray[np.float64]], labels: Labels, predicted: Labels
) -> float:
    if not np.isin(np.concatenate([labels, predicted]), (0, 1)).all():
        raise UserError(
            "Target is multiclass but average='binary'. Please choose another average setting, "
            "one of [None, 'micro', 'macro', 'weighted']."
        )
    # A row of each class, taken off again, so that both classes are in the table whatever the data hold.
    counts = confusion(np.append(labels, (0, 1)), np.append(predicted, (0, 1))) - np.eye(2, dtype=np.int64)
    return float(measure(counts)[1])


def _precisions(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return _shares(np.diag(counts), counts.sum(axis=0))


def _recalls(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return _shares(np.diag(counts), counts.sum(axis=1))


def _f1s(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return _shares(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))


def _shares(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(parts, wholes, out=np.zeros(len(parts)), where=wholes > 0)
