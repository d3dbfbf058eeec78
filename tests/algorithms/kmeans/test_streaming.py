"""What the stream leaves: centres, their weights, and the sample beside them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from fieldstone.algorithms.kmeans import sampling, streaming
from fieldstone.algorithms.kmeans.seeding import METHODS, seeds
from fieldstone.algorithms.kmeans.streaming import Centers, absorb, begin


def _draws():
    return np.random.default_rng(7)


@settings(max_examples=40, deadline=None)
@given(
    batches=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    count=st.integers(1, 12),
    method=st.sampled_from(METHODS),
    form=st.sampled_from([np.asarray, csr_matrix]),
)
def test_weights_add_up_to_the_rows_and_centres_to_their_sum(batches, count, method, form):
    """Every row is in exactly one centre's mean, whatever the batches."""
    draws = _draws()
    parts = [draws.normal(size=(size, 3)).round(1) for size in batches]
    centers = begin(form(parts[0]), count, method, draws)
    for part in parts:
        centers = absorb(centers, form(part), draws)
    assert centers.weights.sum() == sum(batches)
    assert centers.weights @ centers.places == pytest.approx(np.concatenate(parts).sum(axis=0), abs=1e-9)


def test_a_row_weighs_half_after_as_many_rows_as_the_half_life_says():
    """The old mean of 0 counts half of the new rows' mean of 1."""
    old = Centers(np.zeros((1, 1)), np.array([100.0]))
    after = absorb(old, np.ones((100, 1)), _draws(), half_life=100)
    assert after.weights == pytest.approx([150])
    assert after.places[0, 0] == pytest.approx(2 / 3)


def test_a_centre_that_stands_for_nothing_goes_where_rows_are_far_from_theirs():
    """Two centres on one place leave one of them without rows."""
    after = absorb(Centers(np.zeros((2, 1)), np.zeros(2)), np.array([[0.0], [0.0], [9.0]]), _draws())
    assert after.weights.tolist() == [3, 0]
    assert after.places[1, 0] in {0.0, 9.0}
    assert after.places[1, 0] != after.places[0, 0]


@pytest.mark.parametrize("method", METHODS)
def test_no_row_is_chosen_twice_while_there_are_enough(method):
    """Also where all of them lie on few places."""
    rows = np.repeat(np.arange(4.0), 5)[:, None]
    rows[:, 0] += np.arange(20) * 1e-9
    assert len(np.unique(next(seeds(rows, 20, method, _draws())))) == 20


def test_seeding_spreads_out_over_clusters_however_unequal_they_are():
    """k-means++ finds each of five far groups though one has nearly all rows."""
    draws = _draws()
    rows = np.concatenate([draws.normal(0, 0.1, (10_000, 2)), 100.0 * np.arange(1, 5)[:, None] * np.ones((4, 2))])
    assert {round(float(place) / 100) for place in next(seeds(rows, 5, "kmeans++", draws))[:, 0]} == {0, 1, 2, 3, 4}


def test_hosts_keep_all_centres_when_they_merge():
    """The weighted mean of all rows is that of both."""
    merged = streaming.merge([Centers(np.zeros((2, 1)), np.ones(2)), Centers(np.ones((1, 1)), np.array([4.0]))])
    assert merged.weights @ merged.places == pytest.approx(4)
    assert len(merged.weights) == 3


def test_a_sample_with_room_for_all_rows_has_them_all_in_order_with_equal_weights():
    """Then Lloyd's method over it is Lloyd's method over the data."""
    sampler = sampling.Sampler(100, 0, _draws())
    for part in np.split(np.arange(60.0)[:, None], 3):
        sampler.add(part)
    sample = sampler.sample()
    assert sample.whole
    assert sample.rows[:, 0].tolist() == list(range(60))
    assert sample.standing().tolist() == [1] * 60


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_a_sample_takes_rows_of_all_batches_alike(form):
    """The mean place of the rows kept is the middle, within four standard errors."""
    sampler = sampling.Sampler(2000, 0, _draws())
    for part in np.split(np.arange(50_000.0)[:, None] + 1, 50):
        sampler.add(form(part))
    sample = sampler.sample()
    assert sample.rows.shape == (2000, 1)
    assert not sample.whole
    assert float(sample.rows.mean()) == pytest.approx(25_000, abs=4 * 50_000 / np.sqrt(12 * 2000))


def test_samples_of_two_hosts_merge_into_one_of_all_their_rows():
    """A host with nine times as many rows has nine tenths of the sample."""
    samplers = [sampling.Sampler(1000, 0, np.random.default_rng(number)) for number in range(2)]
    samplers[0].add(np.zeros((90_000, 1)))
    samplers[1].add(np.ones((10_000, 1)))
    merged = sampling.merge([each.sample() for each in samplers], 1000)
    assert merged.rows.sum() == pytest.approx(100, abs=4 * np.sqrt(90))


def test_old_rows_fade_from_a_sample_by_their_half_life():
    """Of rows 0, 1, 2 … the weighted mean age is that of a geometric series: h / ln 2, within a twentieth."""
    for size in (100_000, 4000):
        sampler = sampling.Sampler(size, 5000, _draws())
        for part in np.split(np.arange(60_000.0)[:, None], 60):
            sampler.add(part)
        sample = sampler.sample()
        weights = sample.standing()
        age = 60_000 - float(weights @ sample.rows[:, 0] / weights.sum())
        assert age == pytest.approx(5000 / np.log(2), rel=0.05)
