"""Likelihoods: what a network's numbers mean of a point, how unlikely a point then is, and points drawn from it.

As D. Salinas, V. Flunkert, J. Gasthaus, T. Januschowski, *DeepAR: Probabilistic forecasting with autoregressive
recurrent networks*, International Journal of Forecasting 2020, 3.1 and 3.3, with a scale that the network's own
numbers are relative to.
"""

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
    """

    parameters: int
    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    draw: Callable[[Tensor, Tensor], Tensor]


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


def _of(family: Callable[[Tensor, Tensor], Tensor], parameters: int, near: float = 0.0) -> Likelihood:
    def loss(numbers: Tensor, scale: Tensor, points: Tensor) -> Tensor:
        inside = points.clamp(near, 1 - near) if near else points
        return -family(numbers, scale).log_prob(inside)

    return Likelihood(parameters, loss, lambda numbers, scale: family(numbers, scale).sample())


def _absolute(numbers: Tensor, scale: Tensor, points: Tensor) -> Tensor:
    return (numbers.squeeze(-1) - points / scale).abs()


LIKELIHOODS = {
    "gaussian": _of(_gaussian, 2),
    "student-t": _of(_student, 3),
    "beta": _of(_beta, 2, _NEAR),
    "negative-binomial": _of(_counts, 2),
    "deterministic-l1": Likelihood(1, _absolute, lambda numbers, scale: numbers.squeeze(-1) * scale),
}
