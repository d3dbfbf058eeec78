"""The simple answers, written out: each answers real cases in SQL and in Python as the fitted rule does."""

from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.checks.contests import today
from fieldstone.framing.checks.queries import query
from fieldstone.framing.data.loading import connected
from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.frame import read_cases
from fieldstone.framing.problem import Baseline, Data, Problem, Target
from fieldstone.framing.trials import pairs, series
from fieldstone.framing.trials.candidates import candidates, telling
from fieldstone.framing.trials.trees import grow
from fieldstone.framing.trials.trial import Trial

EXAMPLES = Path(__file__).parents[3] / "examples" / "framing"
REAL = {
    "churn_table": "binary",
    "loan_default": "binary",
    "churn_log": "binary",
    "rule_suffices": "binary",
    "satisfaction": "ordinal",
    "topics": "multilabel",
    "house_price": "value",
    "demand_count": "count",
    "remaining_life": "remaining life",
}
LEAVES = {"one cut": 2, "two splits": 3, "three splits": 4, "a table of four lines": 4, "one feature": 8}


def both_languages(rule, cases):
    """A rule's answers in SQL and in Python; a rule over a whole table in Python is given the table."""
    space = {}
    exec(rule.python, space)
    with connected() as engine:
        engine.register("cases", cases.table)
        found = [row[0] for row in engine.sql(f"SELECT {rule.sql} FROM cases").fetchall()]
    by_sql = [float(answer) if isinstance(answer, Decimal) else answer for answer in found]
    if "answer(cases)" in rule.python:
        return by_sql, space["answer"](cases.table).tolist()
    return by_sql, [space["answer"](row) for row in cases.table.to_pylist()]


def fitted(candidate, trial):
    """What the tree behind a candidate answers for all cases, spelled as the rule does."""
    only = int(telling(trial)[0]) if candidate.name == "one feature" else None
    growing = grow(trial.cases.columns, trial.kind, trial.classes, leaves=LEAVES[candidate.name], only=only)
    told = growing.fit(trial.features, trial.target).predict(trial.cases.features)
    if candidate.decides:
        return (told > trial.target.mean()).tolist()
    names = trial.cases.classes
    if trial.kind == "multilabel":
        return [", ".join(names[label] for label in np.flatnonzero(row >= 0.5)) or "none" for row in told]
    return [names[code] for code in told.argmax(axis=1)] if told.ndim > 1 else pytest.approx(told, abs=5.1e-4, rel=1e-5)


@pytest.mark.parametrize("example", REAL)
def test_every_rule_answers_real_cases_alike_in_sql_and_python(example):
    """Conditions, tables, one feature and one answer for all: over the examples' own data, in both languages."""
    problem = read_problem(EXAMPLES / example / "problem.yaml")
    trial = Trial(read_cases(problem, EXAMPLES / example), REAL[example], limit=1500)
    tried = set()
    for candidate in candidates(trial, problem):
        by_sql, by_python = both_languages(candidate.rule, trial.cases)
        assert by_sql == (pytest.approx(by_python) if candidate.name == "a formula" else by_python), candidate.rule.sql
        if candidate.name in LEAVES:
            assert by_sql == fitted(candidate, trial)
        tried.add(candidate.name)

    assert {"always the same answer", "one cut", "two splits", "three splits", "one feature"} <= tried


def test_a_formula_answers_as_fitted(make_cases, rng):
    """The sum of weighted columns is the same number in both languages; empty counts as nothing, yes as one."""
    features = np.column_stack([rng.normal(size=300) * 10, rng.integers(0, 2, 300), rng.normal(size=300)])
    features[::7, 0] = np.nan
    target = 3 * np.nan_to_num(features[:, 0]) + 20 * features[:, 1] + 7
    cases = make_cases(features, target, kinds={"x1": "boolean"}, classes=())
    formula = candidates(Trial(cases, "value"), Problem(question="q"))[-1]
    by_sql, by_python = both_languages(formula.rule, cases)

    assert formula.name == "a formula"
    assert by_sql == pytest.approx(by_python)
    assert by_sql == pytest.approx(target, rel=1e-4, abs=1e-3)


PUT_TOGETHER = {
    "-": lambda one, other: one - other > 0.5,
    "+": lambda one, other: one + other > 0.5,
    "/": lambda one, other: one / other > 1.5,
}


@pytest.mark.parametrize("operation", PUT_TOGETHER)
def test_two_columns_put_together_answer_as_fitted(make_cases, rng, operation):
    """A difference, sum and ratio, with gaps and a zero."""
    features = rng.normal(size=(900, 3)) if operation != "/" else rng.lognormal(3, 1, size=(900, 3))
    with np.errstate(all="ignore"):
        target = PUT_TOGETHER[operation](features[:, 0], features[:, 1])
    features[5, 1], features[7, 0] = 0, np.nan
    cases = make_cases(features, target)
    trial = Trial(cases, "binary")
    found = next(each for each in candidates(trial, Problem(question="q")) if each.name == "two columns put together")
    cut = pairs.best(cases.features, cases.target, cases.columns, [0, 1, 2])
    by_sql, by_python = both_languages(found.rule, cases)

    assert by_sql == by_python == cut.answers(cases.features, cases.columns).tolist()
    assert np.mean(np.array(by_sql) == target) > 0.99


def test_the_days_between_two_times_answer_as_fitted(make_cases, rng):
    """Time since: over 60 days between two columns of dates."""
    now = np.datetime64("2026-01-01", "us") + rng.integers(0, 365, 800).astype("timedelta64[D]")
    last = now - rng.integers(0, 200, 800).astype("timedelta64[D]")
    seconds = [column.astype("int64") / 1e6 for column in (now, last)]
    target = (now - last) / np.timedelta64(1, "D") > 60
    times = {"asked": pa.array(now), "last_seen": pa.array(last)}
    kinds = dict.fromkeys(times, "time")
    cases = make_cases(np.column_stack(seconds), target, names=list(times), kinds=kinds, extra=times)
    found = next(each for each in candidates(Trial(cases, "binary"), Problem(question="q")) if "together" in each.name)
    by_sql, by_python = both_languages(found.rule, cases)

    assert "days from last_seen to asked" in found.rule.words
    assert by_sql == by_python == target.tolist()


def test_todays_rule_answers_alike_in_both_languages(make_cases, rng):
    """The rule of the problem file is handed back so that both languages answer as it was examined."""
    features = rng.normal(size=(300, 2))
    features[::9, 0] = np.nan
    cases = make_cases(features, np.nan_to_num(features[:, 0]) > 0)
    contest = today(cases, Problem(question="q", baseline=Baseline(rule="x0 > 0 OR x1 > 2")), Trial(cases, "binary"))[0]
    by_sql, by_python = both_languages(contest.rule, cases)

    assert [bool(answer) for answer in by_sql] == by_python


@pytest.mark.parametrize("ahead", [1, 7, 30])
def test_the_last_seasons_value_is_what_was_forecast(make_cases, rng, ahead):
    """In SQL over the named columns and in Python from the known values, however far ahead and whatever order."""
    day = np.arange(420)
    values = np.round(10 * np.sin(2 * np.pi * day / 7) + rng.normal(size=420), 3)
    when = (np.datetime64("2024-01-01") + day).astype("datetime64[us]")
    shown = [f"{date:%d.%m.%Y}" for date in when.tolist()]
    cases = make_cases(
        day[:, None], values, time=when, periods=86_400.0, classes=(), extra={"On Day": shown, "sold": values}
    )
    problem = Problem(question="q", data=Data(path="-", time="On Day"), target=Target(column="sold"))
    trial = Trial(cases, "time series", ahead_by=ahead)
    rule = next(each.rule for each in candidates(trial, problem) if each.name == "last season's value")
    expected, space, shuffled = series.repeated(values, 7, ahead), {}, rng.permutation(420)
    exec(rule.python, space)
    with connected() as engine:
        engine.register("cases", cases.table.take(pa.array(shuffled)))
        by_sql = dict(engine.sql(f'SELECT "On Day", {rule.sql} FROM cases').fetchall())

    assert [by_sql[date] for date in shown[60:]] == expected[60:].tolist()
    assert [space["answer"](values[: place - ahead + 1]) for place in day[60:]] == expected[60:].tolist()


@pytest.mark.parametrize(("example", "kind"), [("electricity", "time series"), ("rule_suffices", "binary")])
def test_a_query_runs_as_it_is_over_the_file(example, kind, monkeypatch):
    """In the folder of the problem file, the query answers every case that the file holds."""
    problem = read_problem(EXAMPLES / example / "problem.yaml")
    cases = read_cases(problem, EXAMPLES / example)
    monkeypatch.chdir(EXAMPLES / example)
    trial = Trial(cases, kind, limit=2000)
    for candidate in candidates(trial, problem):
        answers = duckdb.sql(query(candidate.rule, problem)).to_arrow_table()["answer"]

        assert len(answers) == len(cases)
