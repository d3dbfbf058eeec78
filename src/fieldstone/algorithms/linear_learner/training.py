"""Linear Learner put together: passes over the data, stopping early, the best model, its threshold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.linear_learner.grid import Setting, settings
from fieldstone.algorithms.linear_learner.losses import Array, Loss, named
from fieldstone.algorithms.linear_learner.packs import Pack, gradient, scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.preparing import Batches, Prepared, Read, prepare
from fieldstone.algorithms.linear_learner.scaling import Floats
from fieldstone.algorithms.linear_learner.winning import win

Share = Callable[[Floats, float], tuple[Floats, float]]
"""Adds up a gradient, and the number of rows it is the sum over, over all hosts."""


class Diverged(ValueError):  # noqa: N818 - what has happened, named as such
    """No model has a finite loss."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """What a pass came to, for the best model so far: its mean losses, in the unit of the labels.

    Attributes:
        number: From 0.
        train: While it was learning.
        validation: Afterwards; None without such data.
        improved: Whether some model is better than any was before.
    """

    number: int
    train: float
    validation: float | None
    improved: bool


@dataclass(frozen=True, slots=True)
class Model:
    """The result.

    Attributes:
        weights: For rows as they came: features and a last line of biases x scores of a row.
        threshold: A binary classifier's: label 1 above it, in the scale of its answers; else NaN.
        setting: What the best model had of its own.
        epochs: What the passes came to.
        losses: The mean loss of every model at its best.
    """

    weights: Floats
    threshold: float
    setting: Setting
    epochs: tuple[Epoch, ...]
    losses: tuple[float, ...]


def _silent(_epoch: Epoch) -> None:
    """Tells nobody."""


def alone(slopes: Floats, rows: float) -> tuple[Floats, float]:
    """The share of a host that has no others."""
    return slopes, rows


def train(
    read: Read,
    plan: Plan,
    draws: np.random.Generator,
    *,
    validation: Read | None = None,
    share: Share = alone,
    tell: Callable[[Epoch], None] = _silent,
) -> Model:
    """Train all models, and choose.

    Args:
        read: Begins at the first row each time, and gives batches of ``mini_batch_size`` rows with their labels: 0 or
            1, the number of the class, or a value.
        plan: How to train.
        draws: Where chance comes from: hosts that train together have the same.
        validation: Rows to stop early by and to choose by; without them it is those trained on.
        share: Joins the steps of several hosts, which all take as many.
        tell: Hears of each pass when it has ended.

    Raises:
        Diverged: All models have left the numbers: the learning rate is too high.
    """
    prepared = prepare(read, plan)
    chosen = settings(plan.given, plan.num_models, prepared.positive_weights)
    loss = named(plan.loss, plan.shape, prepared.unit)
    first = plan.start.weights(prepared.features, plan.columns * len(chosen), draws)
    course = Course(Pack(first, chosen, plan.steps), loss, chosen, plan, prepared)
    with np.errstate(over="ignore", invalid="ignore"):
        epochs = list[Epoch]()
        for epoch in course.epochs(read, validation, share):
            tell(epoch)
            epochs.append(epoch)
        if not np.isfinite(course.losses).any():
            raise Diverged("The training loss is not finite for any model. Choose a lower learning_rate.")
        winner = win(course.best, course.losses, prepared.batches(validation or read), loss, plan)
    return Model(
        weights=prepared.fold(winner.weights),
        threshold=winner.threshold,
        setting=chosen[winner.number],
        epochs=tuple(epochs),
        losses=tuple((course.losses * prepared.unit**loss.power).tolist()),
    )


class Course:
    """The passes over the data, and the best weights that each model has had."""

    def __init__(self, pack: Pack, loss: Loss, chosen: Sequence[Setting], plan: Plan, prepared: Prepared) -> None:
        self._pack, self._loss, self._plan, self._prepared = pack, loss, plan, prepared
        self._models = len(chosen)
        self._positive = np.array([one.positive_example_weight_mult for one in chosen], dtype=np.float32)
        self.best = pack.weights
        self.losses = np.full(self._models, np.inf)

    def epochs(self, read: Read, validation: Read | None, share: Share) -> Iterator[Epoch]:
        """Pass by pass, until patience ends."""
        idle = 0
        unit = self._prepared.unit**self._loss.power
        for number in range(self._plan.epochs):
            learning = self._learn(self._prepared.batches(read), share)
            weights = self._pack.average()
            judged = learning if validation is None else self._judge(self._prepared.batches(validation), weights)
            before = float(self.losses.min())
            self._keep(weights, judged)
            now = float(self.losses.min())
            at = int(np.argmin(self.losses))
            yield Epoch(
                number,
                float(learning[at]) * unit,
                None if validation is None else float(judged[at]) * unit,
                improved=now < before,
            )
            # Written so that it holds for the first pass, before which there was no loss.
            idle = 0 if before - now > self._plan.early_stopping_tolerance * abs(now) else idle + 1
            if idle >= self._plan.early_stopping_patience:
                return

    def _learn(self, batches: Batches, share: Share) -> Floats:
        total, count = np.zeros(self._models), 0.0
        for rows, targets in batches:
            values, slopes = self._measure(scores(rows, self._pack.weights), targets)
            total += values.sum(axis=0, dtype=np.float64)
            count += len(targets)
            summed, joined = share(gradient(rows, slopes), float(len(targets)))
            self._pack.step(summed / max(joined, 1.0))
        return total / max(count, 1.0)

    def _judge(self, batches: Batches, weights: Floats) -> Floats:
        total, count = np.zeros(self._models), 0
        for rows, targets in batches:
            total += self._measure(scores(rows, weights), targets)[0].sum(axis=0, dtype=np.float64)
            count += len(targets)
        return total / max(count, 1)

    def _measure(self, found: Array, targets: Array) -> tuple[Array, Array]:
        """The weighted losses, rows x models, and slopes, rows x scores."""
        shaped = found if self._plan.columns == 1 else found.reshape(len(found), self._models, -1)
        values, slopes = self._loss.of(shaped, targets[:, None])
        weights = self._weights(targets)
        slopes = slopes * (weights if shaped.ndim == 2 else weights[..., None])
        return values * weights, slopes.reshape(found.shape)

    def _weights(self, targets: Array) -> Array:
        """What each row weighs: rows x models, or a column where that is the same for all models."""
        if self._plan.predictor_type == "binary_classifier":
            return np.where(targets[:, None] > 0, self._positive, np.float32(1))
        if self._plan.predictor_type == "multiclass_classifier":
            return self._prepared.class_weights[targets.astype(np.int64), None]
        return np.ones((1, 1), dtype=np.float32)

    def _keep(self, weights: Floats, losses: Floats) -> None:
        better = losses < self.losses
        columns = np.repeat(better, self._plan.columns)
        self.best = np.where(columns, weights, self.best)
        self.losses = np.where(better, losses, self.losses)
