"""Sample sizes beside statsmodels'."""

import pytest
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import power_proportions_2indep

from fieldstone.framing.experiments.power import (
    Levels,
    cases_for_means,
    cases_for_no_harm,
    cases_for_proportions,
    effect_for_means,
    effect_for_proportions,
    power_of_means,
)

SHARES = (0.1, 0.5, 0.8)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("baseline", "effect"), [(0.8, 0.05), (0.2, -0.05), (0.05, 0.01), (0.01, 0.02)])
def test_cases_for_proportions_have_the_power_that_statsmodels_finds(baseline, effect, share):
    """For even and uneven arms, up and down; statsmodels also counts what is seen the wrong way round."""
    cases = cases_for_proportions(baseline, effect, Levels(share=share))
    theirs = power_proportions_2indep(effect, baseline, cases * share, ratio=(1 - share) / share)

    assert theirs.power == pytest.approx(0.8, abs=5e-4)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("effect", [0.01, 0.2, 0.5, 1.0])
def test_cases_for_means_are_those_of_statsmodels(effect, share):
    """The t test's power, for even and uneven arms."""
    theirs = TTestIndPower().solve_power(effect, None, 0.05, 0.8, ratio=share / (1 - share)) / (1 - share)

    assert cases_for_means(1.0, effect, Levels(share=share)) == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("power", [0.8, 0.9])
def test_the_smallest_effect_is_the_one_for_which_the_cases_were_planned(power):
    """Both formulas, solved for the effect, give it back."""
    levels = Levels(power=power, share=0.3)

    assert effect_for_proportions(0.2, cases_for_proportions(0.2, -0.03, levels), levels, up=False) == pytest.approx(
        -0.03
    )
    assert effect_for_means(7.0, cases_for_means(7.0, 1.5, levels), levels) == pytest.approx(1.5, rel=1e-4)
    assert effect_for_means(7.0, cases_for_means(7.0, 1.5, levels), levels, up=False) == pytest.approx(-1.5, rel=1e-4)


def test_too_few_cases_find_nothing():
    """Not even the largest change there is room for."""
    assert effect_for_proportions(0.999, 50, Levels()) is None
    assert effect_for_means(1.0, 5, Levels()) is None


def test_a_vast_effect_needs_hardly_any_cases():
    """Ten, so that something is left to measure the spread with; and its power is certain."""
    assert cases_for_means(1.0, 80.0, Levels()) == 10
    assert power_of_means(1.0, 80.0, 10, Levels()) == 1


def test_no_harm_needs_the_cases_of_the_published_example():
    """Chow, Shao and Wang, section 3.2: sigma 0.1, margin 0.05, one-sided 0.05, power 0.8 give 50 an arm."""
    assert cases_for_no_harm(0.1, 0.05, Levels(significance=0.1)) / 2 == pytest.approx(49.5, abs=0.5)
