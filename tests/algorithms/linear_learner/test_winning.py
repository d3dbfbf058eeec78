"""The choice among models: what it finds is what trying every model with every threshold finds."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from fieldstone.algorithms.linear_learner.losses import Shape, named
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.selection import Wish
from fieldstone.algorithms.linear_learner.winning import win

MODELS, ROWS = 6, 120


def sample(seed):
    """Rows, targets of -1 and 1, and models of which some are good and one is not finite."""
    draws = np.random.default_rng(seed)
    rows = draws.normal(size=(ROWS, 3)).round(1).astype(np.float32)
    targets = np.where(rows @ [1, -1, 0.5] + draws.normal(size=ROWS) > 0.4, 1, -1).astype(np.float32)
    weights = draws.normal(size=(4, MODELS)) + np.array([1, -1, 0.5, 0])[:, None]
    weights[:, 3] = np.nan
    losses = np.where(np.arange(MODELS) == 3, np.nan, draws.random(MODELS))
    return rows, targets, weights, losses


def worth(wish, labels, said):
    """What a criterion makes of labels, counted plainly; below 0 where its target is missed."""
    hits, precision_of, recall_of = (labels & said).sum(), max(said.sum(), 1), max(labels.sum(), 1)
    precision, recall = hits / precision_of, hits / recall_of
    if wish.criterion == "accuracy":
        return (labels == said).mean()
    if wish.criterion == "precision_at_target_recall":
        return precision if recall >= wish.target_recall else -1
    if wish.criterion == "recall_at_target_precision":
        return recall if precision >= wish.target_precision else -1
    square = 1 if wish.criterion == "f1" else wish.f_beta**2
    return (1 + square) * precision * recall / max(square * precision + recall, 1e-9)


@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
@pytest.mark.parametrize(
    "criterion", ["accuracy", "f_beta", "f1", "precision_at_target_recall", "recall_at_target_precision"]
)
def test_no_model_with_any_threshold_is_better_than_the_pair_that_was_chosen(criterion, loss):
    """For every criterion, on five samples; tried are thresholds below all scores and at each of them."""
    wish = Wish(criterion, f_beta=2.0, target_recall=0.7, target_precision=0.8)
    for seed in range(5):
        rows, targets, weights, losses = sample(seed)
        batches = [(rows[at : at + 50], targets[at : at + 50]) for at in range(0, ROWS, 50)]
        winner = win(weights, losses, batches, named(loss, Shape()), Plan("binary_classifier", loss, wish=wish))
        margins = rows @ weights[:-1].astype(np.float32) + weights[-1].astype(np.float32)
        scores = 1 / (1 + np.exp(-margins.astype(np.float64))) if loss == "logistic" else margins
        best = max(
            worth(wish, targets > 0, column > at)
            for column in scores.T[np.isfinite(losses)]
            for at in [column.min() - 1, *column]
        )

        assert worth(wish, targets > 0, scores[:, winner.number] > winner.threshold) == pytest.approx(best)
        assert np.array_equal(winner.weights[:, 0], weights[:, winner.number])


@pytest.mark.parametrize("criterion", ["loss_function", "cross_entropy_loss"])
def test_by_the_loss_the_least_is_chosen_and_the_threshold_is_a_half(criterion):
    """The loss on the sample, not that of training."""
    for seed in range(5):
        rows, targets, weights, losses = sample(seed)
        plan = Plan("binary_classifier", "logistic", wish=Wish(criterion))
        winner = win(weights, losses, [(rows, targets)], named("logistic", Shape()), plan)
        chances = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
        told = [log_loss(targets > 0, column) if np.isfinite(column).all() else np.inf for column in chances.T]

        assert (winner.number, winner.threshold) == (int(np.argmin(told)), 0.5)


def test_a_multiclass_model_is_chosen_by_what_it_tells_right_and_a_regressor_by_its_loss():
    """Of models that tell as much right, the one of less loss."""
    rows = np.eye(3, dtype=np.float32)
    right, wrong = np.vstack([np.eye(3), np.zeros(3)]), np.vstack([np.eye(3)[::-1], np.zeros(3)])
    weights = np.hstack([wrong, right, 2 * right])
    plan = Plan("multiclass_classifier", "softmax_loss", num_classes=3)
    chosen = [
        win(weights, np.array(losses), [(rows, np.arange(3.0))], named("softmax_loss", Shape()), plan).number
        for losses in ([0.1, 0.5, 0.4], [0.1, 0.4, 0.5])
    ]
    regressor = win(weights[:, :3], np.array([3.0, 1.0, 2.0]), [], named("huber_loss", Shape()),
                    Plan("regressor", "huber_loss"))  # fmt: skip

    assert chosen == [2, 1]
    assert regressor.number == 1
