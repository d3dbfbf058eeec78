"""Models that AWS trained: what they predict, read off their network, as nothing is known of what else they say."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.linear_learner.fitted import Fitted
from fieldstone.algorithms.linear_learner.losses import AUTO
from fieldstone.algorithms.linear_learner.scaling import Floats

LOGISTIC, SOFTMAX, LINEAR = "LogisticRegressionOutput", "SoftmaxOutput", "LinearRegressionOutput"
_MARGIN = "SVMOutput"
_KINDS = {
    LOGISTIC: ("binary_classifier", "logistic"),
    SOFTMAX: ("multiclass_classifier", "softmax_loss"),
    LINEAR: ("regressor", "squared_loss"),
    _MARGIN: ("binary_classifier", "hinge_loss"),
    "sigmoid": ("binary_classifier", "logistic"),
    "softmax": ("multiclass_classifier", "softmax_loss"),
}
_PASSING = frozenset({"BlockGrad", "identity", "_copy", "Reshape", "Flatten"})
_MIDDLES = {"logistic": 0.5, "hinge_loss": 0.0}
"""The thresholds of models that do not say theirs."""


def recognise(weights: Floats, symbol: Mapping[str, Any], extra: Mapping[str, Any]) -> Fitted:
    """A model of these weights that says its kind by its network alone, and maybe a threshold.

    Args:
        weights: Features and a last line of biases x scores.
        symbol: The network in MXNet's JSON; the operation that makes the output tells the kind. One that is not known
            is taken for a classifier's if there are several scores, else for a regressor's.
        extra: What the model says besides.
    """
    scores = weights.shape[1]
    kind, loss = _KINDS.get(_output(symbol), ("", ""))
    if not kind or (scores > 1) != (kind == "multiclass_classifier"):
        kind = "regressor" if scores == 1 else "multiclass_classifier"
        loss = AUTO[kind]
        log.warn(f"The model does not say what it predicts; it has {scores} scores and is served as a {kind}")
    if kind != "binary_classifier":
        return Fitted(weights, kind, loss)
    threshold = extra.get("threshold")
    if not isinstance(threshold, float | int):
        threshold = _MIDDLES[loss]
        log.warn(f"The model does not say its threshold; predicted_label is 1 for a score above {threshold}")
    return Fitted(weights, kind, loss, float(np.float64(threshold)))


def _output(symbol: Mapping[str, Any]) -> str:
    """The operation that makes the network's first output; what only passes it on is looked through."""
    try:
        nodes, at = symbol["nodes"], symbol["heads"][0][0]
        while nodes[at]["op"] in _PASSING and nodes[at]["inputs"]:
            at = nodes[at]["inputs"][0][0]
        return str(nodes[at]["op"])
    except (KeyError, IndexError, TypeError):
        return ""
