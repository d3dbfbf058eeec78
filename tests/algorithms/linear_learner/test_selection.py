"""Thresholds: what one sweep finds is what trying every threshold finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, fbeta_score, precision_score, recall_score

from fieldstone.algorithms.linear_learner.selection import Wish, choose

_CRITERIA = ("accuracy", "f_beta", "f1", "precision_at_target_recall", "recall_at_target_precision")


def _worth(scores, labels, threshold, wish):
    """What scikit-learn makes of a threshold; None where the target is missed."""
    acted = (scores > threshold).astype(int)
    precision = precision_score(labels, acted, zero_division=0)
    recall = recall_score(labels, acted, zero_division=0)
    match wish.criterion:
        case "accuracy":
            return accuracy_score(labels, acted)
        case "precision_at_target_recall":
            return precision if recall >= wish.target_recall else None
        case "recall_at_target_precision":
            return recall if precision >= wish.target_precision else None
        case _:
            return fbeta_score(labels, acted, beta=1 if wish.criterion == "f1" else wish.f_beta, zero_division=0)


@settings(max_examples=60, deadline=None)
@given(
    cases=st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]) | st.floats(0, 1, width=32), st.integers(0, 1)),
        min_size=1,
        max_size=25,
    ),
    criterion=st.sampled_from(_CRITERIA),
    beta=st.sampled_from([0.5, 1.0, 2.0]),
    target=st.sampled_from([0.3, 0.8, 0.95]),
)
def test_no_threshold_is_better_than_the_one_chosen(cases, criterion, beta, target):
    """Tried: below all scores, at each of them, and between each two."""
    scores = np.array([score for score, _ in cases])
    labels = np.array([label for _, label in cases], dtype=np.float64)
    wish = Wish(criterion, f_beta=beta, target_recall=target, target_precision=target)
    known = np.unique(scores)
    tried = [-1.0, *known, *((known[1:] + known[:-1]) / 2)]
    worths = [worth for at in tried if (worth := _worth(scores, labels, at, wish)) is not None]
    choice = choose(scores, labels, wish)
    reached = _worth(scores, labels, choice.threshold, wish)
    if worths:
        assert reached == pytest.approx(max(worths))
        assert choice.value == pytest.approx(max(worths))
    else:
        assert choice.value < 0


def test_the_threshold_lies_halfway_between_the_scores_it_parts():
    """New cases on either side have the same room."""
    choice = choose(np.array([0.2, 0.4, 0.8, 0.9]), np.array([0.0, 0, 1, 1]), Wish("accuracy"))
    assert choice.threshold == pytest.approx(0.6)


def test_neighbouring_scores_are_told_apart():
    """Halfway between two neighbouring numbers is one of the two."""
    low = 0.3
    scores = np.array([low, np.nextafter(low, 1)])
    choice = choose(scores, np.array([0.0, 1.0]), Wish("accuracy"))
    assert (scores > choice.threshold).tolist() == [False, True]
