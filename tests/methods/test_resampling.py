"""Resampling in blocks."""

import numpy as np
import pytest

from fieldstone.methods.resampling import deal, percentiles, resampled_means


def test_blocks_tell_the_same_spread_as_the_textbook():
    """The standard error of a mean of many cases, though only blocks are drawn."""
    values = np.random.default_rng(0).exponential(size=(50_000, 1))

    drawn = resampled_means(values)

    assert drawn.std() == pytest.approx(values.std() / np.sqrt(len(values)), rel=0.1)
    assert drawn.mean() == pytest.approx(values.mean(), abs=1e-3)


def test_columns_are_drawn_together():
    """A difference that is the same in every case has no spread."""
    values = np.random.default_rng(0).normal(size=5000)

    drawn = resampled_means(np.column_stack([values, values + 1]))

    assert np.ptp(drawn[:, 1] - drawn[:, 0]) == pytest.approx(0, abs=1e-9)


def test_the_same_seed_draws_the_same():
    """Nothing depends on chance that cannot be repeated."""
    values = np.random.default_rng(0).normal(size=(3000, 2))

    assert np.array_equal(resampled_means(values, seed=3), resampled_means(values, seed=3))


def test_every_block_is_nearly_of_one_size():
    """Cases are dealt evenly."""
    sizes = np.bincount(deal(4999, most=100))

    assert (len(sizes), sizes.min(), sizes.max()) == (100, 49, 50)


def test_percentiles_hold_the_middle():
    """An interval and the figure itself."""
    interval = percentiles(50, np.arange(101.0))

    assert (interval.value, interval.low, interval.high) == pytest.approx((50, 2.5, 97.5))


def test_cases_of_one_customer_are_dealt_together():
    """However many blocks there are, nobody is split."""
    customers = np.arange(1000) % 100

    dealt = deal(1000, most=10, together=customers)

    assert all(len(np.unique(dealt[customers == one])) == 1 for one in range(100))


def test_cases_that_err_alike_make_the_interval_wider():
    """Ten copies of a hundred figures tell no more than the hundred."""
    figures = np.random.default_rng(0).normal(size=100)
    copies = np.repeat(figures, 10)[:, None]

    alone = resampled_means(copies).std()
    together = resampled_means(copies, dealt=deal(1000, together=np.repeat(np.arange(100), 10))).std()

    assert together == pytest.approx(resampled_means(figures[:, None]).std(), rel=0.1)
    assert together > 2 * alone
