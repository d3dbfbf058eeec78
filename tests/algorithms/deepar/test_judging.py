"""The measures of AWS's page, on numbers that one can follow."""

import numpy as np
import pytest

from fieldstone.algorithms.deepar.judging import Errors, measure, quantiles

LEVELS = (0.1, 0.5, 0.9)


def test_a_quantile_is_the_sample_that_is_nearest_to_it():
    """So that counts stay counts."""
    samples = np.array([[3, 30], [1, 10], [2, 20]], np.float32)
    assert quantiles(samples, (0.01, 0.5, 0.99)).tolist() == [[1, 10], [2, 20], [3, 30]]


def test_the_measures_are_those_of_their_formulas():
    """Points that are missing count for nothing."""
    samples = np.tile(np.arange(11, dtype=np.float32)[:, None], 3)
    errors = measure(samples, np.array([4, 0, 8], np.float32), np.array([True, False, True]), LEVELS)
    scores = errors.scores(LEVELS)

    # Quantiles 1, 5 and 9 against 4 and 8: twice the level of what is above, or its rest of what is below.
    expected = {0.1: 2 * (0.1 * 3 + 0.1 * 7), 0.5: 2 * (0.5 * 1 + 0.5 * 3), 0.9: 2 * (0.1 * 5 + 0.1 * 1)}
    assert {level: scores[f"wQuantileLoss[{level}]"] for level in LEVELS} == pytest.approx(
        {level: loss / 12 for level, loss in expected.items()}
    )
    assert scores["mean_wQuantileLoss"] == pytest.approx(sum(expected.values()) / 3 / 12)
    assert scores["mean_absolute_QuantileLoss"] == pytest.approx(sum(expected.values()) / 3)
    assert scores["RMSE"] == pytest.approx(np.sqrt((1 + 9) / 2))


def test_errors_of_series_and_hosts_add_up():
    """Each counts by its points."""
    parts = [Errors(np.array([1.0]), 2, 3, 4), Errors(np.array([5.0]), 6, 7, 8)]
    total = parts[0] + parts[1]

    assert (total.losses.tolist(), total.size, total.squares, total.points) == ([6], 8, 10, 12)
    assert total.add_up(lambda *arrays: [2 * array for array in arrays]).points == 24
