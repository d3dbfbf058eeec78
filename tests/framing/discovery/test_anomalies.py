"""Anomalies."""

import numpy as np
import pytest

from fieldstone.framing.discovery.discover import discover
from fieldstone.framing.discovery.oddities.tails import tail
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Baseline, Constraints, Problem, Target
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide


@pytest.fixture(scope="module")
def readings():
    """Speed and vibration go together; in the first 20 of 2,000 readings they do not."""
    rng = np.random.default_rng(4)
    speed = rng.uniform(900, 3000, 2000)
    vibration = 0.5 + 0.0012 * speed + rng.normal(0, 0.1, 2000)
    vibration[:20] = 4.6 - vibration[:20]
    vibration[:20] += np.where(np.abs(vibration[:20] - 2.3) < 0.7, 1.5, 0)
    return np.column_stack([speed, vibration])


def looked(cases, problem):
    found = discover(Trial(cases, "anomalies"), problem)
    return {one.check: one for one in found.findings}, decide(found.findings, problem), found.discovery


def problem(**more):
    return Problem(question="q", target=Target(kind="anomalies"), **more)


def test_ordinary_tails_hold_what_they_say(rng):
    """A tail read off the middle gives an ordinary sample's far values no less than their share, about."""
    far = tail(rng.normal(size=4000))
    fresh = np.sort(rng.normal(size=400_000))[::-1]

    assert far.beyond(fresh[[400]])[0] > 0.0005
    assert tail(rng.standard_t(3, 4000)).beyond(np.array([12.0]))[0] > 1e-4


def test_unusual_cases_come_with_why(make_cases, readings):
    """The list names the row, the columns, and what the others let expect."""
    _, verdict, discovery = looked(make_cases(readings, names=["speed", "vibration"]), problem())

    assert verdict.use_ml is True
    rows = [int(one.name.removeprefix("row ").replace(",", "")) for one in discovery.oddities]
    assert np.mean(np.array(rows) <= 20) > 0.8
    assert "let expect" in discovery.oddities[0].why[0]
    assert discovery.oddities[0].surely


def test_capacity_says_how_many_are_listed(make_cases, readings):
    """Of 2,000 readings 5 per thousand are 10."""
    cases = make_cases(readings, names=["speed", "vibration"])

    assert len(looked(cases, problem(constraints=Constraints(capacity=5)))[2].oddities) == 10


def test_todays_rule_is_kept_where_it_flags_the_same(make_cases, rng):
    """An alarm that finds what stands out is the answer."""
    values = rng.normal(70, 2, (1500, 2))
    values[:15, 0] = rng.uniform(110, 130, 15)
    today = problem(baseline=Baseline(rule="temperature > 100"))
    findings, verdict, _ = looked(make_cases(values, names=["temperature", "load"]), today)

    assert verdict.reasons == (Reason.RULE_WORKS,)
    assert findings["simple"].evidence["rule"]["sql"] == "temperature > 100"


@pytest.mark.parametrize(("marked", "found"), [(slice(0, 20), True), (slice(500, 520), False)])
def test_marked_cases_confirm_or_refute_the_line(make_cases, readings, marked, found):
    """Where some cases are marked as bad, precision at capacity is measured against them and decides."""
    bad = np.zeros(2000)
    bad[marked] = 1
    cases = make_cases(readings, bad, names=["speed", "vibration"])
    findings, verdict, discovery = looked(cases, problem())

    assert verdict.use_ml is found
    assert (findings["marks"].evidence["precision"][0] > 0.7) is found
    assert discovery.alternatives[-1].value.value == pytest.approx(0.01)
