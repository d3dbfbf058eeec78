"""What the numbers of rows must be, by objective; XGBoost would say so too, but not in which row."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.xgboost.rows import Floats, Piece, is_dense
from fieldstone.contract.training import UserError

Flags = NDArray[np.bool_]


class Rule(NamedTuple):
    """What labels must be: the words of XGBoost for what they are not, and the range of those that are right."""

    words: str
    accepted: Interval


_PROBABLE = Rule("label must be in [0,1] for logistic regression", Interval(0, 1))
_RULES = {
    "binary:logistic": _PROBABLE,
    "binary:logitraw": _PROBABLE,
    "reg:logistic": _PROBABLE,
    "count:poisson": Rule("PoissonRegression: label must be nonnegative", Interval(0)),
    "reg:gamma": Rule("label must be positive for gamma regression", Interval(0, low_open=True)),
    "reg:squaredlogerror": Rule(
        "label must be greater than -1 for rmsle so that log(label + 1) can be valid", Interval(-1, low_open=True)
    ),
    "reg:tweedie": Rule("TweedieRegression: label must be nonnegative", Interval(0)),
}
_FINITE = "Label contains NaN, infinity or a value too large"


def check(piece: Piece, options: Mapping[str, Any]) -> None:
    """See to it that some rows have labels that the objective takes, and weights and features that XGBoost does.

    Args:
        piece: The rows.
        options: The hyperparameters.

    Raises:
        UserError: One has not; the message names it.
    """
    labels, weights = piece.rows.labels, piece.rows.weights
    _refuse(~np.isfinite(labels), _FINITE, labels, piece)
    rule = _rule(options)
    if rule is not None:
        _refuse(~_lie_in(rule.accepted, labels), rule.words, labels, piece)
    if weights is not None:
        _refuse(~(np.isfinite(weights) & (weights >= 0)), "Weights must be positive values", weights, piece)
    row = _find_infinite(piece.rows.features)
    if row is not None:
        words = "Input data contains `inf` or a value too large, while `missing` is not set to `inf`"
        raise UserError(f"{words} ({piece.locate(row)}).")


def _lie_in(accepted: Interval, values: Floats) -> Flags:
    right = np.ones(len(values), np.bool_)
    if accepted.low is not None:
        right &= values > accepted.low if accepted.low_open else values >= accepted.low
    if accepted.high is not None:
        right &= values < accepted.high if accepted.high_open else values <= accepted.high
    return right


def _find_infinite(features: Any) -> int | None:
    infinite = np.isinf(features if is_dense(features) else features.data)
    if not infinite.any():
        return None
    if is_dense(features):
        return int(np.argmax(infinite.any(axis=1)))
    return int(np.searchsorted(features.indptr, np.argmax(infinite), side="right")) - 1


def _rule(options: Mapping[str, Any]) -> Rule | None:
    objective = options.get("objective", "")
    if objective.startswith("multi:"):
        words = "SoftmaxMultiClassObj: label must be in [0, num_class)"
        return Rule(words, Interval(0, options["num_class"], high_open=True))
    return _RULES.get(objective)


def _refuse(wrong: Flags, words: str, values: Floats, piece: Piece) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        found = "no number" if np.isnan(values[row]) else f"{values[row]:g}"
        raise UserError(f"{words} ({piece.locate(row)} has {found}).")
