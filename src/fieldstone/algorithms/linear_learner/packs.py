"""Models side by side: their weights are the columns of one matrix, and move together.

The matrix has a line for each feature and a last one of biases, and a column for each score: one a model, or, of
multiclass models, one for each class of the first model, then of the second, and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.checkpoints import State
from fieldstone.algorithms.linear_learner.grid import Setting
from fieldstone.algorithms.linear_learner.losses import Array
from fieldstone.algorithms.linear_learner.scaling import Floats

_EPSILON = 1e-8
_RMSPROP_DECAY = 0.9
_BLOCK = 1 << 14
"""Numbers that move at a time: so many that what is reckoned on the way stays in a core's cache."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The hyperparameters of the way downhill that all models share, under AWS's names and with its defaults."""

    optimizer: str = "adam"
    beta_1: float = 0.9
    beta_2: float = 0.999
    momentum: float = 0.0
    bias_lr_mult: float = 10.0
    bias_wd_mult: float = 0.0
    lr_scheduler_minimum_lr: float = 1e-5
    use_bias: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """How weights begin: uniform within ``init_scale`` of 0, or normal with deviation ``init_sigma``."""

    init_method: str = "uniform"
    init_scale: float = 0.07
    init_sigma: float = 0.01
    init_bias: float = 0.0

    def weights(self, features: int, columns: int, draws: np.random.Generator) -> Floats:
        """The first weights, features and biases x columns."""
        shape = (features, columns)
        uniform = self.init_method == "uniform"
        slopes = (
            draws.uniform(-self.init_scale, self.init_scale, shape)
            if uniform
            else draws.normal(0, self.init_sigma, shape)
        )
        return np.vstack([slopes, np.full(columns, self.init_bias)])


def scores(rows: Rows, weights: Array) -> Array:
    """What every column makes of every row."""
    slopes = weights[:-1].astype(rows.dtype, copy=False)
    return np.asarray(rows @ slopes) + weights[-1].astype(rows.dtype, copy=False)


def gradient(rows: Rows, slopes: Array) -> Floats:
    """How the sum of the rows' losses goes with each weight, given how it goes with each score."""
    return np.vstack([np.asarray(rows.T @ slopes), slopes.sum(axis=0)]).astype(np.float64)


class Pack:
    """The moving weights of all models."""

    def __init__(self, weights: Floats, settings: Sequence[Setting], steps: Steps) -> None:
        columns = weights.shape[1] // len(settings)
        self._steps = steps
        self._rates = _by_column([one.learning_rate for one in settings], columns)
        self._falls = _by_column([one.lr_scheduler_factor for one in settings], columns)
        self._every = _by_column([one.lr_scheduler_step for one in settings], columns)
        self._l1 = _by_column([one.l1 for one in settings], columns)
        self._wd = _by_column([one.wd for one in settings], columns)
        self._decay = np.ones((len(weights), 1))
        self._decay[-1] = steps.bias_wd_mult
        self._lift = np.ones((len(weights), 1))
        self._lift[-1] = steps.bias_lr_mult if steps.use_bias else 0.0
        self._taken = 0
        self._first, self._second = np.zeros_like(weights), np.zeros_like(weights)
        self._mean, self._averaged = weights.copy(), 0
        self.weights = weights.copy() if steps.use_bias else _unbiased(weights)
        lines = max(1, _BLOCK // weights.shape[1])
        self._blocks = [slice(at, at + lines) for at in range(0, len(weights), lines)]

    def step(self, slopes: Floats) -> None:
        """Take a step down the mean loss, whose slopes are given, and down the penalties wd/2 w^2 and l1 |w|."""
        rates = self._rates * self._falls ** (self._taken // self._every)
        rates = np.maximum(rates, np.minimum(self._steps.lr_scheduler_minimum_lr, self._rates))
        self._taken += 1
        self._averaged += 1
        for block in self._blocks:
            self._move(block, slopes[block], rates)

    def _move(self, block: slice, slopes: Floats, rates: Floats) -> None:
        """Take the step for some lines."""
        weights, mean = self.weights[block], self._mean[block]
        along, lengths = self._direction(block, slopes + self._decay[block] * self._wd * weights)
        weights -= rates * self._lift[block] * along * lengths
        if self._l1.any():
            # What l1 does is done apart (a proximal step): it leaves weights that are exactly 0. Biases are left alone.
            slack = np.abs(weights) - rates * self._l1 * lengths
            shrunk = np.sign(weights) * np.maximum(slack, 0.0)
            ends = len(self.weights) - 1 - block.start
            weights[:ends] = shrunk[:ends]
        mean += (weights - mean) * (2 / (self._averaged + 1))

    def average(self) -> Floats:
        """The mean of the weights since the last call, later ones counting more: steadier than where they just are."""
        self._averaged = 0
        return self._mean

    def state(self) -> State:
        """What the steps after a whole pass depend on."""
        taken = np.array(self._taken)
        return {"weights": self.weights, "first": self._first, "second": self._second, "taken": taken}

    def restore(self, saved: State) -> None:
        """Go on from where another pack was."""
        self.weights, self._first, self._second = saved["weights"], saved["first"], saved["second"]
        self._taken = int(saved["taken"])

    def _direction(self, block: slice, slopes: Floats) -> tuple[Floats, Floats | float]:
        """Which way some lines go, and how far each weight beside the learning rate."""
        steps, first, second = self._steps, self._first[block], self._second[block]
        if steps.optimizer == "sgd":
            first[:] = steps.momentum * first + slopes
            return first, 1.0
        if steps.optimizer == "rmsprop":
            second[:] = _RMSPROP_DECAY * second + (1 - _RMSPROP_DECAY) * slopes**2
            return slopes, 1 / np.sqrt(second + _EPSILON)
        first[:] = steps.beta_1 * first + (1 - steps.beta_1) * slopes
        second[:] = steps.beta_2 * second + (1 - steps.beta_2) * slopes**2
        one, other = (1 - beta**self._taken for beta in (steps.beta_1, steps.beta_2))
        return first / one, 1 / (np.sqrt(second / other) + _EPSILON)


def _by_column(values: Sequence[float], columns: int) -> Floats:
    return np.repeat(np.asarray(values, dtype=np.float64), columns)


def _unbiased(weights: Floats) -> Floats:
    return np.vstack([weights[:-1], np.zeros(weights.shape[1])])
