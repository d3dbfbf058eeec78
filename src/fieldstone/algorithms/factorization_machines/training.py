"""Training put together: the parameters, and the step that a mini-batch of one or several hosts makes of them.

Steps are Adam's (D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015), as MXNet takes them of
sparse parameters: means of slopes change with their feature only. A step's cost is that of the features that occur.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fieldstone.algorithms.factorization_machines import machine
from fieldstone.algorithms.factorization_machines.plans import Group, Plan, Singles

Doubles = NDArray[np.float64]
Integers = NDArray[np.int32]
Share = Callable[[Integers, Singles, float, int], tuple[Integers, Singles, float, int]]
"""Adds up over all hosts: the slopes of the features that occur, the bias's, and the number of rows; the features
themselves come from all hosts, too. All hosts are given the same."""

_FIRST, _SECOND = 0.9, 0.999
"""The shares of what was in Adam's means."""


@dataclass(slots=True)
class Parameters:
    """A machine: `bias` w0, `linear` (d,) w, `factors` (d, k) v."""

    bias: float
    linear: Singles
    factors: Singles

    def scores(self, rows: csr_matrix) -> Doubles:
        """y(x) of rows (n, d): (n,)."""
        given = arrays(rows)
        scores = np.empty(len(given[0]) - 1)
        machine.score(given, self.parts, scores)
        return scores

    @property
    def parts(self) -> tuple[float, Singles, Singles]:
        """All three, as the compiled functions take them."""
        return self.bias, self.linear, self.factors

    @property
    def finite(self) -> bool:
        """Whether all are numbers still; a sum of singles, in double precision, is finite if and only if all are."""
        sums = (np.add.reduce(part, axis=None, dtype=np.float64) for part in (self.linear, self.factors))
        return bool(np.isfinite([self.bias, *sums]).all())


def arrays(rows: csr_matrix) -> tuple[Integers, Integers, Singles]:
    """The three arrays of a CSR matrix as the compiled functions take them."""
    parts: Any = rows
    return (
        _plain(parts.indptr, np.int32),
        _plain(parts.indices, np.int32),
        _plain(parts.data, np.float32),
    )


def _plain(array: Any, kind: Any) -> Any:
    """The same numbers side by side, of this kind, and where they may be written: a view of a file's bytes may not."""
    return np.require(array, kind, ("C", "W"))


class Course:
    """A training that goes on: the parameters so far, and what Adam remembers."""

    def __init__(self, plan: Plan, draws: np.random.Generator) -> None:
        """Begin.

        Args:
            plan: How to train.
            draws: Where chance comes from: hosts that train together have the same.
        """
        self._plan = plan
        shape = (plan.features, plan.factors)
        bias = float(plan.bias.draw((1,), draws)[0])
        self.parameters = Parameters(bias, plan.linear.draw(shape[:1], draws), plan.factor.draw(shape, draws))
        self._steps = 0
        self._bias_means = np.zeros(2)
        self._linear_means = np.zeros((plan.features, 1), np.float32), np.zeros((plan.features, 1), np.float32)
        self._means = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._places = np.full(plan.features, -1, np.int32)

    def learn(self, rows: csr_matrix, labels: Singles, share: Share | None = None) -> Doubles:
        """Take one step; gives y(x) of the rows before it.

        Args:
            rows: (n, d), also none if other hosts have some.
            labels: (n,)
            share: Joins the steps of several hosts, which all take as many.
        """
        given = arrays(rows)
        touched = np.empty(len(given[1]), np.int32)
        touched = touched[: machine.find_places(given[1], self._places, touched)]
        slopes = np.zeros((len(touched), 1 + self._plan.factors), np.float32)
        scores = np.empty(len(labels))
        truth = _plain(labels, np.float32), self._plan.classifier
        slope = machine.gradient(given, truth, self.parameters.parts, self._places, slopes, scores)
        self._places[touched] = -1
        count = len(labels)
        if share is not None:
            touched, slopes, slope, count = share(touched, slopes, slope, count)
        self._step(_plain(touched, np.int32), slopes, slope, count)
        return scores

    def _step(self, touched: Integers, slopes: Singles, slope: float, count: int) -> None:
        self._steps += 1
        plan = self._plan
        scale = 1 / max(count, 1) if plan.rescale_grad is None else plan.rescale_grad
        rates = np.array([self._rates(group, scale) for group in (plan.linear, plan.factor)])
        machine.step(touched, slopes, self.parameters.parts, self._linear_means, self._means, rates)
        self._step_bias(slope, self._rates(plan.bias, scale))

    def _rates(self, group: Group, scale: float) -> list[float]:
        """What `machine.step` takes: the size of the step makes up for means that began at zero."""
        size = group.lr * (1 - _SECOND**self._steps) ** 0.5 / (1 - _FIRST**self._steps)
        clip = self._plan.clip_gradient or np.inf
        return [size, group.wd, scale, clip, self._plan.eps, _FIRST, _SECOND]

    def _step_bias(self, slope: float, rates: list[float]) -> None:
        size, decay, scale, clip, epsilon, first, second = rates
        slope = min(max(slope * scale + decay * self.parameters.bias, -clip), clip)
        mean, square = self._bias_means
        self._bias_means[:] = first * mean + (1 - first) * slope, second * square + (1 - second) * slope**2
        self.parameters.bias -= size * self._bias_means[0] / (self._bias_means[1] ** 0.5 + epsilon)
