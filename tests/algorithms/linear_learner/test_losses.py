"""The losses: right in themselves, and brought to the minimum that a general optimiser finds."""

import numpy as np
import pytest
from scipy.optimize import minimize

from fieldstone.algorithms.linear_learner.grid import Given
from fieldstone.algorithms.linear_learner.losses import Shape, named
from fieldstone.algorithms.linear_learner.packs import Steps, scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.training import train

_SHAPE = Shape(loss_insensitivity=0.3, quantile=0.8, huber_delta=0.7, margin=1.0)
_REGRESSION = (
    "squared_loss",
    "absolute_loss",
    "eps_insensitive_squared_loss",
    "eps_insensitive_absolute_loss",
    "quantile_loss",
    "huber_loss",
)
_WD = 0.002


def _data(loss):
    draws = np.random.default_rng(4)
    rows = draws.normal(size=(300, 3)) * [1, 5, 0.2] + [0, 3, -1]
    value = rows @ [0.8, -0.3, 2.0] + 1 + draws.normal(size=300)
    if loss in _REGRESSION:
        return rows, value
    if loss == "softmax_loss":
        return rows, np.digitize(value, np.quantile(value, [0.3, 0.6])).astype(np.float64)
    return rows, (value > np.median(value)).astype(np.float64)


def _objective(loss, rows, targets, columns):
    """The mean loss and half the squared weights, biases apart, times wd: of weights laid out in a row."""
    measured = named(loss, _SHAPE)

    def value(flat):
        weights = flat.reshape(-1, columns)
        found = scores(rows, weights)
        shaped = found if columns == 1 else found[:, None, :]
        return measured.of(shaped, targets[:, None])[0].mean() + _WD / 2 * (weights[:-1] ** 2).sum()

    return value


@pytest.mark.parametrize("loss", [*_REGRESSION, "logistic", "hinge_loss", "softmax_loss"])
def test_training_ends_at_the_minimum_that_a_general_optimiser_finds(loss):
    """The penalised loss of our weights is within a thousandth of scipy's least."""
    rows, labels = _data(loss)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    columns = 3 if loss == "softmax_loss" else 1
    kind = "regressor" if loss in _REGRESSION else "multiclass_classifier" if columns > 1 else "binary_classifier"
    targets = labels if kind != "binary_classifier" else 2 * labels - 1
    objective = _objective(loss, rows, targets, columns)
    start = np.zeros(4 * columns)
    best = min(
        minimize(objective, start, method=method, options=options).fun
        for method, options in (("BFGS", {}), ("Powell", {"xtol": 1e-8, "ftol": 1e-10}))
    )
    plan = Plan(
        kind,
        loss,
        num_classes=3,
        epochs=400,
        num_models=1,
        normalize_data=False,
        unbias_data=False,
        normalize_label=False,
        unbias_label=False,
        early_stopping_patience=1000,
        given=Given(learning_rate=0.05, wd=_WD, l1=0.0, lr_scheduler_step=10, lr_scheduler_factor=0.98),
        shape=_SHAPE,
        steps=Steps(bias_lr_mult=1.0),
    )
    model = train(
        lambda: iter([(rows[:150], labels[:150]), (rows[150:], labels[150:])]), plan, np.random.default_rng(0)
    )
    assert objective(model.weights.ravel()) <= best * 1.001 + 1e-6


@pytest.mark.parametrize("loss", [*_REGRESSION, "logistic", "hinge_loss"])
def test_slopes_are_how_the_loss_goes_with_the_score(loss):
    """Held against differences, away from kinks."""
    draws = np.random.default_rng(0)
    found = draws.normal(size=(200, 2)) * 2
    targets = draws.choice([-1.0, 1.0], size=(200, 1))
    of = named(loss, _SHAPE).of
    step = 1e-6
    numeric = (of(found + step, targets)[0] - of(found - step, targets)[0]) / (2 * step)
    smooth = np.isclose(of(found + step, targets)[1], of(found - step, targets)[1], atol=1e-4)
    assert smooth.mean() > 0.99
    assert of(found, targets)[1][smooth] == pytest.approx(numeric[smooth], abs=1e-4)


@pytest.mark.parametrize("loss", _REGRESSION)
def test_losses_of_normalised_labels_are_told_in_the_labels_own_unit(loss):
    """Divided labels, with the shape's parameters in the labels' unit, have the loss divided by a power of that."""
    draws = np.random.default_rng(0)
    found, labels = draws.normal(size=(50, 1)), draws.normal(size=(50, 1))
    divided = named(loss, _SHAPE, unit=4.0)
    assert divided.of(found / 4, labels / 4)[0] * 4**divided.power == pytest.approx(
        named(loss, _SHAPE).of(found, labels)[0]
    )


def test_sure_scores_have_a_finite_loss():
    """Neither logistic nor softmax overflows in single precision."""
    found = np.array([[1e4], [-1e4]], dtype=np.float32)
    losses, slopes = named("logistic", _SHAPE).of(found, np.ones((2, 1), dtype=np.float32))
    assert (losses[:, 0].tolist(), slopes[:, 0].tolist()) == ([0, 1e4], [0, -1])
    losses, slopes = named("softmax_loss", _SHAPE).of(
        np.array([[[1e4, 0.0, -1e4]]], dtype=np.float32), np.zeros((1, 1), dtype=np.float32)
    )
    assert (losses.tolist(), slopes.tolist()) == ([[0]], [[[0, 0, 0]]])
