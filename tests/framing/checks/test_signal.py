"""Is there a pattern to learn."""

import numpy as np
import pytest

from fieldstone.framing.checks import signal
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial

QUESTION = Problem(question="Who will leave?")


def test_is_there_a_pattern_to_learn_yes(make_cases, rng):
    """Guide, feasibility: "Is there a pattern to learn?" A trend is found and nothing speaks against a model."""
    features = rng.normal(size=(800, 5))
    cases = make_cases(features, features[:, 0] + rng.normal(size=800) > 0)
    found = signal.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.weight == "fine"
    assert found.evidence["p_value"] < 0.05


def test_outcomes_by_chance_are_called_no_signal(make_cases, rng):
    """Outcomes that have nothing to do with the columns stop a project."""
    cases = make_cases(rng.normal(size=(400, 5)), rng.random(400) < 0.4)
    found = signal.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.weight == "stop"
    assert "no sign" in found.sentence


def test_entities_that_resemble_themselves_are_no_signal(make_cases, rng):
    """Repeated cases of one entity, alike in features and outcome, do not count as many."""
    features, target = rng.normal(size=(60, 4)).repeat(20, axis=0), (rng.random(60) < 0.5).repeat(20)
    cases = make_cases(features, target, ids=np.arange(60).repeat(20))

    assert signal.p_value(cases.columns, Trial(cases, "binary")) > 0.05


def test_empty_columns_are_no_obstacle(make_cases, rng):
    """A column that is empty throughout tells nothing and breaks nothing."""
    features = rng.normal(size=(300, 3))
    features[:, 1] = np.nan
    cases = make_cases(features, features[:, 0] > 0)

    assert signal.p_value(cases.columns, Trial(cases, "binary")) < 0.05


def series_of(make_cases, values):
    days = np.datetime64("2024-01-01", "us") + np.arange(len(values)).astype("timedelta64[D]")
    cases = make_cases(np.empty((len(values), 0)), values, time=days, periods=86_400.0, classes=())
    return cases, Trial(cases, "time series")


@pytest.mark.slow
def test_a_random_walk_is_foretold_by_its_last_value_at_best(make_cases):
    """Of twenty walks at most four are called foretellable beyond their level (five or more: under 1 in 100)."""
    walks = [np.cumsum(np.random.default_rng(seed).normal(size=200)) for seed in range(20)]
    called = [signal.p_value((), series_of(make_cases, walk)[1]) <= signal.SIGNIFICANCE for walk in walks]

    assert sum(called) <= 4


def test_a_walk_ends_in_advice_to_take_the_last_value(make_cases):
    """The naive forecast is the mark, and is what is advised."""
    cases, trial = series_of(make_cases, np.cumsum(np.random.default_rng(2).normal(size=300)))
    found = signal.check(cases, QUESTION, trial)

    assert found.weight == "stop"
    assert "last value" in found.advice


def test_a_season_is_seen(make_cases, rng):
    """A week's pattern on top of a random walk is more than its last value tells."""
    values = np.cumsum(rng.normal(size=300)) + 2 * np.sin(2 * np.pi * np.arange(300) / 7)
    cases, trial = series_of(make_cases, values)

    assert signal.check(cases, QUESTION, trial).weight != "stop"


def test_many_classes_are_told_apart_all_the_same(make_cases, rng):
    """Of twenty classes that follow one column the pattern is seen, and of twenty at random none."""
    features = rng.normal(size=(1200, 3))
    ranks = np.argsort(np.argsort(features[:, 0])) // 60
    names = [str(code) for code in range(20)]
    told = make_cases(features, ranks, classes=names)
    untold = make_cases(features, rng.permutation(ranks), classes=names)

    assert signal.p_value(told.columns, Trial(told, "multiclass")) <= 0.05
    assert signal.p_value(untold.columns, Trial(untold, "multiclass")) > 0.05
