"""Recommendation and control, whole: from a problem file to a page."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.frame import frame
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.report.page import render, to_json

EXAMPLES = Path(__file__).parents[2] / "examples" / "framing"
STEERING = """
question: How should the traffic light be switched?
control:
  simulator: world.py
  reward: minus one for each car that waits
  actions: [keep, switch]
"""


@pytest.fixture
def shop(tmp_path):
    """A small log of purchases, with tastes, and its problem file."""
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(200), 25)
    product = (person % 3) * 20 + rng.geometric(0.15, len(person)).clip(max=20)
    day = np.datetime64("2026-01-01") + rng.integers(0, 300, len(person))
    table = {"customer": person, "day": day, "product": [f"article {each}" for each in product]}
    csv.write_csv(pa.table(table), tmp_path / "bought.csv")
    (tmp_path / "problem.yaml").write_text(
        "question: What should we recommend to each customer?\n"
        "data: {path: bought.csv, events: {entity: customer, time: day, item: product}}\n"
    )
    return tmp_path


def framed(folder):
    return frame(read_problem(folder / "problem.yaml"), folder)


def test_a_recommendation_has_a_section_of_its_own(shop):
    """Lists side by side as pictures, and what stands in them."""
    report = framed(shop)
    page = render(report)

    assert report.framed.kind == "recommendation"
    for words in ('id="lists"', "NDCG@10", "The list for all", "article 1", "Who chose this also chose"):
        assert words in page
    assert [fact.what for fact in report.data] == ["Data", "Choices", "Persons", "Things", "From"]


def test_a_recommendation_is_there_for_programs(shop):
    """The same in JSON."""
    document = json.loads(to_json(framed(shop)))
    lists = document["suggestions"]

    assert lists["measure"] == "NDCG@10"
    assert len(lists["popular"]) == 10
    assert all(0 <= each["ndcg"]["low"] <= each["ndcg"]["value"] for each in lists["shelves"][0]["standings"])
    assert {"enough", "signal", "simple", "newcomers", "privacy", "tolerance"} <= {
        each["check"] for each in document["findings"]
    }


def test_control_needs_no_data_but_says_what_instead_without_a_simulator(tmp_path):
    """A question of steering without a data block is no mistake."""
    (tmp_path / "problem.yaml").write_text("question: How should the traffic lights be switched?\n")
    report = framed(tmp_path)

    assert report.verdict.use_ml is False
    assert "control.simulator" in " ".join(report.open_questions)
    assert "Steer by a rule" in render(report)


def test_a_mistake_in_a_simulator_reaches_the_author(tmp_path):
    """With its line."""
    (tmp_path / "problem.yaml").write_text(STEERING)
    (tmp_path / "world.py").write_text(
        "def reset(seed):\n    return cars_waiting\n\ndef step(action):\n    return 0, 0, True\n"
    )

    with pytest.raises(ProblemError, match=r"world\.py, line 2: NameError"):
        framed(tmp_path)


@pytest.mark.slow
def test_real_customers_are_worth_learning_for_what_is_new_to_them() -> None:
    """And for what they buy again, the list of their own purchases does."""
    report = framed(EXAMPLES / "recommendation")
    simple = next(finding for finding in report.findings if finding.check == "simple")

    assert report.verdict.use_ml is True
    assert {row["task"]: row["pays"] for row in simple.evidence["tasks"]} == {"anything": False, "new": True}
    assert "PARTITION BY" in simple.evidence["rule"]["sql"]


@pytest.mark.slow
def test_a_traffic_light_can_learn_more_than_to_change_every_minute() -> None:
    """Chance, always the same, today's rule and what was learnt stand side by side."""
    report = framed(EXAMPLES / "control")

    assert report.verdict.use_ml is True
    assert [score.ours for score in report.comparison.scores].count(True) == 1
    assert "today's rule" in report.verdict.sentence
