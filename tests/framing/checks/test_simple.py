"""Does something simple already do the job."""

import duckdb
import numpy as np
import pytest

from fieldstone.framing.checks import simple
from fieldstone.framing.findings import Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Costs, Problem
from fieldstone.framing.trials.trial import Trial

QUESTION = Problem(question="When should an alert be sent?")


def hot(make_cases, rng):
    features = np.column_stack([rng.uniform(60, 120, 600), rng.normal(size=600)])
    return make_cases(features, features[:, 0] > 100, names=["temperature", "humidity"])


def test_simple_rules_work_fine(make_cases, rng):
    """Guide, when not to use ML: "Simple rules work fine": if temperature > 100, send an alert."""
    cases = hot(make_cases, rng)
    problem = Problem(question="q", baseline=Baseline(rule="temperature > 100"))
    found = simple.check(cases, problem, Trial(cases, "binary"))

    assert (found.weight, found.reason) == ("stop", Reason.RULE_WORKS)
    assert found.evidence["rule"]["sql"] == "temperature > 100"


def test_a_rule_nobody_knew_is_written_out_ready_to_run(make_cases, rng):
    """The rule found answers alike as SQL and as Python, and is right."""
    cases = hot(make_cases, rng)
    rule = simple.check(cases, QUESTION, Trial(cases, "binary")).evidence["rule"]
    observed, space = cases.table, {}
    exec(rule["python"], space)

    by_sql = [row[0] for row in duckdb.sql(f"SELECT {rule['sql']} FROM observed").fetchall()]
    assert by_sql == [bool(space["answer"](row)) for row in observed.to_pylist()]
    assert np.mean(np.array(by_sql) == cases.target) > 0.99


def test_the_problem_is_too_simple(make_cases, rng):
    """Guide, when not to use ML: "The problem is too simple": adding two numbers."""
    features = rng.normal(size=(500, 3)) * 10
    cases = make_cases(features, features[:, 0] + features[:, 1], classes=())
    found = simple.check(cases, QUESTION, Trial(cases, "value"))

    assert (found.weight, found.reason) == ("stop", Reason.TOO_SIMPLE)
    assert "x2" not in found.evidence["rule"]["sql"]


def test_last_weeks_value_does_for_a_weekly_series(make_cases, rng):
    """A seasonal naive forecast that does the job is named, with its season."""
    day = np.arange(700)
    values = 10 * np.sin(2 * np.pi * day / 7) + 0.2 * rng.normal(size=700)
    time = np.datetime64("2024-01-01", "us") + day.astype("timedelta64[D]")
    cases = make_cases(day[:, None], values, time=time, periods=86_400.0, classes=())
    found = simple.check(cases, QUESTION, Trial(cases, "time series"))

    assert found.reason is Reason.TOO_SIMPLE
    assert "7 periods before" in found.evidence["rule"]["words"]
    assert found.evidence["rule"]["query"].startswith("SELECT *, lag(")


def test_whats_the_baseline(make_cases, rng):
    """Guide, critical question 2: "What's the baseline?" A model that beats today's rule in money is worth it."""
    features = rng.normal(size=(2000, 5))
    cases = make_cases(features, features.sum(axis=1) + rng.normal(size=2000) > 0)
    costs = Costs(true_positive=450, false_positive=-450, false_negative=-500)
    problem = Problem(question="q", baseline=Baseline(rule="x0 > 0"), costs=costs)
    found = simple.check(cases, problem, Trial(cases, "binary"))
    today = found.evidence["candidates"][0]

    assert found.weight == "fine"
    assert (today["name"], today["by"], today["does_the_job"]) == ("today's rule", "money a case", "no")
    assert today["strong"] > today["simple"]


def test_categories_are_split_by_name(make_cases, rng):
    """A rule over a category names its levels, whatever the order of their codes."""
    codes = rng.integers(0, 4, 800).astype(float)
    levels = {"plan": ("a", "b", "c", "d")}
    cases = make_cases(
        np.column_stack([codes, rng.normal(size=800)]),
        np.isin(codes, [0, 2]),
        names=["plan", "noise"],
        kinds={"plan": "category"},
        levels=levels,
    )
    rule = simple.check(cases, QUESTION, Trial(cases, "binary")).evidence["rule"]["sql"]

    assert rule in {"plan IN ('a', 'c')", "plan NOT IN ('b', 'd')"}


RULES = {
    "and": lambda x: (x[:, 0] > 0.3) & (x[:, 1] < 0.5),
    "or": lambda x: (x[:, 0] > 1) | (x[:, 1] < -1),
    "range": lambda x: (x[:, 0] > -0.4) & (x[:, 0] < 0.9),
    "three": lambda x: (x[:, 0] > -0.5) & (x[:, 1] < 0.6) & (x[:, 2] > -0.4),
    "difference": lambda x: x[:, 0] - x[:, 1] > 0.5,
}


@pytest.mark.parametrize("made_by", RULES)
def test_a_rule_behind_the_outcomes_is_the_answer(make_cases, rng, made_by):
    """Conditions joined by and, or, a range, three columns, two columns compared; one outcome in twenty is wrong."""
    features = rng.normal(size=(1500, 6))
    cases = make_cases(features, RULES[made_by](features) ^ (rng.random(1500) < 0.05))
    found = simple.check(cases, QUESTION, Trial(cases, "binary"))
    with duckdb.connect() as engine:
        engine.register("cases", cases.table)
        by_sql = engine.sql(found.evidence["rule"]["query"]).fetchnumpy()["answer"]

    assert (found.weight, found.reason) == ("stop", Reason.RULE_WORKS)
    assert np.mean(by_sql == RULES[made_by](features)) > 0.98


def test_a_plain_model_counts_too(make_cases, rng):
    """Where weights beat both a rule and the strong model, for few cases add up, no rule is the answer."""
    features = rng.normal(size=(400, 8))
    cases = make_cases(features, features.sum(axis=1) + rng.normal(size=400) > 0)

    assert simple.check(cases, QUESTION, Trial(cases, "binary")).weight == "fine"


def test_what_is_compared_is_said_in_words(make_cases, rng):
    """A finding speaks of cases answered rightly, not of areas under curves."""
    sentence = simple.check(hot(make_cases, rng), QUESTION, Trial(hot(make_cases, rng), "binary")).sentence

    assert "of 100 cases are answered rightly" in sentence
    assert "AUC" not in sentence


def test_guessing_needs_no_rule(make_cases, rng):
    """Where a model only guesses, that a rule guesses as well is not held against the model."""
    cases = make_cases(rng.normal(size=(400, 4)), rng.random(400) < 0.5)

    assert simple.check(cases, QUESTION, Trial(cases, "binary")).weight != "stop"


@pytest.mark.parametrize("rule", ["tempratur > 100", "temperature >", "if hot"])
def test_a_rule_that_cannot_be_read_says_what_to_type(make_cases, rng, rule):
    """A wrong rule names its place in the file and the columns there are."""
    cases = hot(make_cases, rng)
    problem = Problem(question="q", baseline=Baseline(rule=rule))

    with pytest.raises(ProblemError, match=r"(?s)baseline\.rule.*temperature"):
        simple.check(cases, problem, Trial(cases, "binary"))


def test_a_rule_cannot_read_files(make_cases, rng, tmp_path):
    """A rule sees the cases and nothing else."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    cases = hot(make_cases, rng)
    problem = Problem(question="q", baseline=Baseline(rule=f"(SELECT count(*) FROM '{tmp_path}/secret.csv') > 0"))

    with pytest.raises(ProblemError):
        simple.check(cases, problem, Trial(cases, "binary"))
