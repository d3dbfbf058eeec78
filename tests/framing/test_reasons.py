"""The guide's six reasons not to use machine learning, each from data to verdict: its own examples as tables."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.frame import frame
from fieldstone.framing.report import Report

QUESTION = "Which of these will happen?"


def framed(folder: Path, columns: dict[str, object], **blocks: object) -> Report:
    """Write a table and a problem file, and frame them."""
    csv.write_csv(pa.table(columns), folder / "cases.csv")
    problem = {
        "question": QUESTION,
        "decision": {"action": "send an alert", "timing": "daily"},
        "data": {"path": "cases.csv"},
        "target": {"column": "outcome"},
        **blocks,
    }
    (folder / "problem.yaml").write_text(json.dumps(problem), encoding="utf-8")
    return frame(read_problem(folder / "problem.yaml"), folder)


def customers(rng: np.random.Generator, count: int) -> dict[str, object]:
    """Customers who leave by a chance that several columns bend together: worth a model."""
    age, visits, spent, calls = rng.normal(size=(4, count))
    odds = 1.6 * age * visits + 1.5 * np.sin(2 * spent) + calls
    return {
        "age": age.round(3),
        "visits": visits.round(3),
        "spent": spent.round(3),
        "calls": calls.round(3),
        "outcome": np.where(rng.random(count) < 1 / (1 + np.exp(-2 * odds)), "yes", "no"),
    }


@pytest.mark.slow
def test_simple_rules_work_fine(tmp_path):
    """If temperature > 100°F, send an alert: the rule is found and handed over."""
    rng = np.random.default_rng(1)
    temperature = rng.normal(88, 9, 3000).round(1)
    report = framed(
        tmp_path,
        {
            "temperature": temperature,
            "humidity": rng.uniform(20, 90, 3000).round(1),
            "outcome": np.where(temperature > 100, "yes", "no"),
        },
    )
    assert report.verdict.reasons == ("simple rules work fine",)
    assert "temperature is over 100" in report.verdict.instead


def test_there_is_not_enough_data(tmp_path):
    """Fifty labelled examples."""
    report = framed(tmp_path, customers(np.random.default_rng(2), 50))
    assert report.verdict.reasons == ("there is not enough data",)


def test_the_problem_is_too_simple(tmp_path):
    """Adding two numbers: the sum is found and written out."""
    rng = np.random.default_rng(3)
    one, other = rng.integers(0, 1000, (2, 2000)) + rng.random((2, 2000)).round(2)
    report = framed(tmp_path, {"one": one, "other": other, "outcome": one + other})
    assert report.verdict.reasons == ("the problem is too simple",)
    assert "one" in report.verdict.instead
    assert "other" in report.verdict.instead


@pytest.mark.parametrize(
    ("constraints", "reason"),
    [
        pytest.param({"mistakes": "never"}, "mistakes cannot be tolerated", marks=pytest.mark.slow),
        pytest.param({"rules_change": "weekly"}, "the problem changes too fast", marks=pytest.mark.slow),
        pytest.param({"interpretability": "full"}, "perfect interpretability is needed", marks=pytest.mark.slow),
    ],
)
def test_what_a_model_cannot_give(tmp_path, constraints, reason):
    """No mistakes, rules that change weekly, every decision explained: each speaks against a model that works."""
    columns = customers(np.random.default_rng(4), 3000)
    assert framed(tmp_path, columns).verdict.use_ml is True
    report = framed(tmp_path, columns, constraints=constraints)
    assert report.verdict.use_ml is False
    assert reason in report.verdict.reasons
    assert report.verdict.instead
