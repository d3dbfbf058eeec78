"""Samples of streams: uniform, in one pass, the same however the stream comes."""

import numpy as np
import pytest

from fieldstone.algorithms.randomcutforest.sampling import Reservoir, deal


def _numbers(count):
    return np.arange(count, dtype=np.float32)[:, None]


def _sample(capacity, batches, seed=0):
    reservoir = Reservoir(capacity, batches[0].shape[1], np.random.default_rng(seed))
    for batch in batches:
        reservoir.offer(batch)
    return reservoir


def test_every_row_stays_as_often_as_any_other():
    """Of 500 rows 50 stay, 600 times: each row's count, and all together, within four and a half deviations."""
    counts = np.zeros(500)
    for seed in range(600):
        rows, _ = _sample(50, np.split(_numbers(500), [10, 60, 300]), seed).kept()
        counts[rows[:, 0].astype(int)] += 1

    spread = np.sqrt(600 * 0.1 * 0.9)

    assert counts.sum() == 600 * 50
    assert np.abs(counts - 60).max() < 4.5 * spread
    assert ((counts - 60) ** 2).sum() / spread**2 == pytest.approx(500, abs=4.5 * np.sqrt(1000))


def test_no_row_stays_twice_and_any_place_in_the_sample_is_as_likely():
    """What trees are dealt does not depend on when a row came."""
    places = []
    for seed in range(300):
        rows = _sample(20, [_numbers(100)], seed).kept()[0][:, 0]
        assert len(set(rows.tolist())) == 20
        places += np.flatnonzero(rows < 50).tolist()

    assert np.mean(places) == pytest.approx(9.5, abs=4.5 * 5.8 / np.sqrt(len(places)))


@pytest.mark.parametrize("cuts", [[], [1], [7, 7, 500], list(range(0, 3000, 11))])
def test_the_sample_does_not_depend_on_how_the_stream_is_cut(cuts):
    """The same seed, other batches."""
    rows, draws = _sample(64, np.split(_numbers(3000), cuts)).kept()
    whole, _ = _sample(64, [_numbers(3000)]).kept()

    assert np.array_equal(rows, whole)
    assert (np.diff(draws) > 0).all()


def test_all_rows_stay_where_there_is_room():
    """In random order."""
    reservoir = _sample(100, [_numbers(30), _numbers(0), _numbers(40) + 30])

    rows, _ = reservoir.kept()

    assert reservoir.seen == 70
    assert np.array_equal(np.sort(rows, axis=0), _numbers(70))
    assert not np.array_equal(rows, _numbers(70))


def test_samples_of_two_streams_join_as_one_of_both():
    """A stream nine times as long has nine tenths of the sample, on the average."""
    shares = []
    for seed in range(150):
        one = _sample(40, [_numbers(100)], seed)
        other = _sample(40, [_numbers(900) + 100], 10_000 + seed)
        one.join(*other.kept(), other.seen)
        rows, _ = one.kept()
        assert len(rows) == 40
        shares.append(np.mean(rows >= 100))

    assert one.seen == 1000
    assert np.mean(shares) == pytest.approx(0.9, abs=4.5 * 0.3 / np.sqrt(150 * 40))


def test_memory_is_for_the_sample_and_not_for_the_stream():
    """A quarter more rows than the sample's, after a hundred times as many."""
    reservoir = _sample(1000, [_numbers(1000)] * 100)

    assert len(reservoir._rows) == 1251


def test_a_row_that_is_no_finite_number_is_named_by_its_place_in_the_stream():
    """And the batch that it is in is not taken."""
    reservoir = _sample(10, [_numbers(5)])

    with pytest.raises(ValueError, match="row 7, feature 1 is inf"):
        reservoir.offer([[1.0], [np.inf]])

    assert reservoir.seen == 5
    assert len(reservoir.kept()[0]) == 5


def test_trees_are_dealt_as_many_rows_as_there_are_for_each():
    """4,032 rows and 50 trees make 80 for each; no row is dealt twice."""
    dealt = deal(_numbers(4032), 50, 256)

    assert dealt.shape == (50, 80, 1)
    assert len(np.unique(dealt)) == 4000
    assert deal(_numbers(4032), 50, 64).shape == (50, 64, 1)


def test_fewer_rows_than_trees_are_refused():
    """A tree of nothing has no scores."""
    with pytest.raises(ValueError, match="49 rows are too few for 50 trees"):
        deal(_numbers(49), 50, 256)
