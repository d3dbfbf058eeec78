"""The hyperparameters that say how to train, under AWS's names and with its defaults."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.algorithm import Options

Singles = NDArray[np.float32]

INITIALISATIONS = ("uniform", "normal", "constant")
_SCALE = 0.07
"""What `uniform` takes without a scale; MXNet's own default."""
_EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class Group:
    """What one group of parameters has of its own: the bias, the linear weights, or the factors.

    Attributes:
        method: How they begin: `uniform` between -scale and scale, `normal` with the deviation sigma, or `constant`.
        scale: See there.
        sigma: See there.
        value: That of `constant`.
        lr: The learning rate.
        wd: How many times itself is added to a parameter's gradient.
    """

    method: str = "normal"
    scale: float = _SCALE
    sigma: float = 0.01
    value: float = 0.0
    lr: float = 0.001
    wd: float = 0.0

    def draw(self, shape: tuple[int, ...], draws: np.random.Generator) -> Singles:
        """Parameters as they begin."""
        if self.method == "constant":
            return np.full(shape, self.value, np.float32)
        if self.method == "uniform":
            return (2 * draws.random(shape, np.float32) - 1) * np.float32(self.scale)
        return draws.standard_normal(shape, np.float32) * np.float32(self.sigma)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    Attributes:
        features: How many there are.
        factors: How many each feature has.
        classifier: Whether labels are 0 and 1, and the loss logistic; else they are values, and it is squared.
        epochs: How often to go over the rows.
        mini_batch_size: How many rows a host takes for a step.
        bias: Of w0.
        linear: Of w.
        factor: Of v.
        clip_gradient: Between minus and plus this are all gradients held, if it is given.
        rescale_grad: What the sum of the gradients of a batch's rows is multiplied by; None for one over their number.
        eps: Is added to what a step is divided by.
    """

    features: int
    factors: int
    classifier: bool
    epochs: int = 1
    mini_batch_size: int = 1000
    bias: Group = Group(lr=0.1, wd=0.01)
    linear: Group = Group(lr=0.001, wd=0.001)
    factor: Group = Group(sigma=0.001, lr=0.0001, wd=0.00001)
    clip_gradient: float | None = None
    rescale_grad: float | None = None
    eps: float = _EPSILON

    @classmethod
    def of(cls, options: Options) -> "Plan":
        """The plan of parsed hyperparameters."""
        return cls(
            features=options["feature_dim"],
            factors=options["num_factors"],
            classifier=options["predictor_type"] == "binary_classifier",
            epochs=options["epochs"],
            mini_batch_size=options["mini_batch_size"],
            bias=_read_group("bias", options),
            linear=_read_group("linear", options),
            factor=_read_group("factors", options),
            clip_gradient=options["clip_gradient"],
            rescale_grad=options["rescale_grad"],
            eps=_EPSILON if options["eps"] is None else options["eps"],
        )


def _read_group(name: str, options: Options) -> Group:
    def given(what: str, otherwise: float) -> Any:
        value = options[f"{name}_{what}"]
        return otherwise if value is None else value

    return Group(
        method=options[f"{name}_init_method"],
        scale=given("init_scale", _SCALE),
        sigma=given("init_sigma", 0.01),
        value=given("init_value", 0.0),
        lr=given("lr", 0.0),
        wd=given("wd", 0.0),
    )
