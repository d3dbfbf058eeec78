"""Likelihoods: what a network's numbers mean of a point, how unlikely a point then is, and points drawn from it.

As D. Salinas, V. Flunkert, J. Gasthaus, T. Januschowski, *DeepAR: Probabilistic forecasting with autoregressive
recurrent networks*, International Journal of Forecasting 2020, 3.1 and 3.3, with a scale that the network's own
numbers are relative to.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from fieldstone.algorithms.deepar.tensors import Tensor, torch

_NEAR = 1e-6
"""How near to 0 and 1 a share may come."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A family of distributions.

    Attributes:
        parameters: How many numbers the network gives for a point.
        loss: From (…, parameters) numbers, (…) scales and points, how unlikely each is: a logarithm, turned about.
        draw: From the numbers and scales, a point of each.
        begin: Numbers for points of which no more is known than their mean and deviation, relative to their scale.
    """

    parameters: int
    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    draw: Callable[[Tensor, Tensor], Tensor]
    begin: Callable[[float, float], list[float]]


def _softplus(numbers: Tensor) -> Tensor:
    return torch.nn.functional.softplus(numbers).clamp_min(_NEAR)


def _gaussian(numbers: Tensor, scale: Tensor) -> Tensor:
    mean, width = numbers.unbind(-1)
    return torch.distributions.Normal(mean * scale, _softplus(width) * scale, validate_args=False)


def _student(numbers: Tensor, scale: Tensor) -> Tensor:
    freedom, mean, width = numbers.unbind(-1)
    return torch.distributions.StudentT(
        2 + _softplus(freedom), mean * scale, _softplus(width) * scale, validate_args=False
    )


def _beta(numbers: Tensor, _scale: Tensor) -> Tensor:
    return torch.distributions.Beta(*map(_softplus, numbers.unbind(-1)), validate_args=False)


def _counts(numbers: Tensor, scale: Tensor) -> Tensor:
    """The negative binomial of the paper: mean scale · softplus, shape softplus / √scale."""
    mean, shape = map(_softplus, numbers.unbind(-1))
    mean, shape = mean * scale, shape / scale.sqrt()
    return torch.distributions.NegativeBinomial(1 / shape, logits=(mean * shape).log(), validate_args=False)


def _invert(width: float) -> float:
    """What softplus makes this of; not too little."""
    return math.log(math.expm1(min(max(width, 0.05), 20.0)))


def _begin_shares(mean: float, deviation: float) -> list[float]:
    inside = min(max(mean, 0.05), 0.95)
    weight = max(inside * (1 - inside) / max(deviation, 0.05) ** 2 - 1, 0.5)
    return [_invert(inside * weight), _invert((1 - inside) * weight)]


def _of(
    family: Callable[[Tensor, Tensor], Tensor], begin: Callable[[float, float], list[float]], near: float = 0.0
) -> Likelihood:
    def loss(numbers: Tensor, scale: Tensor, points: Tensor) -> Tensor:
        inside = points.clamp(near, 1 - near) if near else points
        return -family(numbers, scale).log_prob(inside)

    return Likelihood(len(begin(0, 1)), loss, lambda numbers, scale: family(numbers, scale).sample(), begin)


def _absolute(numbers: Tensor, scale: Tensor, points: Tensor) -> Tensor:
    return (numbers.squeeze(-1) - points / scale).abs()


LIKELIHOODS = {
    "gaussian": _of(_gaussian, lambda mean, deviation: [mean, _invert(deviation)]),
    "student-t": _of(_student, lambda mean, deviation: [1.0, mean, _invert(deviation)]),
    "beta": _of(_beta, _begin_shares, _NEAR),
    "negative-binomial": _of(_counts, lambda mean, deviation: [_invert(mean), _invert(deviation**2)]),
    "deterministic-l1": Likelihood(
        1, _absolute, lambda numbers, scale: numbers.squeeze(-1) * scale, lambda mean, _deviation: [mean]
    ),
}
