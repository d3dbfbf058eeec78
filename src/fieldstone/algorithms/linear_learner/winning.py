"""The best of the models, on a sample that is the same for all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.peers import ALONE, Peers
from fieldstone.algorithms.linear_learner.losses import Array, Loss, probabilities
from fieldstone.algorithms.linear_learner.packs import scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.preparing import Batches, first_rows
from fieldstone.algorithms.linear_learner.scaling import Floats
from fieldstone.algorithms.linear_learner.selection import Choice, choose


@dataclass(frozen=True, slots=True)
class Winner:
    """The best model: its number, its weights for normalised rows, and a binary classifier's threshold, else NaN."""

    number: int
    weights: Floats
    threshold: float = np.nan


def win(
    weights: Floats,
    losses: Floats,
    sample: Batches,
    loss: Loss,
    plan: Plan,
    peers: Peers = ALONE,
) -> Winner:
    """Choose among models by what the user wishes.

    Args:
        weights: Of all models.
        losses: Their mean losses; a regressor is chosen by them.
        sample: Batches of normalised rows and their targets, of which ``num_calibration_samples`` are used at most, of
            several hosts as many from each as is its share. A multiclass model is chosen by its accuracy there, a
            binary classifier by the best that some threshold makes of it, or by its loss if so wished.
        loss: Theirs.
        plan: The hyperparameters.
        peers: The hosts that choose together, each by its part of the sample.
    """
    middle = 0.5 if loss.link == "probability" else 0.0
    if plan.predictor_type == "regressor":
        return _winner(weights, int(np.argmin(losses)), plan.columns)
    finite = np.isfinite(losses)
    judged = _judge(weights, first_rows(sample, -(-plan.num_calibration_samples // peers.count)), plan)
    if plan.predictor_type == "multiclass_classifier":
        right = _mean((found.argmax(axis=2) == targets for found, targets in judged), len(losses), peers)
        return _winner(weights, _first(np.where(finite, right, -np.inf), losses), plan.columns)
    if plan.wish.by_loss:
        # Each row counts once here, so that models which weigh positive examples differently can be compared.
        means = _mean((loss.of(found, targets)[0] for found, targets in judged), len(losses), peers)
        return _winner(weights, int(np.argmin(np.where(finite, means, np.inf))), plan.columns, middle)
    parts = list(judged)
    labels = join([targets[:, 0] > 0 for _, targets in parts], np.bool_, peers)
    choices = {
        at: _choose(join([found[:, at] for found, _ in parts], np.float32, peers), labels, loss, plan, peers)
        for at in np.flatnonzero(finite).tolist()
    }
    values = np.array([choices[at].value if at in choices else -np.inf for at in range(len(losses))])
    number = _first(values, losses)
    return _winner(weights, number, plan.columns, choices[number].threshold)


def _judge(weights: Floats, sample: Batches, plan: Plan) -> Iterator[tuple[Array, Array]]:
    """The scores of each batch, rows x models (x classes), and its targets, a column."""
    models = weights.shape[1] // plan.columns
    for rows, targets in sample:
        found = scores(rows, weights)
        yield found if plan.columns == 1 else found.reshape(-1, models, plan.columns), targets[:, None]


def _mean(parts: Iterable[NDArray[Any]], models: int, peers: Peers) -> Floats:
    """The mean over the rows of all hosts, by model."""
    total, rows = np.zeros(models), 0.0
    for part in parts:
        total += part.sum(axis=0, dtype=np.float64)
        rows += len(part)
    total, counts = peers.add(total, np.array([rows]))
    return total / max(counts[0], 1.0)


def _choose(found: Array, labels: Array, loss: Loss, plan: Plan, peers: Peers) -> Choice:
    """The first host's choice of a threshold, for all."""
    told = np.zeros(2)
    if peers.leads:
        choice = choose(_linked(found, loss), labels.astype(np.float64), plan.wish)
        told = np.array([choice.threshold, choice.value])
    return Choice(*peers.add(told)[0].tolist())


def join(parts: Sequence[NDArray[Any]], kind: type[np.generic], peers: Peers) -> NDArray[Any]:
    """A column of which each host has some parts, whole on the first one."""
    column = np.concatenate([np.empty(0, kind), *parts])
    if peers.count == 1:
        return column
    return np.concatenate([np.frombuffer(word, kind) for word in peers.gather(column.tobytes())] or [column])


def _linked(found: Array, loss: Loss) -> Floats:
    """The scores as answers have them."""
    margins = found.astype(np.float64)
    return probabilities(margins).astype(np.float64) if loss.link == "probability" else margins


def _winner(weights: Floats, number: int, columns: int, threshold: float = np.nan) -> Winner:
    return Winner(number, weights[:, number * columns : (number + 1) * columns], threshold)


def _first(values: Floats, losses: Floats) -> int:
    """The highest value; of several as high, that of the least loss."""
    return int(np.lexsort((losses, -values))[0])
