"""The population stability index."""

import numpy as np
import pytest

from fieldstone.methods.drift import MUCH, SOME, stability, stability_of_codes, stability_of_counts


def test_the_index_of_two_equal_rows_is_zero():
    """Nothing changed is nothing."""
    assert stability_of_counts([10, 20, 30], [10, 20, 30]) == pytest.approx(0)


def test_the_index_agrees_with_the_textbook():
    """Shares of a half against a quarter and three quarters: the sum of differences times log ratios."""
    expected = 0.25 * np.log(0.75 / 0.5) - 0.25 * np.log(0.25 / 0.5)

    assert stability_of_counts([50_000, 50_000], [25_000, 75_000]) == pytest.approx(expected, abs=1e-4)


def test_a_shift_is_much_and_chance_is_little():
    """A shift by one standard deviation is beyond the customary bound, two samples of one distribution far below."""
    rng = np.random.default_rng(0)
    before = rng.normal(size=5000)

    assert stability(before, rng.normal(size=5000)) < SOME
    assert stability(before, before + 1) > MUCH


def test_new_levels_and_new_gaps_count():
    """A category that appears, and values that go missing, are changes."""
    assert stability_of_codes([0.0] * 100, [0.0] * 50 + [1.0] * 50) > MUCH
    assert stability([1.0, 2.0] * 50, [1.0, np.nan] * 50) > MUCH
