"""Scores: by their definition, and against AWS's open implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import roc_auc_score

from fieldstone.algorithms.randomcutforest.forest import build
from fieldstone.algorithms.randomcutforest.scoring import score

NUMBERS = st.one_of(st.sampled_from([0.0, 1.0, 2.0, 3.4028234e38, -3.4028234e38]), st.floats(-10, 10, width=32))


def _defined(forest, tree, row):
    """The score of a row in one tree from the definition, recursively, in double precision."""
    structure, size = forest.structure, forest.sample_size
    row = row.astype(np.float64)

    def below(node, depth):
        if node < 0:
            leaf = -1 - node
            if (structure.points[tree, leaf] == row).all():
                mass = structure.masses[tree, leaf]
                return (1 - mass / (2 * size)) / (depth + np.log2(mass + 1))
            return 1 / (depth + 1)
        low, high = forest.boxes[tree, node].astype(np.float64)
        out = (np.maximum(low - row, 0) + np.maximum(row - high, 0)).sum()
        parted = out / ((high - low).sum() + out)
        right = row[structure.dimensions[tree, node]] > structure.cuts[tree, node]
        return parted / (depth + 1) + (1 - parted) * below(structure.children[tree, node, int(right)], depth + 1)

    return below(0 if forest.leaves[tree] > 1 else -1, 0) * np.log2(size + 1)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 12), st.just(3)), elements=NUMBERS), st.data()
)
def test_a_score_is_the_expected_inverse_depth(samples, data):
    """For rows of the sample and for others, near and far."""
    forest = build(samples, np.random.default_rng(0))
    others = data.draw(arrays.arrays(np.float32, (3, 3), elements=NUMBERS))
    rows = np.concatenate([samples[0], others])

    expected = [np.mean([_defined(forest, tree, row) for tree in range(forest.trees)]) for row in rows]

    assert score(forest, rows) == pytest.approx(expected, rel=1e-5)


def test_scores_are_those_of_the_open_implementation(clouds, train, train_open):
    """Within 3 % for usual rows and unusual ones, together and, at the median, each by itself."""
    usual, unusual = clouds
    ours, theirs = train(usual, trees=50, size=60), train_open(usual, trees=50, size=60)
    for rows in (usual[:300], unusual):
        scores, others = score(ours, rows), np.array([theirs.score(row) for row in rows])

        assert scores.mean() == pytest.approx(others.mean(), rel=0.03)
        assert np.median(np.abs(scores / others - 1)) < 0.05


def test_shuttle_scores_tell_what_is_unusual_and_agree_with_the_open_implementation(shuttle, train, train_open):
    """AUC, on all rows; means within 3 % on every hundredth."""
    rows, unusual = shuttle
    scores = score(train(rows), rows)
    theirs = train_open(rows[::8], trees=50)
    others = np.array([theirs.score(row) for row in rows[::100]])

    assert roc_auc_score(unusual, scores) >= 0.985
    assert scores[::100].mean() == pytest.approx(others.mean(), rel=0.03)


def test_duplicates_in_the_sample_are_less_unusual_than_single_points():
    """A point that makes up most of the sample scores least."""
    samples = np.zeros((50, 64, 2), np.float32)
    samples[:, 60:] = np.random.default_rng(0).normal(size=(50, 4, 2))
    forest = build(samples, np.random.default_rng(1))

    often, once, never = (score(forest, np.float32([row])) for row in ([0, 0], samples[0, 63], [9, 9]))

    assert often < 0.6 < once < never


def test_a_row_scores_the_same_alone_in_a_batch_and_by_threads(clouds, train):
    """To the last bit."""
    usual, unusual = clouds
    forest = train(usual, trees=20, size=100)
    rows = np.concatenate([usual, unusual])

    together = score(forest, rows)

    assert np.array_equal(together, score(forest, rows, threads=3))
    assert np.array_equal(together[-50:], [score(forest, row[None])[0] for row in rows[-50:]])


def test_the_same_seed_gives_the_same_scores(clouds, train):
    """From the stream to the score; another seed gives others."""
    usual, unusual = clouds
    one, same, other = (score(train(usual, trees=50, size=20, seed=seed), unusual) for seed in (4, 4, 5))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_no_rows_have_no_scores(clouds, train):
    """An empty batch."""
    assert score(train(clouds[0], trees=2), np.empty((0, 5), np.float32)).shape == (0,)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((1, 4)), r"rows of 5 features are needed, not an array of shape \(1, 4\)"),
        (np.zeros(5), "rows of 5 features are needed"),
        ([[0, 0, np.nan, 0, 0]], "row 1, feature 3 is nan, not a finite number"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused(clouds, rows, words, train):
    """Instead of a score that means nothing."""
    forest = train(clouds[0], trees=2)

    with pytest.raises(ValueError, match=words):
        score(forest, rows)
