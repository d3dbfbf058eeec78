"""Margins around answers, on errors whose distribution is known."""

import numpy as np
import pytest

from fieldstone.methods.quantiles import crossed_points, fit_margin


def _sample(n, seed=0):
    """Answers, and truths that lie around them: a tenth of the answer up and down."""
    rng = np.random.default_rng(seed)
    answers = rng.uniform(50, 500, n)
    return answers, answers * (1 + 0.1 * rng.normal(size=n))


@pytest.mark.parametrize("level", [0.1, 0.5, 0.75, 0.95])
def test_the_truth_stays_below_a_point_as_often_as_it_should(level):
    """Counted on other cases than the margin was learnt from."""
    margin = fit_margin(*_sample(4000))

    answers, truth = _sample(20_000, seed=1)

    assert np.mean(truth <= margin.points(answers, level)) == pytest.approx(level, abs=0.02)


def test_margins_are_wider_where_errors_are():
    """By size, small answers and large ones keep their promise each by itself."""
    alike, by_size = fit_margin(*_sample(4000)), fit_margin(*_sample(4000), by_size=True)

    answers, truth = _sample(20_000, seed=1)
    small = answers < 100

    assert np.mean(truth[small] <= by_size.points(answers, 0.8)[small]) == pytest.approx(0.8, abs=0.05)
    assert np.mean(truth[small] <= alike.points(answers, 0.8)[small]) > 0.9


def test_each_case_may_have_its_own_level():
    """Where a unit too much costs more in one case than in another."""
    answers, truth = _sample(1000)
    margin = fit_margin(answers, truth)

    points = margin.points(answers[:2], np.array([0.1, 0.9]))

    assert points[0] < answers[0]
    assert points[1] > answers[1]


def test_crossed_points_know_nothing_of_their_own_case():
    """An outlier moves the points of others, not its own."""
    answers, truth = np.zeros(10), np.r_[np.ones(9), 1000.0]
    own = np.arange(10) == 9

    points = crossed_points(answers, truth, 1.0, [(~own, own), (own, ~own)])

    assert points[9] == 1.0
    assert (points[:9] == 1000.0).all()


def test_cases_that_no_part_answers_have_no_point():
    """The first stretch of time is only learnt from."""
    early = np.arange(10) < 4

    points = crossed_points(np.zeros(10), np.ones(10), 0.5, [(early, ~early)])

    assert np.isnan(points[:4]).all()
    assert (points[4:] == 1.0).all()
