"""Windows of series, and how they are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from tests.algorithms.deepar.conftest import parse, series_of

from fieldstone.algorithms.deepar.hyperparameters import find_shape
from fieldstone.algorithms.deepar.windows import Norms, cut, draw, draw_exactly, in_batches

SHAPE = find_shape(parse(context_length="4", prediction_length="3"), (5,), 1)
NORMS = Norms(7.0, np.array([10], np.float32), np.array([2], np.float32))
REACH = max(SHAPE.frequency.lags())


def test_a_window_has_the_points_before_and_after_and_what_is_told_of_each():
    """Those that are missing count for nothing in its scale."""
    target = np.arange(1.0, 31)
    target[19] = np.nan
    (one,) = series_of([target], cat=[3], dynamic=[list(range(30))])
    windows = cut([one], [20], SHAPE, NORMS)

    assert windows.values.shape == (1, REACH + 7)
    assert windows.values[0, -7:].tolist() == [17, 18, 19, 19, 21, 22, 23]
    assert windows.values[0, : REACH - 16].tolist() == [0] * (REACH - 16)
    assert windows.values[0, REACH - 16] == 1
    assert windows.observed.tolist() == [[1, 1, 1, 0, 1, 1, 1]]
    assert windows.weights.tolist() == windows.observed.tolist()
    assert windows.scale.tolist() == [[18]]
    assert windows.cat.tolist() == [[3]]
    hours, age, known = windows.features[0, :, 0], windows.features[0, :, -2], windows.features[0, :, -1]
    np.testing.assert_allclose((hours + 0.5) * 23, np.arange(16, 23), atol=1e-5)
    np.testing.assert_allclose(age, np.log10(2 + np.arange(16, 23)), rtol=1e-6)
    np.testing.assert_allclose(known, (np.arange(16, 23) - 10) / 2)


def test_before_a_series_begins_there_is_nothing_and_its_scale_is_that_of_all():
    """So a series without any points can be gone on with."""
    (one,) = series_of([[]], cat=[0], dynamic=[[1, 2, 3]])
    windows = cut([one], [0], SHAPE, NORMS)

    assert not windows.values.any()
    assert not windows.observed.any()
    assert windows.scale.tolist() == [[7]]
    assert windows.features[0, :, -1].tolist() == [-5, -5, -5, -5, -4.5, -4, -3.5]


def test_a_window_without_a_context_weighs_little():
    """Its scale is that of all series, and may be far from its own."""
    (one,) = series_of([range(1, 31)], cat=[0], dynamic=[[0.0] * 30])
    assert cut([one], [0], SHAPE, NORMS).weights.tolist() == [[0, 0, 0, 0, *[pytest.approx(0.1)] * 3]]


def test_shares_are_not_scaled():
    """The beta likelihood is between 0 and 1 by itself."""
    (one,) = series_of([[0.2] * 30], cat=[0], dynamic=[[0.0] * 30])
    assert cut([one], [20], replace(SHAPE, likelihood="beta"), NORMS).scale.tolist() == [[1]]


def test_each_point_of_each_series_is_as_likely_to_be_drawn():
    """As many windows a series as was asked for, one more or less, and none of series that are too short."""
    lengths = np.array([5, 0, 50])
    drawn = draw(lengths, 1600.5, np.random.default_rng(0))
    counts = np.bincount(drawn.which, minlength=3)

    assert counts[1] == 0
    assert set(counts[[0, 2]]) <= {1600, 1601}
    assert np.bincount(drawn.where[drawn.which == 0]) == pytest.approx(320, rel=0.2)
    assert (drawn.where < lengths[drawn.which]).all()
    often = np.mean([len(draw(lengths, 0.25, np.random.default_rng(seed)).which) for seed in range(400)])
    assert often == pytest.approx(0.5, rel=0.25)


def test_batches_have_so_many_windows_and_the_last_the_rest():
    """Exactly as many in all as was asked for, if it was."""
    drawn = draw_exactly(np.array([5, 0, 50]), 10, np.random.default_rng(0))
    assert [len(part.which) for part in in_batches(drawn, 4)] == [4, 4, 2]
    assert 1 not in drawn.which
