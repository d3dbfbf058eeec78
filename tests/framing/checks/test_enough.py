"""Are there enough cases."""

import numpy as np

from fieldstone.framing.checks import enough
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial

QUESTION = Problem(question="q")


def test_you_dont_have_enough_data(make_cases, rng):
    """Guide, when not to use ML: "You don't have enough data": fifty labelled examples."""
    features = rng.normal(size=(50, 3))
    cases = make_cases(features, features[:, 0] > 0)
    found = enough.check(cases, QUESTION, Trial(cases, "binary"))

    assert (found.weight, found.reason) == ("stop", Reason.TOO_LITTLE_DATA)
    assert "50 cases" in found.sentence


def test_a_handful_of_the_rare_outcome_is_too_little(make_cases, rng):
    """Thousands of cases with ten of what is asked about are still too few."""
    target = np.zeros(3000)
    target[:10] = 1
    cases = make_cases(rng.normal(size=(3000, 3)), target)
    found = enough.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.reason is Reason.TOO_LITTLE_DATA
    assert "'yes'" in found.sentence


def test_does_the_data_exist(make_cases, rng):
    """Guide, feasibility: "Does the data exist?" Counts by class and period, and what more would bring."""
    features = rng.normal(size=(2000, 3))
    time = np.datetime64("2020-01-01", "us") + np.arange(2000).astype("timedelta64[D]")
    cases = make_cases(features, features[:, 0] + rng.normal(size=2000) > 0, time=time)
    found = enough.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.evidence["classes"].keys() == {"no", "yes"}
    assert found.evidence["periods"]["2020"] == 366
    assert [point["low"] <= point["value"] <= point["high"] for point in found.evidence["forecast"]] == [True] * 4


def test_a_known_curve_is_foretold():
    """A power law seen through noise is continued inside the 80 % range as often as that says, and narrowly."""
    sizes = np.tile([50.0, 100, 200, 400, 800], 3)
    truth, held, width = 1 - (0.1 + 3200**-0.5), 0, []
    for seed in range(100):
        noise = np.random.default_rng(seed).normal(size=15) * 0.02 * np.sqrt(50 / sizes)
        expected = enough.LearningCurve(sizes, 1 - (0.1 + sizes**-0.5) + noise, 0.0).forecast(3200.0, seed=seed)
        held += expected.low <= truth <= expected.high
        width.append(expected.high - expected.low)

    assert held >= 72
    assert np.mean(width) < 0.06


def test_without_columns_nothing_can_be_learnt(make_cases, rng):
    """A table of outcomes alone is too little, however long."""
    cases = make_cases(np.empty((300, 0)), rng.random(300) < 0.5, extra={"id": np.arange(300)})
    found = enough.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.reason is Reason.TOO_LITTLE_DATA
    assert "no column" in found.sentence


def test_of_a_rare_outcome_the_forecast_is_less_sure(make_cases, rng):
    """What there is to learn is told by the cases of the rarer class: with few of them learning may yet speed up."""
    features = rng.normal(size=(1500, 4))
    curves = [
        enough.curve(Trial(make_cases(features, features[:, 0] + rng.normal(size=1500) > over), "binary"))
        for over in (0, 1.8)
    ]
    even, rare = (each.even for each in curves)

    assert even > 0.9
    assert 0.1 < rare < 0.3
    same = enough.LearningCurve(curves[1].sizes, curves[1].values, curves[1].shift)
    size = 8 * same.sizes.max()
    assert curves[1].forecast(size).high > same.forecast(size).high
