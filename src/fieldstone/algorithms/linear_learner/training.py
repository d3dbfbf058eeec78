"""Linear Learner put together: passes over the data, stopping early, the best model, its threshold."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.peers import ALONE, Peers
from fieldstone.algorithms.linear_learner.checkpoints import NOWHERE, Checkpoints
from fieldstone.algorithms.linear_learner.course import Course, Epoch
from fieldstone.algorithms.linear_learner.grid import Setting, settings
from fieldstone.algorithms.linear_learner.losses import named
from fieldstone.algorithms.linear_learner.packs import Pack
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.preparing import Prepared, Read, prepare
from fieldstone.algorithms.linear_learner.scaling import Floats
from fieldstone.algorithms.linear_learner.winning import win


class Diverged(ValueError):  # noqa: N818 - what has happened, named as such
    """No model has a finite loss."""


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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a training has around it, if anything.

    Attributes:
        peers: The hosts that train together.
        checkpoints: Where an interrupted training goes on from.
        tell: Hears of each pass when it has ended.
    """

    peers: Peers = ALONE
    checkpoints: Checkpoints = NOWHERE
    tell: Callable[[Epoch], None] = _silent


NOTHING = Surroundings()


def train(
    read: Read,
    plan: Plan,
    draws: np.random.Generator,
    *,
    validation: Read | None = None,
    around: Surroundings = NOTHING,
) -> Model:
    """Train all models, and choose; hosts that train together come to the same model, to the last bit.

    Args:
        read: Begins at the first row each time, and gives batches of ``mini_batch_size`` rows with their labels: 0 or
            1, the number of the class, or a value. Of several hosts, each has rows of its own, or none.
        plan: How to train.
        draws: Where chance comes from: hosts that train together have the same.
        validation: Rows to stop early by and to choose by; without them it is those trained on.
        around: Other hosts, checkpoints, and who hears of passes.

    Raises:
        NoRows: There is nothing to train on.
        Diverged: All models have left the numbers: the learning rate is too high.
    """
    peers = around.peers
    saved = around.checkpoints.load(peers)
    prepared = prepare(read, plan, peers) if saved is None else Prepared.of(saved, plan)
    chosen = settings(plan.given, plan.num_models, prepared.positive_weights)
    loss = named(plan.loss, plan.shape, prepared.unit)
    first = plan.start.weights(prepared.features, plan.columns * len(chosen), draws)
    course = Course(Pack(first, chosen, plan.steps), loss, chosen, plan, prepared)
    if saved is not None:
        course.restore(saved)
    with np.errstate(over="ignore", invalid="ignore"):
        while not course.ended:
            around.tell(course.take(read, validation, peers))
            if peers.leads:
                around.checkpoints.save(len(course.epochs), {**prepared.state(), **course.state()})
        if not np.isfinite(course.losses).any():
            raise Diverged("The training loss is not finite for any model. Choose a lower learning_rate.")
        winner = win(course.best, course.losses, prepared.batches(validation or read), loss, plan, peers)
    return Model(
        weights=prepared.fold(winner.weights),
        threshold=winner.threshold,
        setting=chosen[winner.number],
        epochs=tuple(course.epochs),
        losses=tuple((course.losses * prepared.unit**loss.power).tolist()),
    )
