"""Framing, whole: worked examples on real data, and three where the right answer is not to."""

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.frame import frame
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Problem, Target
from fieldstone.framing.report.page import render, to_json
from fieldstone.framing.report.record import Report

EXAMPLES = Path(__file__).parents[2] / "examples" / "framing"


@cache
def framed(name: str) -> Report:
    """The report of a worked example."""
    file = EXAMPLES / name / "problem.yaml"
    return frame(read_problem(file), file.parent)


def test_fifty_rows_are_not_enough() -> None:
    """The guide: if you only have 50 labeled examples, try other approaches first."""
    verdict = framed("fifty_rows").verdict

    assert verdict is not None
    assert verdict.use_ml is False
    assert verdict.reasons[0] == "there is not enough data"


@pytest.mark.slow
def test_without_signal_there_is_nothing_to_learn() -> None:
    """Columns that tell nothing about the outcome are called so."""
    verdict = framed("no_signal").verdict

    assert verdict is not None
    assert verdict.use_ml is False
    assert "no sign" in verdict.sentence


@pytest.mark.slow
def test_where_a_rule_suffices_the_rule_is_the_answer() -> None:
    """The guide: if you can write it as a rule and it works, don't build a model. The rule comes ready to run."""
    verdict = framed("rule_suffices").verdict

    assert verdict is not None
    assert verdict.use_ml is False
    assert verdict.reasons[0] == "simple rules work fine"
    assert "temperature" in verdict.code


def test_churn_is_worth_a_model_and_the_choice_keeps_to_its_capacity() -> None:
    """Real customers: the model beats the best rule by more than chance, acting on 150 of 1,000 at most."""
    report = framed("churn_table")

    assert report.verdict is not None
    assert report.verdict.use_ml is True
    assert report.choice is not None
    assert report.choice.pays
    best = report.choice["best"]
    assert best.acted is not None
    assert best.acted <= 150
    assert report.framed is not None
    assert report.framed.kind == "binary"


def test_the_same_data_give_the_same_report() -> None:
    """Everything random follows from the seed."""
    file = EXAMPLES / "fifty_rows" / "problem.yaml"

    assert to_json(frame(read_problem(file), file.parent)) == to_json(framed("fifty_rows"))


@pytest.mark.parametrize("name", ["fifty_rows", pytest.param("churn_table", marks=pytest.mark.slow)])
def test_the_page_says_the_verdict_first(name: str) -> None:
    """One file, and nothing from the network."""
    report = framed(name)
    page = render(report)

    assert report.verdict is not None
    assert page.index("<h1>") < page.index("machine learning")
    assert 'src="http' not in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in EXAMPLES.glob("*/problem.yaml") if path.parent.name != "churn_table")
)
def test_every_worked_example_ends_in_a_report(name: str) -> None:
    """Whatever its kind."""
    report = framed(name)

    assert report.verdict is not None
    assert report.framed is not None
    assert render(report)


def test_a_file_without_data_is_told_what_to_write(tmp_path: Path) -> None:
    """Where, and what to type."""
    (tmp_path / "problem.yaml").write_text("question: Who will leave?\n")

    with pytest.raises(ProblemError, match=r"path: customers\.csv"):
        frame(read_problem(tmp_path / "problem.yaml"), tmp_path)


@pytest.mark.parametrize(
    ("question", "target", "kind"),
    [
        pytest.param("How satisfied is each customer, from 1 to 5 stars?", "stars", "ordinal", marks=pytest.mark.slow),
        pytest.param("How satisfied is each customer?", "mood", "ordinal", marks=pytest.mark.slow),
        ("Which product category does each belong to?", "code", "multiclass"),
        ("Which customers will leave?", "left", "binary"),
    ],
)
def test_what_the_data_show_to_be_classes_is_learnt_as_classes(tmp_path: Path, question, target, kind) -> None:
    """Stars, moods in words, numbers that are only names, 0.0 and 1.0: nobody has to write target.kind."""
    rng = np.random.default_rng(3)
    waited, paid = rng.normal(size=(2, 600))
    stars = np.clip(np.round(3 - waited + rng.normal(0, 0.7, 600)), 1, 5).astype(int)
    columns = {
        "stars": stars,
        "mood": np.array(["very unsatisfied", "unsatisfied", "neutral", "satisfied", "very satisfied"])[stars - 1],
        "code": np.where(waited > 0, np.where(paid > 0, 10, 20), 30),
        "left": (waited + rng.normal(0, 0.5, 600) > 0).astype(float),
    }
    csv.write_csv(pa.table({"waited": waited, "paid": paid, target: columns[target]}), tmp_path / "cases.csv")
    problem = Problem(question=question, data=Data(path="cases.csv"), target=Target(column=target))

    assert frame(problem, tmp_path).framed.kind == kind
