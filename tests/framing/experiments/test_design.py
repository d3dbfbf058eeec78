"""The plan of a test, and how it is told."""

import json

import pytest

from fieldstone.framing.experiments.design import Setup, design
from fieldstone.framing.experiments.samples import Guardrail
from fieldstone.framing.experiments.wording import as_document, change, describe, often
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Test as Planned

RETENTION = Planned(metric="retention rate", baseline=0.8, effect=0.05, traffic_a_day=150)


def _told(plan):
    return "\n".join(describe(plan))


def test_the_fifth_critical_question_how_will_you_measure_success():
    """The guide: "reducing churn by 5 percentage points within 3 months, measured by A/B test against control"."""
    churn = Planned(metric="churn", baseline=0.2, effect=-0.05, traffic_a_day=100)
    plan = design(churn, Setup(days=60, outcome_days=30))

    assert plan.better == "lower"
    assert (plan.size.control, plan.size.treatment, plan.days, plan.weeks) == (906, 906, 19, 3)
    assert "falls from 20 % to 15 % (5 percentage points; -25 % of today's value)" in _told(plan)
    assert "906 keep the old way" in _told(plan)
    assert "decide 51 days after the start" in _told(plan)


def test_a_plan_answers_what_two_weeks_can_find():
    """The smallest change, and that it is enough."""
    plan = design(RETENTION, Setup(days=14))
    reach = next(reach for reach in plan.reaches if reach.days == 14)

    assert (reach.cases, reach.effect) == (2_100, pytest.approx(0.0466, abs=1e-4))
    assert "14 days bring 2,100 cases: enough for a change of 4.66 percentage points or more." in _told(plan)
    assert "not enough" not in _told(plan)


def test_two_weeks_of_an_average_find_what_their_cases_were_planned_for():
    """The mean's formula, solved for the effect."""
    test = Planned(metric="spend", baseline=40, deviation=20, effect=2, traffic_a_day=3_142 / 14)
    reach = next(reach for reach in design(test).reaches if reach.days == 14)

    assert reach.effect == pytest.approx(2, rel=1e-3)


def test_a_limit_that_is_too_short_is_called_so():
    """With the ways out."""
    assert "That is not enough for 5 percentage points: run longer" in _told(design(RETENTION, Setup(days=5)))


def test_a_limit_that_finds_nothing_at_all_is_called_so():
    """Instead of a change that no proportion has room for."""
    rare = Planned(metric="fraud", baseline=0.99, effect=0.005, traffic_a_day=3)

    assert "7 days bring 21 cases, too few to find any change." in _told(design(rare, Setup(days=7)))


@pytest.mark.parametrize(
    ("missing", "asked"),
    [("baseline", "value today"), ("effect", "smallest change"), ("traffic_a_day", "cases a day")],
)
def test_what_is_missing_comes_back_as_a_question(missing, asked):
    """One for each thing, in plain words, and no error."""
    known = {"metric": "retention rate", "baseline": 0.8, "effect": 0.05, "traffic_a_day": 150.0}
    del known[missing]
    plan = design(Planned(**known))

    assert [asked in question for question in plan.questions] == [True]
    assert f"Still open: {plan.questions[0]}" in describe(plan)
    assert (plan.size is None) == (missing != "traffic_a_day")


def test_nothing_known_is_three_questions():
    """For a conversation that begins."""
    assert len(design(Planned(metric="retention rate")).questions) == 3


def test_an_average_is_asked_for_its_spread():
    """A baseline beyond 1 is no proportion."""
    plan = design(Planned(metric="spend", baseline=40, effect=2, traffic_a_day=100))

    assert plan.kind == "mean"
    assert ["standard deviation" in question for question in plan.questions] == [True]


def test_an_average_can_be_planned_by_its_spread_alone():
    """Its value today is asked for, and not needed for the size."""
    plan = design(Planned(metric="spend", deviation=20, effect=-2))

    assert plan.size.total == pytest.approx(3_142, abs=2)
    assert "whether spend falls by 2," in _told(plan)
    assert "value today" in plan.questions[0]


def test_without_an_effect_a_plan_still_tells_what_could_be_found():
    """So that the question of the effect can be answered."""
    plan = design(Planned(metric="retention rate", baseline=0.8, traffic_a_day=150))

    assert [reach.days for reach in plan.reaches] == [7, 14, 28, 56]
    assert all(one.effect > other.effect for one, other in zip(plan.reaches, plan.reaches[1:], strict=False))


def test_what_is_known_from_before_saves_its_square():
    """A correlation of 0.6 saves 36 % of the cases."""
    spend = Planned(metric="spend", baseline=40, deviation=20, effect=1)
    plain, helped = design(spend), design(spend, Setup(correlation=0.6))

    assert helped.size.total / plain.size.total == pytest.approx(0.64, abs=0.001)
    assert "saves 36 % of the cases" in _told(helped)


def test_uneven_arms_need_more_cases():
    """A tenth in treatment: 2.6 times as many."""
    plan = design(RETENTION, Setup(share=0.1))

    assert plan.size.treatment == pytest.approx(plan.size.total * 0.1, abs=1)
    assert plan.size.total > 2.5 * design(RETENTION).size.total


def test_guardrails_have_sizes_of_their_own():
    """The largest decides how long the test runs; several are each held to more (Bonferroni)."""
    refunds = Guardrail("refunds", 0.01, baseline=0.03)
    latency = Guardrail("latency", 5.0, "lower", baseline=200, deviation=50)
    one, both = (design(RETENTION, Setup(guardrails=rails)) for rails in ((refunds,), (refunds, latency)))

    assert both.guardrails[0].total > one.guardrails[0].total == one.cases
    assert one.days == one.guardrails[0].days
    assert "Bonferroni" in _told(both)
    assert "Holm" in _told(both)
    assert "Bonferroni" not in _told(one)


def test_a_guardrail_without_a_baseline_is_a_question():
    """Not an error."""
    plan = design(RETENTION, Setup(guardrails=(Guardrail("refunds", 0.01),)))

    assert plan.guardrails == (None,)
    assert "Still open: What is refunds today?" in _told(plan)


def test_a_plan_warns_of_peeking_with_its_price():
    """13 daily looks."""
    assert "is fooled in 21 of 100 tests instead of 5 of 100 tests" in _told(design(RETENTION))


def test_a_plan_warns_of_a_test_that_runs_for_months():
    """Seasons turn."""
    assert "too long for most tests" in _told(
        design(Planned(metric="rate", baseline=0.05, effect=0.001, traffic_a_day=90))
    )


def test_a_tiny_test_is_called_rough():
    """The formula counts on ten of each."""
    assert "So small a test is rough" in _told(design(Planned(metric="rate", baseline=0.02, effect=0.4)))


def test_a_week_is_better_doubled():
    """Weeks differ."""
    assert "1 week; two are better" in _told(
        design(Planned(metric="rate", baseline=0.8, effect=0.05, traffic_a_day=900))
    )


@pytest.mark.parametrize(
    ("wrong", "setup", "told"),
    [
        ({"effect": 0.0}, {}, "smallest change that would be worth the work"),
        ({"effect": 5.0}, {}, "from 80 % to 85 % is 0.05"),
        ({"baseline": 0.0}, {}, "write 80 % as 0.8"),
        ({"baseline": 80.0}, {"kind": "proportion"}, "write 80 % as 0.8"),
        ({"power": 0.1}, {}, "power: 0.8"),
        ({"power": 80.0}, {}, "such as 0.8 for 80 %"),
        ({"significance": 0.0}, {}, "between 0 and 1"),
        ({}, {"share": 1.0}, "between 0 and 1"),
        ({}, {"correlation": 1.0}, "between -1 and 1"),
        ({}, {"guardrails": (Guardrail("refunds", 0.0, baseline=0.1),)}, "above 0"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(wrong, setup, told):
    """With what to write instead."""
    known = {"metric": "retention rate", "baseline": 0.8, "effect": 0.05} | wrong

    with pytest.raises(ProblemError, match=told):
        design(Planned(**known), Setup(**setup))


@pytest.mark.parametrize("test", [RETENTION, Planned(metric="retention rate")])
def test_a_plan_is_a_json_document(test):
    """Whole or with questions."""
    plan = design(test, Setup(guardrails=(Guardrail("refunds", 0.01, baseline=0.03), Guardrail("calls", 1.0))))
    document = json.loads(json.dumps(as_document(plan)))

    assert document["sentences"] == describe(plan)
    assert document["questions"] == list(plan.questions)
    assert (document["size"] is None) == (test is not RETENTION)


def test_words_for_figures():
    """Points are counted, and rare things too."""
    assert [change(0.01, "proportion"), change(-0.05, "proportion"), change(-1234.5, "mean")] == [
        "1 percentage point",
        "5 percentage points",
        "1,234",
    ]
    assert [often(0.05), often(0.005), often(1e-6)] == ["5 of 100 tests", "5 of 1,000 tests", "1 of 1,000,000 tests"]
