"""What is called unusual, and how often that is right."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from fieldstone.algorithms.randomcutforest.judging import Quality, flag, judge
from fieldstone.algorithms.randomcutforest.scoring import score


def test_what_scores_three_deviations_above_the_mean_is_unusual(train, clouds):
    """Ten rows far from two clouds, and hardly any other."""
    usual, unusual = clouds
    rows = np.concatenate([usual, unusual])

    flags = flag(score(train(usual, trees=50, size=60), rows))

    assert flags[-10:].all()
    assert flags.sum() < 60


def test_measures_are_those_of_scikit_learn():
    """On flags and labels drawn at random."""
    flags, labels = np.random.default_rng(0).random((2, 500)) < [[0.1], [0.2]]

    quality = judge(flags, labels)

    precision, recall, f1, _ = precision_recall_fscore_support(labels, flags, average="binary")
    expected = (accuracy_score(labels, flags), precision, recall, f1)
    assert (quality.accuracy, quality.precision, quality.recall, quality.f1) == pytest.approx(expected)


@pytest.mark.parametrize("count", [0, 5])
def test_where_nothing_is_unusual_there_is_nothing_to_find(count):
    """Scores that are all alike, or none."""
    nothing = np.zeros(count, np.bool_)

    assert not flag(np.ones(count)).any()
    assert judge(nothing, nothing) == Quality(accuracy=float(count > 0), precision=0, recall=0, f1=0)
