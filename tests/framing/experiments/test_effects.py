"""Intervals beside published and scipy's ones."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import test_proportions_2indep as compare_by_score

from fieldstone.framing.experiments.effects import chance_of_split, compare_means, compare_proportions


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [((48, 56), (80, 70), 0.0528, 0.3382), ((3, 9), (10, 10), 0.1700, 0.8406)],
)
def test_the_interval_of_two_proportions_is_the_published_one(hits, cases, low, high):
    """Newcombe, "Interval estimation for the difference", Statistics in Medicine 17 (1998), table II, method 6."""
    effect = compare_proportions(hits, cases, 0.05)

    assert (effect.low, effect.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("seed", range(5))
def test_the_chance_of_two_proportions_is_that_of_statsmodels(seed):
    """The score test, with the same correction for small samples."""
    rng = np.random.default_rng(seed)
    cases = rng.integers(200, 2_000, 2)
    hits = rng.binomial(cases, 0.3)
    theirs = compare_by_score(hits[1], cases[1], hits[0], cases[0], method="score", correction=True)

    assert compare_proportions(tuple(hits), tuple(cases), 0.05).chance == pytest.approx(theirs.pvalue)


def test_the_interval_leaves_zero_out_exactly_when_the_chance_is_small():
    """Test and interval never disagree, for even, uneven and tiny arms."""
    rng = np.random.default_rng(3)
    before, after = rng.integers(5, 800, 2_000), rng.integers(5, 800, 2_000)
    effect = compare_proportions((rng.binomial(before, 0.2), rng.binomial(after, 0.25)), (before, after), 0.05)

    assert (((effect.low > 0) | (effect.high < 0)) == (effect.chance < 0.05)).all()


@pytest.mark.parametrize("before", [1, 2, 5, 10])
@pytest.mark.parametrize("after", [2, 7, 1_000])
def test_every_tiny_table_has_an_interval(before, after):
    """Whatever its counts: finite, around the difference, within -1 and 1, and in step with the test."""
    lost, won = (counts.ravel() for counts in np.meshgrid(np.arange(before + 1), np.arange(after + 1)))
    effect = compare_proportions((lost, won), (np.full(lost.size, before), np.full(lost.size, after)), 0.05)

    assert ((effect.low >= -1) & (effect.low <= effect.difference + 1e-9)).all()
    assert ((effect.high <= 1) & (effect.high >= effect.difference - 1e-9)).all()
    assert (((effect.low > 0) | (effect.high < 0)) == (effect.chance < 0.05)).all()


def test_arms_without_any_yes_have_an_interval():
    """No division by nothing."""
    effect = compare_proportions((0, 0), (50, 50), 0.05)

    assert (effect.difference, effect.chance) == (0, 1)
    assert -0.1 < effect.low < 0 < effect.high < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_of_means_is_that_of_scipy(seed):
    """Welch's test and interval."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0, 1, 20), rng.normal(1, 4, 70)
    ours = compare_means(
        (first.mean(), second.mean()), (first.var(ddof=1), second.var(ddof=1)), (first.size, second.size), 0.05
    )
    theirs = stats.ttest_ind(second, first, equal_var=False)

    assert ours.chance == pytest.approx(theirs.pvalue)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval()))


def test_the_chance_of_a_split_is_that_of_scipy():
    """Pearson's chi-square, uneven."""
    theirs = stats.chisquare([7_100, 2_900], [7_000, 3_000])

    assert chance_of_split((7_100, 2_900), 0.3) == pytest.approx(theirs.pvalue)
