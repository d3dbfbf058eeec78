"""What learning and answering cost, held against the budget."""

import pytest

from fieldstone.framing.problem import Constraints, Costs, Decision, Problem, Success
from fieldstone.framing.problem import Test as Trial
from fieldstone.framing.solutions.expense import estimate, prices_table


def problem(timing: str = "daily", **constraints: float) -> Problem:
    return Problem(question="q", decision=Decision(action="a", timing=timing), constraints=Constraints(**constraints))


def test_the_table_says_when_and_where_its_prices_are_from():
    table = prices_table()
    assert table.region == "us-east-1"
    assert table.read.year >= 2026
    assert "https://" in table.source


def test_an_endpoint_waits_all_month_and_batches_do_not():
    found = estimate(problem("real time"), "binary", rows=5000, columns=20)
    assert found.endpoint.cost == pytest.approx(730 * 0.115)
    assert found.batch.cost < found.endpoint.cost / 50
    assert found.monthly == found.endpoint
    assert estimate(problem("daily"), "binary", rows=5000, columns=20).mode == "batch"


def test_more_cases_take_more_time_and_memory():
    small = estimate(problem(), "value", rows=10_000, columns=20)
    large = estimate(problem(), "value", rows=400_000_000, columns=20)
    assert large.training_seconds == pytest.approx(40_000 * small.training_seconds)
    assert (small.training.instance, large.training.instance) == ("ml.m5.large", "ml.m5.4xlarge")
    assert "learn from a sample" in large.assumptions[-1]


def test_heavy_traffic_takes_several_instances():
    found = estimate(problem("real time"), "binary", rows=5000, columns=20, answers_a_month=5e12)
    assert found.endpoint.count > 1


def test_constraint_cost_of_training_and_inference_is_held_against_the_budget():
    """The guide's constraint "Cost": how much can you spend on training and inference?"""
    found = estimate(problem("real time", training_budget=1, inference_budget=50), "binary", rows=5000, columns=20)
    training, answers = found.findings
    assert (training.weight, answers.weight) == ("fine", "caution")
    assert "within the budget of 1.00" in training.sentence
    assert "83.95 USD, over the budget of 50.00" in answers.sentence
    assert answers.advice.startswith("Answer in batches")


def test_amounts_in_different_currencies_are_shown_and_not_compared():
    euros = Problem(question="q", costs=Costs(currency="EUR"), constraints=Constraints(training_budget=0))
    assert estimate(euros, "binary", rows=5000, columns=20).findings[0].weight == "fine"


def test_the_traffic_of_the_test_counts_as_answers():
    traffic = Problem(question="q", success=Success(test=Trial(metric="m", traffic_a_day=100)))
    found = estimate(traffic, "binary", rows=5000, columns=20)
    assert found.answers_a_month == pytest.approx(3040)
    assert "not stated" in found.assumptions[3]
    assert "not stated" not in estimate(traffic, "binary", rows=9, columns=2, answers_a_month=1).assumptions[3]


def test_groups_and_anomalies_are_measured_by_their_own_work():
    assert "K-Means" in estimate(problem(), "segments", rows=9, columns=2).assumptions[1]
    assert "isolate" in estimate(problem(), "anomalies", rows=9, columns=2).assumptions[1]


def test_control_has_no_estimate():
    """What it costs is what its simulator costs, and nobody here knows that."""
    assert estimate(problem(), "control", rows=9, columns=2) is None
