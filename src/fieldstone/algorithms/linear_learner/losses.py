"""The losses, each for all models at once, with its slope in the models' scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Measured = tuple[Array, Array]
"""The loss of each row in each model (rows x models), and its slope in each score."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss.

    Attributes:
        of: Measures scores (rows x models; rows x models x classes for softmax) against targets, a column: -1 and 1 of
            a binary classifier, the number of the class, or the value.
        power: Labels being divided by s, the loss is divided by s to this power.
        link: What scores become in answers: ``probability``, or they stay as they are: ``margin`` or ``value``.
    """

    of: Callable[[Array, Array], Measured]
    power: int = 0
    link: str = "value"


@dataclass(frozen=True, slots=True)
class Shape:
    """The hyperparameters of the losses, under AWS's names; in the unit of the labels."""

    loss_insensitivity: float = 0.01
    quantile: float = 0.5
    huber_delta: float = 1.0
    margin: float = 1.0


def named(name: str, shape: Shape, unit: float = 1.0) -> Loss:
    """The loss of an AWS name, for labels that were divided by ``unit``."""
    insensitive, delta = shape.loss_insensitivity / unit, shape.huber_delta / unit
    return {
        "logistic": Loss(_logistic, link="probability"),
        "hinge_loss": Loss(partial(_hinge, margin=shape.margin), link="margin"),
        "softmax_loss": Loss(_softmax, link="probability"),
        "squared_loss": Loss(partial(_squared, insensitive=0.0), power=2),
        "eps_insensitive_squared_loss": Loss(partial(_squared, insensitive=insensitive), power=2),
        "absolute_loss": Loss(partial(_absolute, insensitive=0.0), power=1),
        "eps_insensitive_absolute_loss": Loss(partial(_absolute, insensitive=insensitive), power=1),
        "quantile_loss": Loss(partial(_quantile, quantile=shape.quantile), power=1),
        "huber_loss": Loss(partial(_huber, delta=delta), power=2),
    }[name]


AUTO: Mapping[str, str] = MappingProxyType(
    {"binary_classifier": "logistic", "multiclass_classifier": "softmax_loss", "regressor": "squared_loss"}
)


def probabilities(scores: Array) -> Array:
    """What logistic scores mean."""
    small = np.exp(-np.abs(scores))
    return np.where(scores >= 0, 1, small) / (1 + small)


def class_probabilities(scores: Array) -> Array:
    """What softmax scores mean; classes are the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _logistic(scores: Array, targets: Array) -> Measured:
    margins = scores * targets
    small = np.exp(-np.abs(margins))
    wrong = np.where(margins >= 0, small, 1) / (1 + small)
    return np.maximum(-margins, 0) + np.log1p(small), -targets * wrong


def _hinge(scores: Array, targets: Array, *, margin: float) -> Measured:
    short = np.maximum(margin - scores * targets, 0)
    return short, -targets * (short > 0)


def _softmax(scores: Array, targets: Array) -> Measured:
    rows, models = np.ogrid[: scores.shape[0], : scores.shape[1]]
    chances = class_probabilities(scores)
    right = targets.astype(np.int64)
    losses = -np.log(np.maximum(chances[rows, models, right], np.finfo(chances.dtype).tiny))
    chances[rows, models, right] -= 1
    return losses, chances


def _squared(scores: Array, targets: Array, *, insensitive: float) -> Measured:
    off = scores - targets
    beyond = np.sign(off) * np.maximum(np.abs(off) - insensitive, 0)
    return beyond**2, 2 * beyond


def _absolute(scores: Array, targets: Array, *, insensitive: float) -> Measured:
    off = scores - targets
    beyond = np.maximum(np.abs(off) - insensitive, 0)
    return beyond, np.sign(off) * (beyond > 0)


def _quantile(scores: Array, targets: Array, *, quantile: float) -> Measured:
    off = scores - targets
    slopes = np.where(off > 0, 1 - quantile, np.where(off < 0, -quantile, 0))
    return slopes * off, slopes.astype(scores.dtype)


def _huber(scores: Array, targets: Array, *, delta: float) -> Measured:
    off = scores - targets
    inside = np.clip(off, -delta, delta)
    return inside * (off - inside / 2), inside
