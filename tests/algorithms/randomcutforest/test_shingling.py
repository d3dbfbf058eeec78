"""Series as rows."""

import numpy as np
import pytest

from fieldstone.algorithms.randomcutforest.scoring import score
from fieldstone.algorithms.randomcutforest.shingling import align, shingle


def test_a_shingle_is_a_moment_with_those_before_it():
    """Oldest first; integers become numbers with a point."""
    assert np.array_equal(shingle([1, 2, 3, 4], 3), [[1, 2, 3], [2, 3, 4]])


def test_several_values_of_a_moment_stay_together():
    """As AWS's open implementation lays them out."""
    assert np.array_equal(shingle([[1, 10], [2, 20], [3, 30]], 2), [[1, 10, 2, 20], [2, 20, 3, 30]])


def test_a_series_in_pieces_has_the_shingles_of_the_whole():
    """With the end of the piece before in front."""
    series = np.arange(20.0)

    pieces = [shingle(series[:12], 5), shingle(series[12 - 4 :], 5)]

    assert np.array_equal(np.concatenate(pieces), shingle(series, 5))


def test_a_series_shorter_than_a_shingle_has_none():
    """Rows of the right width."""
    assert shingle([[1.0, 2.0]], 3).shape == (0, 6)


@pytest.mark.parametrize(("series", "size"), [([1.0], 0), (1.0, 1), (np.zeros((1, 1, 1)), 1)])
def test_what_is_no_series_is_refused(series, size):
    """Or no size."""
    with pytest.raises(ValueError, match="no shingles"):
        shingle(series, size)


def test_a_usual_value_at_an_unusual_hour_is_found_by_shingles_only(train):
    """A wave that stands still for half a period."""
    moments = np.arange(3000)
    series = np.sin(moments * 2 * np.pi / 48) + np.random.default_rng(0).normal(size=3000) * 0.05
    series[2000:2024] = series[1999]
    rows = shingle(series, 24)

    scores = align(score(train(rows, trees=50), rows), 24)

    assert len(scores) == 3000
    assert np.isnan(scores[:23]).all()
    assert not np.isnan(scores[23:]).any()
    assert 2000 <= np.nanargmax(scores) < 2047
    single = score(train(series[:, None], trees=50), series[:, None])
    assert not 2000 <= np.argmax(single) < 2047
