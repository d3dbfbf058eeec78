"""Is there a pattern to learn."""

import numpy as np

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
