"""What solves each kind: the guide's services, measures with reasons, prices in words."""

from pathlib import Path
from typing import get_args

import pytest

import fieldstone
from fieldstone.framing.problem import Constraints, Decision, Kind, Problem
from fieldstone.framing.solutions.catalogue import delivery, fitting, solution

ALGORITHMS = Path(fieldstone.__file__).parent / "algorithms"
GUIDE = {
    "classification": (
        ("binary", "multiclass", "multilabel", "ordinal"),
        {"SageMaker XGBoost", "SageMaker Linear Learner", "SageMaker Image Classification", "Amazon Comprehend"},
    ),
    "regression": (
        ("value", "count", "time series", "remaining life"),
        {"SageMaker XGBoost", "SageMaker Linear Learner", "Amazon Forecast", "SageMaker DeepAR"},
    ),
    "clustering": (
        ("segments", "geographic clusters", "patterns"),
        {"SageMaker K-Means", "SageMaker PCA", "custom algorithm on SageMaker"},
    ),
    "anomaly detection": (
        ("anomalies",),
        {"SageMaker Random Cut Forest", "Amazon Fraud Detector", "Amazon Lookout for Equipment"},
    ),
    "reinforcement learning": (("control",), {"SageMaker RL", "AWS DeepRacer"}),
}
WHEN = {
    "supervised": ("known answers", "collected", "something definite"),
    "unsupervised": ("no answers", "patterns or structure", "explored"),
    "reinforcement": ("simulated", "clear reward", "many actions"),
}


@pytest.mark.parametrize("group", GUIDE)
def test_the_services_that_the_guide_names_for_a_group_are_candidates(group):
    kinds, services = GUIDE[group]
    named = {each.service for kind in kinds for each in solution(kind).candidates}
    assert {service for service in services if not any(each.startswith(service) for each in named)} == set()
    assert {solution(kind).group for kind in kinds} == {group}


@pytest.mark.parametrize("family", WHEN)
def test_when_to_use_each_type_says_all_that_the_guide_says(family):
    kind = {"supervised": "binary", "unsupervised": "segments", "reinforcement": "control"}[family]
    assert solution(kind).family == family
    assert [words for words in WHEN[family] if words not in solution(kind).when] == []


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_a_measure_with_a_reason_and_something_that_runs_here_or_says_not(kind):
    found = solution(kind)
    assert found.metric_why.endswith(".")
    assert all(each.accuracy and each.latency and each.interpretability for each in found.candidates)


def test_what_is_said_to_be_here_is_here():
    """Whoever adds an algorithm sets here = true in solutions.toml, and the reverse."""
    programs = {path.parent.name.replace("_", "-") for path in ALGORITHMS.glob("*/algorithm.toml")}
    candidates = {each for kind in get_args(Kind) for each in solution(kind).candidates if each.program}
    assert [each.name for each in candidates if each.here != (each.program.replace("_", "-") in programs)] == []


def test_a_wish_for_reasons_leaves_out_what_cannot_give_any():
    """Loan denials require explanations; music recommendations do not."""
    loans = Problem(question="q", constraints=Constraints(interpretability="reasons"))
    assert [each.name for each in fitting("binary", loans)] == ["XGBoost", "Linear Learner", "a small decision tree"]


def test_a_model_that_can_be_read_whole_is_a_tree_or_a_line():
    regulated = Problem(question="q", constraints=Constraints(interpretability="full"))
    assert [each.name for each in fitting("binary", regulated)] == ["Linear Learner", "a small decision tree"]
    assert fitting("binary", Problem(question="q")) == solution("binary").candidates


@pytest.mark.parametrize(
    ("problem", "mode", "words"),
    [
        (Problem(question="q", decision=Decision(action="block it", timing="real time")), "real time", "waits"),
        (Problem(question="q", constraints=Constraints(latency_ms=100)), "real time", "100 ms"),
        (Problem(question="q", decision=Decision(action="mail", timing="daily")), "batch", "taken daily"),
        (Problem(question="q", constraints=Constraints(latency_ms=7.2e6)), "batch", "Nothing says"),
        (
            Problem(
                question="q", decision=Decision(action="a", timing="weekly"), constraints=Constraints(latency_ms=50)
            ),
            "batch",
            "already there",
        ),
    ],
)
def test_constraints_of_latency_decide_between_real_time_and_batch(problem, mode, words):
    """The guide's constraint "Latency": 100 ms for fraud, hours for daily batches."""
    found = delivery(problem)
    assert found.mode == mode
    assert words in found.because
