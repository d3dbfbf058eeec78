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
        decay = np.ones((len(weights), 1))
        decay[-1] = steps.bias_wd_mult
        self._decay = decay * _by_column([one.wd for one in settings], columns)
        self._lift = np.ones((len(weights), 1))
        self._lift[-1] = steps.bias_lr_mult if steps.use_bias else 0.0
        self._taken = 0
        self._first, self._second = np.zeros_like(weights), np.zeros_like(weights)
        self._mean, self._averaged = weights, 0
        self.weights = weights if steps.use_bias else _unbiased(weights)

    def step(self, slopes: Floats) -> None:
        """Take a step down the mean loss, whose slopes are given, and down the penalties wd/2 w^2 and l1 |w|."""
        rates = self._rates * self._falls ** (self._taken // self._every)
        rates = np.maximum(rates, np.minimum(self._steps.lr_scheduler_minimum_lr, self._rates))
        self._taken += 1
        along, lengths = self._direction(slopes + self._decay * self.weights)
        moved = self.weights - rates * self._lift * along * lengths
        # What l1 does is done apart (a proximal step): it leaves weights that are exactly 0.
        short = (rates * self._l1 * lengths)[: len(moved) - 1]
        moved[:-1] = np.sign(moved[:-1]) * np.maximum(np.abs(moved[:-1]) - short, 0.0)
        self.weights = moved
        self._averaged += 1
        self._mean = self._mean + (moved - self._mean) * (2 / (self._averaged + 1))

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

    def _direction(self, slopes: Floats) -> tuple[Floats, Floats]:
        """Which way to go, and how far for each weight beside the learning rate."""
        steps = self._steps
        if steps.optimizer == "sgd":
            self._first = steps.momentum * self._first + slopes
            return self._first, np.ones_like(slopes)
        if steps.optimizer == "rmsprop":
            self._second = _RMSPROP_DECAY * self._second + (1 - _RMSPROP_DECAY) * slopes**2
            return slopes, 1 / np.sqrt(self._second + _EPSILON)
        self._first = steps.beta_1 * self._first + (1 - steps.beta_1) * slopes
        self._second = steps.beta_2 * self._second + (1 - steps.beta_2) * slopes**2
        first, second = (1 - beta**self._taken for beta in (steps.beta_1, steps.beta_2))
        return self._first / first, 1 / (np.sqrt(self._second / second) + _EPSILON)


def _by_column(values: Sequence[float], columns: int) -> Floats:
    return np.repeat(np.asarray(values, dtype=np.float64), columns)


def _unbiased(weights: Floats) -> Floats:
    return np.vstack([weights[:-1], np.zeros(weights.shape[1])])
