"""The best of the models, on a sample that is the same for all."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.losses import Array, Loss, probabilities
from fieldstone.algorithms.linear_learner.packs import scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.scaling import Floats
from fieldstone.algorithms.linear_learner.selection import choose


@dataclass(frozen=True, slots=True)
class Winner:
    """The best model: its number, its weights for normalised rows, and a binary classifier's threshold, else NaN."""

    number: int
    weights: Floats
    threshold: float = np.nan


def win(weights: Floats, losses: Floats, sample: Iterable[tuple[Rows, Array]], loss: Loss, plan: Plan) -> Winner:
    """Choose among models by what the user wishes.

    Args:
        weights: Of all models.
        losses: Their mean losses; a regressor is chosen by them.
        sample: Normalised rows and their targets, at most ``num_calibration_samples`` of which are used. A multiclass
            model is chosen by its accuracy there, a binary classifier by the best that some threshold makes of it, or
            by its loss if so wished.
        loss: Theirs.
        plan: The hyperparameters.
    """
    middle = 0.5 if loss.link == "probability" else 0.0
    if plan.predictor_type == "regressor":
        return _winner(weights, int(np.argmin(losses)), plan.columns)
    found, targets = _gather(weights, sample, plan)
    finite = np.isfinite(losses)
    if plan.predictor_type == "multiclass_classifier":
        right = (found.argmax(axis=2) == targets[:, None]).mean(axis=0)
        return _winner(weights, _first(np.where(finite, right, -np.inf), losses), plan.columns)
    if plan.wish.by_loss:
        # Each row counts once here, so that models which weigh positive examples differently can be compared.
        judged = loss.of(found, targets[:, None])[0].mean(axis=0, dtype=np.float64)
        return _winner(weights, int(np.argmin(np.where(finite, judged, np.inf))), plan.columns, middle)
    labels = (targets > 0).astype(np.float64)
    choices = [
        choose(_linked(found[:, at], loss), labels, plan.wish) if finite[at] else None for at in range(len(losses))
    ]
    values = np.array([-np.inf if choice is None else choice.value for choice in choices])
    number = _first(values, losses)
    choice = choices[number]
    assert choice is not None
    return _winner(weights, number, plan.columns, choice.threshold)


def _linked(found: Array, loss: Loss) -> Floats:
    """The scores as answers have them."""
    margins = found.astype(np.float64)
    return probabilities(margins).astype(np.float64) if loss.link == "probability" else margins


def _winner(weights: Floats, number: int, columns: int, threshold: float = np.nan) -> Winner:
    return Winner(number, weights[:, number * columns : (number + 1) * columns], threshold)


def _first(values: Floats, losses: Floats) -> int:
    """The highest value; of several as high, that of the least loss."""
    return int(np.lexsort((losses, -values))[0])


def _gather(weights: Floats, sample: Iterable[tuple[Rows, Array]], plan: Plan) -> tuple[Array, Array]:
    """The scores of the sample, rows x models (x classes), and its targets."""
    found, known, held = list[Array](), list[Array](), 0
    for rows, targets in sample:
        room = plan.num_calibration_samples - held
        found.append(scores(rows, weights)[:room])
        known.append(targets[:room])
        held += len(known[-1])
        if held >= plan.num_calibration_samples:
            break
    together = np.concatenate(found)
    return (together if plan.columns == 1 else together.reshape(held, -1, plan.columns)), np.concatenate(known)
