"""Drift, noise, missingness, privacy, readability and tolerance."""

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.checks import drift, missing, noise, privacy, readable, tolerance
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Constraints, Costs, Problem
from fieldstone.framing.trials.trial import Trial

QUESTION = Problem(question="q")


def months(count):
    return np.datetime64("2024-01-01", "us") + np.arange(count).astype("timedelta64[h]")


def turning(make_cases, rng, *, turns):
    features = rng.normal(size=(1800, 4))
    angle = np.linspace(0, turns * 2 * np.pi, 1800)
    return make_cases(features, np.cos(angle) * features[:, 0] + np.sin(angle) * features[:, 1] > 0, time=months(1800))


def test_the_problem_changes_too_fast_as_stated(make_cases, rng):
    """Guide, when not to use ML: "The problem changes too fast": business rules change weekly."""
    cases = make_cases(rng.normal(size=(200, 2)), rng.random(200) < 0.5)
    problem = Problem(question="q", constraints=Constraints(rules_change="weekly"))

    assert drift.check(cases, problem, Trial(cases, "binary")).reason is Reason.CHANGES_TOO_FAST


def test_the_problem_changes_too_fast_as_measured(make_cases, rng):
    """A model that is no use three periods later is called outdated."""
    cases = turning(make_cases, rng, turns=1)

    assert drift.check(cases, QUESTION, Trial(cases, "binary")).reason is Reason.CHANGES_TOO_FAST


def test_steady_rules_are_fine(make_cases, rng):
    """Nothing is said against rules that stay."""
    cases = turning(make_cases, rng, turns=0)

    assert drift.check(cases, QUESTION, Trial(cases, "binary")).weight == "fine"


def test_a_change_of_rules_is_dated(make_cases, rng):
    """Where other rules hold since a day, that day is named, and training on cases since then is advised."""
    features = rng.normal(size=(1800, 4))
    target = np.where(np.arange(1800) < 1200, features[:, 0], -features[:, 0]) > 0
    cases = make_cases(features, target, time=months(1800))
    found = drift.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.weight == "caution"
    assert found.evidence["changed"] == "2024-02-20"
    assert "since about 2024-02-20 other rules hold" in found.sentence


def test_a_share_that_moves_is_noticed(make_cases, rng):
    """More of the outcome late than early is said, even where no column moves."""
    target = rng.random(1000) < np.linspace(0.2, 0.7, 1000)
    cases = make_cases(rng.normal(size=(1000, 3)), target, time=months(1000))

    assert "average outcome" in drift.check(cases, QUESTION, Trial(cases, "binary")).sentence


def test_many_levels_do_not_move_by_chance(make_cases, rng):
    """A category of hundreds of levels, few cases each, is not said to have moved where it only scatters."""
    features = np.column_stack([rng.integers(0, 200, 400), rng.normal(size=400)])
    levels = {"x0": tuple(map(str, range(200)))}
    cases = make_cases(features, features[:, 1] > 0, kinds={"x0": "category"}, levels=levels, time=months(400))

    assert not drift.check(cases, QUESTION, Trial(cases, "binary")).evidence["moved"]


def test_a_column_that_moves_is_named(make_cases, rng):
    """A column whose values wander over time is to be watched."""
    features = rng.normal(size=(1000, 3))
    features[:, 2] += np.linspace(0, 4, 1000)
    cases = make_cases(features, features[:, 0] > 0, time=months(1000))
    found = drift.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.weight == "caution"
    assert list(found.evidence["moved"]) == ["x2"]


def test_wrong_labels_are_noticed(make_cases, rng):
    """One outcome in ten turned round is noticed, and most rows shown are among them."""
    features = rng.normal(size=(1500, 4))
    wrong = rng.random(1500) < 0.1
    cases = make_cases(features, (features[:, 0] > 0) ^ wrong)
    found = noise.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.weight == "caution"
    assert found.evidence["doubtful"] == pytest.approx(0.1, abs=0.03)
    assert wrong[found.evidence["doubtful_rows"]].mean() > 0.8


def test_classes_that_overlap_are_not_called_wrong(make_cases, rng):
    """Outcomes that are uncertain by nature are no mistakes: where they are clear, they are as foretold."""
    features = rng.normal(size=(1500, 4))
    chance = 1 / (1 + np.exp(-4 * features[:, 0]))
    cases = make_cases(features, rng.random(1500) < chance)
    found = noise.check(cases, QUESTION, Trial(cases, "binary"))

    assert found.weight == "fine"
    assert found.evidence["doubtful"] < 0.03


def test_twins_that_ended_differently_are_counted(make_cases, rng):
    """Cases alike in every column with different outcomes contradict each other."""
    features = np.repeat(rng.normal(size=(100, 3)), 2, axis=0)
    cases = make_cases(features, np.tile([0.0, 1.0], 100))

    assert noise.contradictions(Trial(cases, "binary")) == pytest.approx(0.5)


def test_what_is_mostly_missing_is_named(make_cases, rng):
    """A column with more gaps than values is named with its share."""
    features = rng.normal(size=(200, 3))
    features[:150, 1] = np.nan
    cases = make_cases(features, features[:, 0] > 0)

    assert "x1 (75%)" in missing.check(cases, QUESTION, Trial(cases, "binary")).sentence


PERSONAL = {
    "contact": (["ann@example.org", "bo@example.com"], "email address"),
    "reach": (["+1 415 555 0100", "(415) 555-0101"], "phone number"),
    "paid_with": (["4111 1111 1111 1111", "5500005555555559"], "card number"),
    "origin": (["192.0.2.7", "2001:db8::1"], "IP address"),
    "reference": (["078-05-1120", "219-09-9999"], "national id"),
    "first_name": (["Ann", "Bo"], "name"),
    "who": (["Maria Silva", "Chen, Wei", "Peter"], "name"),
    "paid_from": (["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"], "bank account"),
    "holder": (["12345678Z", "00000000T"], "national id"),
}


@pytest.mark.parametrize("column", PERSONAL)
def test_data_privacy(column):
    """Guide, critical question 4, constraints: "Data privacy: PII restrictions?" Each kind is recognised."""
    values, kind = PERSONAL[column]

    assert privacy.personal(column, pa.chunked_array([values])) == kind


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("amount", ["12.50", "13"]),
        ("order", ["1234567812345678"]),
        ("plan", ["basic"]),
        ("when", ["2024-01-05"]),
        ("part", ["DE89370400440532013001"]),
        ("version", ["1.2.3.4", "10.0.12.1"]),
        ("lot", ["12345678A"]),
    ],
)
def test_ordinary_columns_are_not_personal(name, values):
    """Amounts, numbers without a valid check digit, plans, dates and versions tell of nobody."""
    assert not privacy.personal(name, pa.chunked_array([values]))


def interwoven(make_cases, rng):
    features = rng.uniform(-1, 1, size=(4000, 3))
    return make_cases(features, np.sin(4 * features[:, 0]) * np.sin(4 * features[:, 1]) > 0)


def test_you_need_perfect_interpretability(make_cases, rng):
    """Guide, when not to use ML: "You need perfect interpretability": a readable model falls short."""
    cases = interwoven(make_cases, rng)
    full = Problem(question="q", constraints=Constraints(interpretability="full"))

    assert readable.check(cases, full, Trial(cases, "binary")).reason is Reason.MUST_BE_READ
    assert readable.check(cases, QUESTION, Trial(cases, "binary")).reason is None


def test_a_readable_model_that_loses_nothing_is_recommended(make_cases, rng):
    """Where weights do as well, they are preferred, even if everything must be readable."""
    features = rng.normal(size=(1500, 4))
    cases = make_cases(features, features.sum(axis=1) + rng.normal(size=1500) > 0)
    full = Problem(question="q", constraints=Constraints(interpretability="full"))

    assert readable.check(cases, full, Trial(cases, "binary")).weight == "fine"


def test_you_cant_tolerate_mistakes(make_cases, rng):
    """Guide, when not to use ML: "You can't tolerate mistakes": nuclear power plant safety systems."""
    features = rng.normal(size=(300, 2))
    cases = make_cases(features, features[:, 0] > 0)
    never = Problem(question="q", constraints=Constraints(mistakes="never"))

    assert tolerance.check(cases, never, Trial(cases, "binary")).reason is Reason.NO_MISTAKES


def test_whats_the_cost_of_being_wrong(make_cases, rng):
    """Guide, critical question 3: "What's the cost of being wrong?" Ruinous false alarms forbid a weak model."""
    features = rng.normal(size=(800, 3))
    cases = make_cases(features, features[:, 0] + 2 * rng.normal(size=800) > 0)
    ruinous = Problem(question="q", costs=Costs(true_positive=1, false_positive=-5000))
    cheap = Problem(question="q", costs=Costs(true_positive=450, false_positive=-50))

    assert tolerance.check(cases, ruinous, Trial(cases, "binary")).reason is Reason.NO_MISTAKES
    assert tolerance.check(cases, cheap, Trial(cases, "binary")).weight == "fine"
