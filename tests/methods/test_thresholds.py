"""Thresholds from probabilities and money."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldstone.methods.thresholds import (
    POINTS,
    Amounts,
    best_f_beta,
    best_single,
    break_even,
    cost_curve,
    crossed,
    expected_gain,
    measure,
    shortfall,
    values,
    within_capacity,
)


def _amounts(n, right=-50.0, wrong=-50.0, missed=-500.0, left=0.0):
    return Amounts(*(np.broadcast_to(np.asarray(one, dtype=float), (n,)) for one in (right, wrong, missed, left)))


def _sample(n, seed=0):
    rng = np.random.default_rng(seed)
    truth = 1 / (1 + np.exp(-rng.normal(-2, 1.5, n)))
    return truth, (rng.random(n) < truth).astype(float)


def test_acting_pays_from_harm_over_gain_and_harm_on():
    """An offer of 50 against a loss of 500: from one in ten on."""
    assert break_even(_amounts(1))[0] == pytest.approx(0.1)


def test_each_case_has_its_own_threshold_where_amounts_differ():
    """A dearer loss is worth acting on at a lower probability."""
    amounts = _amounts(3, right=0.0, missed=[-50.0, -100.0, -950.0])

    assert break_even(amounts) == pytest.approx([0.5, 1 / 3, 0.05])
    assert not amounts.fixed


def test_acting_that_costs_nothing_always_pays_and_that_gains_nothing_never():
    """The ends of the scale."""
    assert break_even(_amounts(1, right=0.0, wrong=0.0))[0] == 0.0
    assert break_even(_amounts(1, right=-600.0))[0] == np.inf


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(1, 1000), st.floats(1, 1000))
def test_expected_gain_changes_sign_at_break_even(probability, gain, harm):
    """The two ways to decide are one."""
    amounts = _amounts(1, right=gain, wrong=-harm, missed=0.0)

    pays = expected_gain(np.array([probability]), amounts)[0] > 1e-9

    assert pays == (probability > break_even(amounts)[0] + 1e-12) or abs(probability - break_even(amounts)[0]) < 1e-9


def test_the_value_of_decisions_is_counted_outcome_by_outcome():
    """Each of the four outcomes brings its own amount."""
    acted, outcomes = np.array([True, True, False, False]), np.array([1.0, 0.0, 1.0, 0.0])

    brought = values(acted, outcomes, _amounts(4, right=450, wrong=-50, missed=-500, left=7))

    assert brought.tolist() == [450, -50, -500, 7]


def test_capacity_takes_the_most_promising():
    """At most so many of each thousand, and never one that does not pay."""
    worth = np.array([5.0, -1.0, 3.0, 9.0])

    assert within_capacity(worth, 500).tolist() == [True, False, False, True]
    assert within_capacity(worth, 1000).tolist() == [True, False, True, True]
    assert not within_capacity(worth, 0).any()


def test_ties_at_the_limit_of_capacity_are_broken_by_the_raw_score():
    """Steps of a calibration do not make the choice arbitrary."""
    assert within_capacity(np.array([1.0, 1.0, 1.0, 1.0]), 250, ties=np.array([1, 4, 2, 3])).tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_measures_agree_with_their_definitions():
    """Two found, one in vain, one missed, of ten."""
    acted = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    outcomes = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0], dtype=float)

    measured = measure(acted, outcomes, beta=2)

    assert (measured.precision, measured.recall) == pytest.approx((2 / 3, 2 / 3))
    assert measured.f_beta == pytest.approx(2 / 3)
    assert measured.acted == pytest.approx(0.3)


def test_acting_on_nobody_has_no_precision():
    """There is nothing to divide by, and it says so."""
    measured = measure(np.zeros(4, dtype=bool), np.array([1.0, 0, 0, 0]))

    assert np.isnan(measured.precision)
    assert (measured.recall, measured.f_beta) == (0.0, 0.0)


def test_the_f_beta_threshold_is_the_best_of_all():
    """No other threshold has a higher F-beta, and a larger beta finds more."""
    probabilities, outcomes = _sample(500)

    best = best_f_beta(probabilities, outcomes, beta=2)

    scores = [measure(probabilities >= at, outcomes, beta=2).f_beta for at in probabilities]
    assert measure(probabilities >= best, outcomes, beta=2).f_beta == pytest.approx(max(scores))
    assert best < best_f_beta(probabilities, outcomes, beta=0.5)


def test_the_curve_runs_from_everybody_to_nobody_in_at_most_500_points():
    """Its ends are the two plain ways, whatever lies between."""
    probabilities, outcomes = _sample(20_000)
    amounts = _amounts(20_000)

    curve = cost_curve(probabilities, outcomes, amounts, replicates=50)

    assert len(curve.thresholds) <= POINTS
    assert curve.values[0] == pytest.approx(-50.0)
    assert curve.values[-1] == pytest.approx(-500 * outcomes.mean())
    assert (curve.acted[0], curve.acted[-1], curve.recall[-1]) == (1.0, 0.0, 0.0)
    assert np.isnan(curve.precision[-1])


def test_the_curve_counts_what_each_threshold_would_have_brought():
    """Point by point, as adding up by hand."""
    probabilities, outcomes = _sample(300)
    amounts = _amounts(300, missed=-np.linspace(100, 900, 300))

    curve = cost_curve(probabilities, outcomes, amounts, replicates=20)

    by_hand = [values(probabilities >= at, outcomes, amounts).mean() for at in curve.thresholds]
    assert curve.values == pytest.approx(by_hand)


def test_the_best_threshold_lies_in_its_interval_and_its_value_is_not_boasted():
    """The threshold the costs ask for is within; the value owns up to having been chosen."""
    probabilities, outcomes = _sample(4000)

    curve = cost_curve(probabilities, outcomes, _amounts(4000), replicates=200)

    assert curve.best.low <= 0.1 <= curve.best.high
    assert curve.best_value.value <= curve.values.max()


def test_the_best_single_threshold_is_the_best_of_all():
    """No other threshold would have brought more on these cases."""
    probabilities, outcomes = _sample(400)
    amounts = _amounts(400, missed=-np.linspace(100, 900, 400))

    best = best_single(probabilities, outcomes, amounts)

    brought = [values(probabilities >= at, outcomes, amounts).sum() for at in probabilities]
    assert values(probabilities >= best, outcomes, amounts).sum() == pytest.approx(max(brought))


def test_a_crossed_threshold_is_picked_without_the_case_itself():
    """The pick is given four fifths of the cases, and never the fold it decides for."""
    seen = np.zeros(100)

    def pick(kept):
        seen[kept] += 1
        return 0.5

    acted = crossed(pick, np.linspace(0, 1, 100))

    assert (seen == 4).all()
    assert acted.tolist() == (np.linspace(0, 1, 100) >= 0.5).tolist()


def test_decisions_by_the_true_probabilities_fall_short_of_nothing():
    """And acting on nobody falls short of everything."""
    probabilities, _ = _sample(500)
    amounts = _amounts(500)
    right = expected_gain(probabilities, amounts) > 0

    assert shortfall(probabilities[None], right, amounts) == pytest.approx([0.0])
    assert shortfall(probabilities[None], np.zeros(500, dtype=bool), amounts) == pytest.approx([1.0])


def test_a_chance_to_act_brings_its_share():
    """Half of the cases at random bring half of what all of them do."""
    _, outcomes = _sample(100)
    amounts = _amounts(100, missed=0.0)

    half, whole = (values(np.full(100, chance), outcomes, amounts).sum() for chance in (0.5, 1.0))

    assert half == pytest.approx(whole / 2)
    assert measure(np.full(100, 0.5), outcomes).recall == pytest.approx(0.5)
