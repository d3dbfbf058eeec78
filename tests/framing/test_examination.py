"""The whole examination, and the benchmark's promises in short form."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.examination import ORDER, examine
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide

QUESTION = Problem(question="q")


@pytest.fixture(scope="module")
def promises():
    path = Path(__file__).parents[2] / "benchmarks" / "framing_checks.py"
    spec = importlib.util.spec_from_file_location("framing_checks", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["framing_checks"] = module
    spec.loader.exec_module(module)
    return module


def drawn(family, seed, **options):
    return family(np.random.default_rng(seed), **options)


def test_every_check_speaks_once_and_in_order(promises):
    """A problem with a target gets all ten findings; progress is told before each."""
    cases, kind = drawn(promises.smooth, 1)
    told = []
    findings = examine(
        cases, QUESTION, Trial(cases, kind), progress=lambda name, done, total: told.append((name, done, total))
    )

    assert [finding.check for finding in findings] == list(ORDER)
    assert told == [(name, place, len(ORDER)) for place, name in enumerate(ORDER)]
    assert decide(findings, QUESTION).use_ml is True


def test_fifty_rows_end_in_a_no(promises):
    """Guide, when not to use ML: fifty labelled examples end in a no for too little data."""
    features = np.random.default_rng(0).normal(size=(50, 3))
    cases = promises.cases_of(features, features[:, 0] > 0)

    assert decide(examine(cases, QUESTION, Trial(cases, "binary")), QUESTION).use_ml is False


@pytest.mark.parametrize("kind", ["segments", "anomalies"])
def test_kinds_without_a_target_are_examined_too(kind):
    """Where nothing is to be foretold, only what applies is looked at."""
    matrix = np.random.default_rng(0).normal(size=(300, 2)).astype("f4")
    columns = (Column("a", "number", 0.0, 300), Column("b", "number", 0.0, 300))
    cases = Cases(pa.table({"a": matrix[:, 0], "b": matrix[:, 1]}), columns, matrix)

    assert {finding.check for finding in examine(cases, QUESTION, Trial(cases, kind))} == {
        "enough",
        "missing",
        "privacy",
        "drift",
        "tolerance",
    }


@pytest.mark.slow
def test_no_signal_is_called_so_at_the_nominal_rate(promises):
    """Of 40 samples without signal, at most six are called signal (six or more: under 2 in 100 at the nominal rate)."""
    held = [promises.says_no_signal(drawn(promises.silent_binary, seed), seed) for seed in range(40)]

    assert sum(held) >= 34


@pytest.mark.parametrize("how", ["copy", "amount", "nearly", "empty"])
def test_planted_leaks_are_found(promises, how):
    """The answer, hidden in one column in four ways, is found there and nowhere else."""
    assert all(promises.finds_leak(drawn(promises.leaky, seed, how=how), seed) for seed in range(3))


@pytest.mark.slow
def test_rule_made_outcomes_are_answered_with_the_rule(promises):
    """Outcomes made by a rule are answered with that rule, and others are not."""
    assert sum(promises.answers_with_rule(drawn(promises.ruled, seed), seed) for seed in range(4)) >= 3
    assert promises.needs_model(drawn(promises.smooth, 1), 1)


@pytest.mark.slow
def test_learning_curve_forecasts_hold(promises):
    """Forecasts for twice the cases lie in their 80 % range about as often as they say."""
    holds = promises.forecast_holds(promises.curve_value, 2)

    assert sum(holds(np.random.default_rng(seed), seed) for seed in range(5)) >= 3
