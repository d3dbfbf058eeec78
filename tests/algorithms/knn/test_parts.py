"""The steps, each by itself: sampling, reducing, indexes, votes."""

import numpy as np
import pytest
from scipy.linalg import hadamard
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.knn import index, reducing, voting
from fieldstone.algorithms.knn.sampling import Part, Sampler, join

ALONE = Peers(["algo-1"], "algo-1")


def sample(numbers, capacity, batch, seed):
    """The numbers that a sampler keeps, given so many at a time."""
    sampler = Sampler(capacity, np.random.default_rng(seed))
    for start in range(0, len(numbers), batch):
        rows = numbers[start : start + batch, None].astype(np.float32)
        chosen, draws = sampler.draw(len(rows))
        sampler.keep(Part(rows[chosen], rows[chosen, 0], draws))
    assert sampler.seen == len(numbers)
    return np.concatenate([part.rows[:, 0] for part in join(sampler.parts(), ALONE, capacity)])


def test_a_sample_does_not_depend_on_batches_and_keeps_the_order():
    """It is of the size asked for, or of all rows."""
    numbers = np.arange(1000)
    kept = sample(numbers, 100, 7, seed=1)

    assert len(kept) == 100
    assert (np.diff(kept) > 0).all()
    assert np.array_equal(kept, sample(numbers, 100, 250, seed=1))
    assert np.array_equal(sample(numbers, 5000, 64, seed=1), numbers)


def test_every_row_is_as_likely_to_be_in_a_sample():
    """First and last, over a thousand samples: a count of 200 has a deviation of 12.6."""
    counts = np.zeros(100)
    for seed in range(1000):
        counts[sample(np.arange(100), 20, 9, seed).astype(int)] += 1

    assert abs(counts - 200).max() < 60
    assert abs(counts[:50].sum() - counts[50:].sum()) < 600


@pytest.mark.parametrize("method", reducing.METHODS)
@pytest.mark.parametrize("width", [600, 5000])
def test_reduced_rows_are_as_far_from_each_other_as_they_were(method, width):
    """On the average of pairs within 3 %, most pairs within a quarter; also where a row is one feature alone."""
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(60, width)).astype(np.float32)
    rows[:20] = 0
    rows[np.arange(20), draws.choice(width, 20, replace=False)] = 10
    how = reducing.draw_map(method, width, 256, 10_000, np.random.default_rng(3))
    reduced = reducing.reduce(rows, how)
    pairs = np.triu_indices(60, 1)
    ratios = np.linalg.norm(reduced[pairs[0]] - reduced[pairs[1]], axis=1) / np.linalg.norm(
        rows[pairs[0]] - rows[pairs[1]], axis=1
    )

    assert reduced.shape == (60, 256)
    assert ratios.mean() == pytest.approx(1, abs=0.03)
    assert (abs(ratios - 1) < 0.25).mean() > 0.99
    np.testing.assert_allclose(reducing.reduce(csr_matrix(rows), how), reduced, rtol=1e-4, atol=1e-3)


def test_the_transform_in_blocks_is_that_of_hadamards_matrix(monkeypatch):
    """Whatever the size of the blocks."""
    monkeypatch.setattr(reducing, "_BLOCK", 8)
    matrix = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)

    np.testing.assert_allclose(reducing._transform(matrix), hadamard(64) @ matrix, rtol=1e-4, atol=1e-4)


def test_the_class_that_most_have_wins_and_of_several_the_smallest():
    """Whatever the order of the neighbours, and for any numbers."""
    labels = np.array([[3, 1, 1, 3], [2, 2, 2, 9], [4, 3, 2, 1], [-1, 5, 5, 7], [0, 0, 0, 0]], np.float32)

    assert voting.vote(labels).tolist() == [1, 2, 1, 5, 0]
    assert voting.vote(labels[:, :1]).tolist() == [3, 2, 4, -1, 0]


def test_a_vote_is_that_of_counting():
    """Held against bincount, for many lines."""
    labels = np.random.default_rng(0).integers(0, 5, (500, 7))
    expected = [np.bincount(line).argmax() for line in labels]

    assert voting.vote(labels.astype(np.float32)).tolist() == expected


def test_a_mean_of_large_numbers_keeps_its_digits():
    """It is taken in double precision."""
    assert voting.average(np.array([[16777216, 1, 1, 1, 1]], np.float32)).tolist() == [np.float32(16777220 / 5)]


@pytest.mark.parametrize("metric", ["L2", "INNER_PRODUCT"])
def test_a_flat_index_finds_the_nearest_rows_alone_and_among_others(metric):
    """Distances are those of double precision; a question alone has the same answer to the last bit."""
    draws = np.random.default_rng(0)
    rows, questions = draws.normal(size=(3000, 12)).astype(np.float32), draws.normal(size=(90, 12)).astype(np.float32)
    built = index.build([rows[:1000], rows[1000:]], 3000, index.Shape(metric=metric))
    distances, numbers = index.search(built, questions, 7)
    exact = questions.astype(np.float64) @ rows.T.astype(np.float64)
    if metric == "L2":
        expected, order = (
            NearestNeighbors(n_neighbors=7, algorithm="brute")
            .fit(rows.astype(float))
            .kneighbors(questions.astype(float))
        )
        expected = expected**2
    else:
        order = np.argsort(-exact, axis=1)[:, :7]
        expected = np.take_along_axis(exact, order, axis=1)
    alone = [index.search(built, question[None], 7) for question in questions]

    np.testing.assert_array_equal(numbers, order)
    np.testing.assert_allclose(distances, expected, rtol=1e-6)
    assert np.array_equal(np.concatenate([one for one, _ in alone]), distances)
    assert np.array_equal(np.concatenate([one for _, one in alone]), numbers)


def test_an_index_of_lists_finds_as_many_rows_as_are_asked_for():
    """Though those that it looks into have fewer."""
    rows = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    built = index.build([rows], 400, index.Shape(index.IVF_FLAT, lists=100))
    _, numbers = index.search(built, rows[:20], 300)

    assert all(len(set(found)) == 300 and min(found) >= 0 for found in numbers.tolist())


def test_an_index_of_lists_finds_most_of_the_nearest_rows():
    """Of 20,000 rows in 141 lists, nine of ten neighbours."""
    draws = np.random.default_rng(0)
    rows, questions = draws.normal(size=(20_000, 8)).astype(np.float32), draws.normal(size=(200, 8)).astype(np.float32)
    found, expected = (
        index.search(index.build([rows], len(rows), index.Shape(kind)), questions, 10)[1]
        for kind in (index.IVF_FLAT, index.FLAT)
    )
    recall = np.mean([len(set(some) & set(all_)) / 10 for some, all_ in zip(found, expected, strict=True)])

    assert recall > 0.85
