"""Linear Learner as a whole: held against scikit-learn, and its parts against what they promise."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import datasets
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from fieldstone.algorithms.linear_learner.grid import Given, settings
from fieldstone.algorithms.linear_learner.packs import Steps, scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.preparing import NoRows
from fieldstone.algorithms.linear_learner.scaling import merge, moments, scaler
from fieldstone.algorithms.linear_learner.selection import Wish
from fieldstone.algorithms.linear_learner.training import Diverged, train

_BINARY = Plan("binary_classifier", "logistic")


def _reader(rows, labels, size=100):
    return lambda: ((rows[at : at + size], labels[at : at + size]) for at in range(0, len(labels), size))


def _imbalanced():
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(20_000, 15)) * draws.uniform(0.1, 30, 15) + draws.normal(size=15) * 10
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    chances = 1 / (1 + np.exp(5.2 - standard @ draws.normal(size=15) * 0.6))
    return rows, (draws.random(20_000) < chances).astype(np.float64)


def _digits():
    rows, digits = datasets.load_digits(return_X_y=True)
    return rows, (digits == 8).astype(np.float64)


def _parts(load):
    rows, labels = load()
    parts = train_test_split(rows, labels, test_size=0.4, random_state=0, stratify=labels)
    return [part.astype(np.float32) for part in parts]


@pytest.mark.parametrize(
    "load", [lambda: datasets.load_breast_cancer(return_X_y=True), _digits, _imbalanced], ids=["cancer", "8s", "rare"]
)
def test_the_auc_is_within_a_thousandth_of_scikit_learns_best_logistic_regression(load):
    """On rows neither has learnt from: ours chooses there by its loss, scikit-learn's penalty of five by that AUC."""
    rows, others, labels, truth = _parts(load)
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0] = 1
    best = max(
        roc_auc_score(
            truth,
            LogisticRegression(C=c, max_iter=2000)
            .fit((rows - mean) / spread, labels)
            .decision_function((others - mean) / spread),
        )
        for c in (0.01, 0.1, 1, 10, 100)
    )
    plan = replace(_BINARY, wish=Wish("loss_function"))
    model = train(_reader(rows, labels), plan, np.random.default_rng(0), validation=_reader(others, truth))
    assert roc_auc_score(truth, scores(others.astype(np.float64), model.weights)[:, 0]) >= best - 0.001


def test_the_threshold_makes_the_most_of_the_criterion_on_the_validation_data():
    """No other threshold on the model's probabilities has a higher accuracy."""
    rows, others, labels, truth = _parts(_digits)
    model = train(_reader(rows, labels), _BINARY, np.random.default_rng(0), validation=_reader(others, truth))
    chances = 1 / (1 + np.exp(-scores(others.astype(np.float64), model.weights)[:, 0]))
    reached = np.mean((chances > model.threshold) == truth)
    assert reached == max(np.mean((chances > at) == truth) for at in [0.0, *chances])


def test_ten_classes_are_told_as_well_as_by_scikit_learn():
    """Digits: accuracy on unseen rows within one percent."""
    rows, others, labels, truth = _parts(lambda: datasets.load_digits(return_X_y=True))
    plan = Plan("multiclass_classifier", "softmax_loss", num_classes=10, num_models=8)
    model = train(_reader(rows, labels), plan, np.random.default_rng(0), validation=_reader(others, truth))
    ours = np.mean(scores(others, model.weights).argmax(axis=1) == truth)
    assert ours >= LogisticRegression(max_iter=5000).fit(rows / 16, labels).score(others / 16, truth) - 0.01


def test_a_regression_on_raw_labels_and_columns_finds_the_least_squares():
    """Columns and labels of very different size come back as they were."""
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(4000, 4)) * [1e-3, 1, 1e4, 3] + [0, 50, 1e5, 0]
    labels = rows @ [2e6, 100, 0.5, -30] + 1e4 + draws.normal(size=4000) * 50
    plan = Plan("regressor", "squared_loss", epochs=30)
    model = train(_reader(rows, labels), plan, np.random.default_rng(0))
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    exact = LinearRegression().fit(standard, labels).predict(standard)
    assert np.abs(scores(rows, model.weights)[:, 0] - exact).max() < 0.01 * labels.std()
    assert min(model.losses) == pytest.approx(np.mean((exact - labels) ** 2), rel=0.1)


def test_folding_normalisation_back_changes_no_score():
    """Weights for rows as they came give what normalised rows give, in the unit of the labels."""
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(200, 3)) * [1e-3, 1, 1e3] + [5, 0, -1e4]
    labels = draws.normal(size=(200, 1)) * 7 + 100
    data = scaler(moments(rows), normalize=True, unbias=True)
    label = scaler(moments(labels), normalize=True, unbias=True)
    weights = draws.normal(size=(4, 2))
    normalised = ((rows - data.shift) / data.scale) @ weights[:-1] + weights[-1]
    assert scores(rows, data.fold(weights)) == pytest.approx(normalised, rel=1e-9, abs=1e-9)
    assert scores(rows, data.fold(weights, label)) == pytest.approx(normalised * label.scale + label.shift, rel=1e-9)


def test_moments_of_parts_merge_into_those_of_the_whole_dense_or_sparse():
    """As two hosts have them; a constant column has a spread of 1."""
    draws = np.random.default_rng(0)
    rows = np.column_stack([draws.normal(1e3, 2, 500), draws.poisson(0.1, 500), np.full(500, 0.1)])
    for form in (np.asarray, csr_matrix):
        merged = merge(moments(form(rows[:120])), moments(form(rows[120:])))
        assert merged.mean == pytest.approx(rows.mean(axis=0))
        assert merged.spread()[:2] == pytest.approx(rows.std(axis=0)[:2], rel=1e-6)
    assert moments(rows).spread()[2] == 1


def test_sparse_rows_are_learnt_from_as_well_as_dense_ones():
    """They are not shifted, so as not to become dense; the AUC is the same within a thousandth."""
    draws = np.random.default_rng(0)
    rows = draws.poisson(0.2, (6000, 30)).astype(np.float32)
    labels = (draws.random(6000) < 1 / (1 + np.exp(2 - rows @ draws.normal(size=30)))).astype(np.float32)
    found = [
        roc_auc_score(
            labels, scores(rows, train(_reader(each, labels), _BINARY, np.random.default_rng(0)).weights)[:, 0]
        )
        for each in (rows, csr_matrix(rows))
    ]
    assert found[0] == pytest.approx(found[1], abs=0.001)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_every_optimizer_gets_there(optimizer):
    """Within a hundredth of the AUC that Newton's method has."""
    rows, others, labels, truth = _parts(_imbalanced)
    plan = replace(_BINARY, steps=Steps(optimizer=optimizer, bias_lr_mult=1.0))
    model = train(_reader(rows, labels), plan, np.random.default_rng(0), validation=_reader(others, truth))
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    newton = LogisticRegression().fit((rows - mean) / spread, labels).decision_function((others - mean) / spread)
    found = scores(others.astype(np.float64), model.weights)[:, 0]
    assert roc_auc_score(truth, found) >= roc_auc_score(truth, newton) - 0.01


def test_balanced_weights_make_both_classes_count_equally():
    """The mean probability of rows is near a half then, however rare positives are."""
    rows, _, labels, _ = _parts(_imbalanced)
    means = []
    for weight in (1.0, "balanced"):
        plan = replace(_BINARY, positive_example_weight_mult=weight, wish=Wish("loss_function"))
        model = train(_reader(rows, labels), plan, np.random.default_rng(0))
        means.append(np.mean(1 / (1 + np.exp(-scores(rows.astype(np.float64), model.weights)))))
    assert means[0] == pytest.approx(labels.mean(), rel=0.1)
    assert means[1] > 0.25


def test_automatic_weights_are_another_axis_of_the_models():
    """Half of the models weigh positives up, and the criterion chooses."""
    chosen = settings(Given(), 8, (1.0, 20.0))
    assert [one.positive_example_weight_mult for one in chosen] == [1.0, 20.0] * 4


def test_balanced_classes_find_the_rare_one():
    """Recall of a class of one in fifty is higher with balance_multiclass_weights."""
    draws = np.random.default_rng(0)
    labels = draws.choice(3, 6000, p=[0.49, 0.49, 0.02]).astype(np.float64)
    rows = draws.normal(size=(6000, 2)) + np.array([[0, 0], [2, 0], [1, 1]])[labels.astype(int)]
    recalls = []
    for balance in (False, True):
        plan = Plan("multiclass_classifier", "softmax_loss", 3, num_models=4, balance_multiclass_weights=balance)
        model = train(_reader(rows, labels), plan, np.random.default_rng(0))
        recalls.append(np.mean(scores(rows, model.weights)[labels == 2].argmax(axis=1) == 2))
    assert recalls[1] > recalls[0] + 0.4


def test_thirty_two_models_differ_in_rate_penalties_and_schedule():
    """A value that is fixed is the same for all, and the grid begins anew when it is used up."""
    assert len(set(settings(Given(), 32))) == 32
    fixed = settings(Given(learning_rate=0.3, wd=0.0), 32)
    assert {(one.learning_rate, one.wd) for one in fixed} == {(0.3, 0.0)}
    assert len(set(fixed)) == 4


def test_l1_leaves_useless_weights_at_exactly_zero():
    """Only the first of ten columns says anything."""
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(3000, 10))
    labels = 3 * rows[:, 0] + draws.normal(size=3000)
    plan = Plan("regressor", "squared_loss", num_models=2, given=Given(l1=0.1, wd=0.0))
    weights = train(_reader(rows, labels), plan, np.random.default_rng(0)).weights[:-1, 0]
    assert weights[0] > 2
    assert np.count_nonzero(weights[1:]) <= 2


def test_without_a_bias_the_score_of_the_origin_is_zero():
    """As long as data are not shifted either."""
    plan = replace(_BINARY, unbias_data=False, steps=Steps(use_bias=False))
    rows, _, labels, _ = _parts(_digits)
    assert train(_reader(rows, labels), plan, np.random.default_rng(0)).weights[-1, 0] == 0


def test_training_stops_when_patience_ends():
    """And the best of each model is kept: what is told of the passes ends with three that did not help."""
    rows, others, labels, truth = _parts(_imbalanced)
    plan = replace(_BINARY, epochs=200, early_stopping_tolerance=0.01)
    model = train(_reader(rows, labels), plan, np.random.default_rng(0), validation=_reader(others, truth))
    assert 4 <= len(model.epochs) < 60
    assert min(model.losses) == pytest.approx(min(one.validation for one in model.epochs))


def test_the_same_seed_gives_the_same_weights_to_the_bit():
    """And another one gives others."""
    rows, _, labels, _ = _parts(_digits)
    one, same, other = (
        train(_reader(rows, labels), replace(_BINARY, epochs=2), np.random.default_rng(seed)).weights
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_models_that_leave_the_numbers_are_refused_when_no_other_is_left():
    """A learning rate far too high."""
    rows, labels = np.random.default_rng(0).normal(size=(500, 3)), np.arange(500.0)
    plan = Plan("regressor", "squared_loss", steps=Steps(optimizer="sgd"), given=Given(learning_rate=1e6, wd=0.0))
    with pytest.raises(Diverged, match="learning_rate"):
        train(_reader(rows, labels), replace(plan, epochs=60), np.random.default_rng(0))


def test_no_rows_are_refused():
    """With words for the user."""
    with pytest.raises(NoRows, match="no data points"):
        train(_reader(np.empty((0, 3)), np.empty(0)), _BINARY, np.random.default_rng(0))
