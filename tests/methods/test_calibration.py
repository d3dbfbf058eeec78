"""Calibration on scores whose true probabilities are known."""

import numpy as np
import pytest

from fieldstone.methods.calibration import calibrate, fit, reliability, share_interval


def _sample(n, seed=0, spread=1.5):
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, spread, n)
    truth = 1 / (1 + np.exp(-log_odds))
    return log_odds, truth, (rng.random(n) < truth).astype(float)


def test_scores_that_are_too_sure_are_taken_back():
    """A logistic distortion is found, though a slope of 1 was expected."""
    log_odds, truth, outcomes = _sample(20_000)
    scores = 1 / (1 + np.exp(-3 * log_odds))

    assert np.abs(fit(scores, outcomes).probabilities(scores) - truth).mean() < 0.01


def test_any_smooth_rising_distortion_is_undone():
    """Scores that are no probabilities at all are mapped to the truth."""
    log_odds, truth, outcomes = _sample(20_000)

    assert np.abs(fit(np.cbrt(log_odds), outcomes).probabilities(np.cbrt(log_odds)) - truth).mean() < 0.02


def test_true_probabilities_are_left_nearly_alone():
    """A map that is fitted to what needs none does no harm."""
    _, truth, outcomes = _sample(5000)

    _, crossed = calibrate(truth, outcomes)

    assert np.abs(crossed - truth).mean() < 0.01


def test_a_ranking_is_never_turned_around():
    """Scores that fall with the outcome become one probability for all, not the reverse ranking."""
    log_odds, _, outcomes = _sample(2000)

    probabilities = fit(-log_odds, outcomes).probabilities(-log_odds)

    assert np.ptp(probabilities) < 1e-6
    assert probabilities[0] == pytest.approx(outcomes.mean(), abs=0.01)


def test_a_probability_leads_back_to_its_score():
    """The threshold can be told on the scale of the model's own scores."""
    log_odds, _, outcomes = _sample(5000)
    fitted = fit(log_odds, outcomes)

    score = fitted.score(0.3)

    assert fitted.probabilities(np.array([score]))[0] == pytest.approx(0.3, abs=1e-6)


def test_a_probability_no_score_reaches_has_none():
    """Where no score is ever that sure, no score is the threshold."""
    fitted = fit(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0]))

    assert fitted.score(1.1) == np.inf
    assert fitted.score(-0.1) == -np.inf


def test_what_else_is_possible_holds_the_truth():
    """The truth lies where 90 of 100 of the curves lie that the cases allow, for about 90 of 100 scores."""
    low, high = [], []
    for seed in range(20):
        log_odds, truth, outcomes = _sample(1000, seed)
        possible = fit(log_odds, outcomes).possible(log_odds[:50])
        low.append(np.quantile(possible, 0.05, axis=0) <= truth[:50])
        high.append(truth[:50] <= np.quantile(possible, 0.95, axis=0))

    assert 0.8 < np.mean(np.array(low) & np.array(high)) < 0.98


def test_few_positive_cases_do_not_bend_the_curve():
    """With 20 positive cases a slope near 1 is kept to, whatever they happen to look like."""
    rng = np.random.default_rng(3)
    truth = 1 / (1 + np.exp(-rng.normal(-5, 1, 3000)))
    outcomes = (rng.random(3000) < truth).astype(float)

    fitted = fit(truth, outcomes)

    assert fitted.probabilities(np.array([0.1]))[0] == pytest.approx(0.1, abs=0.06)


def test_scores_that_are_all_alike_get_the_share_that_came_true():
    """Nothing is divided by zero where there is nothing to bend."""
    fitted = fit(np.full(100, 0.7), (np.arange(100) < 30).astype(float))

    assert fitted.probabilities(np.array([0.0, 0.7, 1.0])) == pytest.approx([0.3] * 3, abs=0.01)


def test_nothing_is_ever_certain():
    """That 50 of 50 came true does not make the next one sure."""
    outcomes = (np.arange(100) >= 50).astype(float)

    probabilities = fit(np.arange(100.0), outcomes).probabilities(np.array([0.0, 99.0]))

    assert 0 < probabilities[0] < 0.02
    assert 0.98 < probabilities[1] < 1


def test_the_brier_score_is_made_of_its_parts():
    """Reliability less resolution plus uncertainty, exactly where bins hold one probability each."""
    rng = np.random.default_rng(0)
    probabilities = rng.choice([0.1, 0.3, 0.6, 0.9], size=4000)
    outcomes = (rng.random(4000) < probabilities).astype(float)

    kept = reliability(probabilities, outcomes, bins=4)

    assert kept.brier == pytest.approx(kept.reliability - kept.resolution + kept.uncertainty, abs=0.02)
    assert kept.expected_error < 0.03


def test_bins_hold_all_cases_and_their_intervals_hold_the_truth():
    """Ten bins of a calibrated sample: nearly all intervals contain what was foretold."""
    _, truth, outcomes = _sample(10_000)

    bins = reliability(truth, outcomes).bins

    assert sum(one.cases for one in bins) == 10_000
    assert sum(one.observed_low <= one.foretold <= one.observed_high for one in bins) >= 8


def test_one_probability_for_all_makes_one_bin():
    """Nothing is divided by zero where all scores are alike."""
    kept = reliability(np.full(100, 0.3), (np.arange(100) < 30).astype(float))

    assert [one.cases for one in kept.bins] == [100]
    assert kept.expected_error == pytest.approx(0.0)


def test_a_share_of_nothing_can_be_anything():
    """Wilson's interval, at its ends."""
    assert share_interval(0, 0) == (0.0, 1.0)
    assert share_interval(0, 10)[0] == 0.0
    assert share_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
