"""Do the cases know their outcome from after the decision."""

import numpy as np
import pytest

from fieldstone.framing.checks import leakage
from fieldstone.framing.problem import Baseline, Problem
from fieldstone.framing.trials.trial import Trial

QUESTION = Problem(question="q")


@pytest.fixture
def ordinary(rng):
    features = rng.normal(size=(800, 4))
    return features, (features[:, 0] + features[:, 1] + rng.normal(size=800) > 0).astype(float)


def found_in(cases, problem=QUESTION):
    return leakage.check(cases, problem, Trial(cases, "binary"))


def test_ordinary_columns_are_above_suspicion(make_cases, ordinary):
    """Columns that tell something are not called leaks."""
    assert found_in(make_cases(*ordinary)).weight == "fine"


def test_a_column_that_knows_the_answer_is_named(make_cases, ordinary):
    """A copy of the outcome stops everything until it is explained."""
    features, target = ordinary
    found = found_in(make_cases(np.column_stack([features, target * 3 + 1]), target))

    assert found.weight == "stop"
    assert [one["name"] for one in found.evidence["columns"]] == ["x4"]


def test_emptiness_that_tells_is_named(make_cases, ordinary, rng):
    """A value filled in only for one outcome tells it, whatever the value."""
    features, target = ordinary
    when = np.where(target > 0, rng.normal(size=800), np.nan)
    found = found_in(make_cases(np.column_stack([features, when]), target))

    assert found.weight == "stop"
    assert "being empty" in found.sentence


def test_a_time_after_the_decision_is_named(make_cases, ordinary):
    """A time that lies after the case's own cannot have been known."""
    features, target = ordinary
    time = np.datetime64("2024-01-01", "us") + np.arange(800).astype("timedelta64[h]")
    closed = time.astype("int64") / 1e6 + 86_400
    cases = make_cases(
        np.column_stack([features, closed]), target, names=["a", "b", "c", "d", "e"], kinds={"e": "time"}, time=time
    )

    assert "after the case's time" in found_in(cases).sentence


def test_what_todays_rule_uses_is_known_in_time(make_cases, rng):
    """A column that the rule of today decides by is known when it decides."""
    features = rng.normal(size=(800, 3))
    cases = make_cases(features, features[:, 0] > 1)
    used = Problem(question="q", baseline=Baseline(rule="x0 > 1"))

    assert found_in(cases).weight == "stop"
    assert found_in(cases, used).weight == "caution"


def test_a_column_named_like_a_result_is_doubted(make_cases, ordinary, rng):
    """A telling column called a refund is asked about."""
    features, target = ordinary
    names = ["a", "b", "c", "refund_amount"]
    features[:, 3] = target + rng.normal(size=800)
    found = found_in(make_cases(features, target, names=names))

    assert found.weight == "caution"
    assert "refund_amount" in found.sentence


def test_duplicates_and_sorted_rows_are_noticed(make_cases, ordinary):
    """The same case twice, and rows sorted by outcome, are reported."""
    features, target = (np.repeat(part, 2, axis=0) for part in ordinary)
    order = np.argsort(target, kind="stable")
    found = found_in(make_cases(features[order], target[order]))

    assert found.evidence["duplicates"] == pytest.approx(0.5)
    assert "sorted by outcome" in found.sentence
