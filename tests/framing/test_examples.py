"""The worked examples: every one becomes cases, and the seeded ones can be made again."""

import runpy
from pathlib import Path

import msgspec
import pytest
import yaml
from msgspec import UNSET
from pyarrow import csv

from fieldstone.framing.cases import Cases
from fieldstone.framing.data.events import cases_from_events
from fieldstone.framing.data.loading import load
from fieldstone.framing.data.tables import cases_from_table
from fieldstone.framing.problem import Problem

EXAMPLES = Path(__file__).parents[2] / "examples/framing"
FOLDERS = sorted(file.parent for file in EXAMPLES.glob("*/problem.yaml"))
WITHOUT_DATA = {"control"}
"""Examples that have a simulator instead of data."""

BECOMES = [
    ("anomalies", 5000, 4, 0),
    ("churn_log", 5595, 21, 2),
    ("churn_table", 5000, 18, 2),
    ("customer_segments", 4269, 26, 0),
    ("demand_count", 711, 6, 0),
    ("electricity", 26_304, 0, 0),
    ("fifty_rows", 50, 4, 2),
    ("house_price", 2930, 71, 0),
    ("loan_default", 4454, 13, 2),
    ("no_signal", 4000, 6, 2),
    ("recommendation", 1082, 13, 0),
    ("remaining_life", 3000, 5, 0),
    ("rule_suffices", 5000, 4, 2),
    ("satisfaction", 4000, 6, 5),
    ("store_locations", 932, 3, 0),
    ("topics", 3000, 9, 4),
]
"""What each example becomes: cases, features and classes."""


def cases_of(folder: Path) -> Cases:
    text = (folder / "problem.yaml").read_text(encoding="utf-8")
    problem = msgspec.convert(yaml.safe_load(text), Problem)
    assert problem.data is not UNSET
    if problem.data.events is not UNSET:
        return cases_from_events(folder, problem)
    return cases_from_table(load(problem.data, folder), problem)


@pytest.mark.parametrize(("name", "count", "features", "classes"), BECOMES)
def test_an_example_becomes_cases(name, count, features, classes):
    """Each folder's data are read by its problem file, with the columns and classes that its README tells of."""
    cases = cases_of(EXAMPLES / name)

    assert (len(cases), len(cases.columns), len(cases.classes)) == (count, features, classes)
    assert (EXAMPLES / name / "README.md").is_file()


def test_every_example_is_tested():
    """No folder is forgotten by the table above."""
    assert {name for name, *_ in BECOMES} | WITHOUT_DATA == {folder.name for folder in FOLDERS}


@pytest.mark.parametrize(
    "folder", [each for each in FOLDERS if (each / "make.py").exists()], ids=lambda each: each.name
)
def test_seeded_data_are_made_again_as_they_lie_there(folder, tmp_path):
    """A generator gives its file, byte for byte."""
    made = runpy.run_path(str(folder / "make.py"))["rows"]()
    csv.write_csv(made, tmp_path / "made.csv", csv.WriteOptions(quoting_style="needed"))
    (file,) = folder.glob("*.csv")

    assert (tmp_path / "made.csv").read_bytes() == file.read_bytes()


def test_what_a_mistake_costs_may_differ_by_loan():
    """Loan default: the columns of costs are there for the decision, and are no features."""
    cases = cases_of(EXAMPLES / "loan_default")

    assert {"loss", "interest_lost"} <= set(cases.table.column_names)
    assert not {"loss", "interest_lost"} & {column.name for column in cases.columns}
