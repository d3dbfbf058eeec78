"""Our own formulas against scikit-learn's."""

import numpy as np
import pytest
import sklearn.metrics as theirs
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldstone.algorithms.xgboost import metrics
from fieldstone.contract.training import UserError

THEIRS = {
    "accuracy": theirs.accuracy_score,
    "f1": lambda y, p: theirs.f1_score(y, p, average="macro", zero_division=0),
    "f1_macro": lambda y, p: theirs.f1_score(y, p, average="macro", zero_division=0),
    "precision_macro": lambda y, p: theirs.precision_score(y, p, average="macro", zero_division=0),
    "precision_micro": lambda y, p: theirs.precision_score(y, p, average="micro", zero_division=0),
    "recall_macro": lambda y, p: theirs.recall_score(y, p, average="macro", zero_division=0),
    "recall_micro": lambda y, p: theirs.recall_score(y, p, average="micro", zero_division=0),
}
THEIRS_BINARY = {
    "f1_binary": lambda y, p: theirs.f1_score(y, p, zero_division=0),
    "precision": lambda y, p: theirs.precision_score(y, p, zero_division=0),
    "recall": lambda y, p: theirs.recall_score(y, p, zero_division=0),
}
pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)
binary_pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)


def split(rows):
    table = np.array(rows, dtype=np.int64)
    return table[:, 0], table[:, 1]


@settings(deadline=None)
@given(pairs)
def test_metrics_of_classes_equal_scikit_learns(rows):
    """Whatever classes occur, or do not, in labels and predictions."""
    labels, predicted = split(rows)

    for name, formula in THEIRS.items():
        assert metrics.OF_CLASSES[name](labels, predicted) == pytest.approx(formula(labels, predicted)), name


@settings(deadline=None)
@given(binary_pairs)
def test_metrics_of_class_one_equal_scikit_learns(rows):
    """0 where nothing is found or nothing is there to find."""
    labels, predicted = split(rows)

    for name, formula in THEIRS_BINARY.items():
        assert metrics.OF_CLASSES[name](labels, predicted) == pytest.approx(formula(labels, predicted)), name


def test_balanced_accuracy_equals_scikit_learns():
    """The mean recall of the classes that occur."""
    labels, predicted = split([(0, 0), (0, 1), (1, 1), (2, 2), (2, 0), (2, 2)])

    assert metrics.balanced_accuracy(labels, predicted) == pytest.approx(
        theirs.balanced_accuracy_score(labels, predicted)
    )


def test_metrics_of_values_equal_scikit_learns():
    """Squared error and explained variance, in double precision."""
    draw = np.random.default_rng(0)
    labels, predictions = draw.normal(size=(2, 50)).astype(np.float32)

    assert metrics.mse(labels, predictions) == pytest.approx(theirs.mean_squared_error(labels, predictions))
    assert metrics.r2(labels, predictions) == pytest.approx(theirs.r2_score(labels, predictions))


def test_the_metrics_of_two_classes_refuse_three():
    """In scikit-learn's words, which are the container's."""
    with pytest.raises(UserError, match="Target is multiclass but average='binary'"):
        metrics.precision(np.array([0, 1, 2]), np.array([0, 1, 1]))


@pytest.mark.parametrize(
    ("objective", "predictions", "classes"),
    [
        ("binary:logistic", [0.2, 0.5, 0.7], [0, 0, 1]),
        ("binary:logitraw", [-1.0, 0.2, 3.0], [0, 1, 1]),
        ("binary:hinge", [0.0, 1.0], [0, 1]),
        ("multi:softmax", [0.0, 2.0, 1.0], [0, 2, 1]),
        ("multi:softprob", [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]], [1, 0]),
    ],
)
def test_classes_follow_from_what_the_objective_predicts(objective, predictions, classes):
    """Probabilities, margins, classes, or one probability for each."""
    assert metrics.classify(np.array(predictions, np.float32), objective).tolist() == classes


def test_several_metrics_are_measured_at_once_in_their_order():
    """As xgboost.train wants them from its custom metric."""
    data = xgboost.DMatrix(np.zeros((3, 1)), label=[0, 1, 1])
    measure = metrics.measure_with(["mse", "accuracy"], "binary:logistic")
    measured = measure(np.array([0.0, 1.0, 0.0], np.float32), data)

    assert [name for name, _ in measured] == ["mse", "accuracy"]
    assert [value for _, value in measured] == pytest.approx([1 / 3, 2 / 3])


def test_a_threshold_does_not_change_the_direction():
    """map@5 is better the larger, error@0.7 the smaller."""
    assert metrics.is_maximized("map@5")
    assert not metrics.is_maximized("error@0.7")
