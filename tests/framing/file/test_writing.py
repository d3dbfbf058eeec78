"""Writing a problem file that people like to edit and that reads back the same."""

import re
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.file.writing import problem_text, write_problem
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Constraints, Costs, Data, Decision, Problem, Target, Window

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
AMOUNTS = st.floats(-1e9, 1e9, allow_nan=False)
PROBLEMS = st.builds(
    Problem,
    question=WORDS,
    decision=st.builds(Decision, action=WORDS, when=WORDS, timing=st.sampled_from(["real time", "daily"])),
    data=st.builds(
        Data,
        path=WORDS,
        ignore=st.lists(WORDS, max_size=3),
        events=st.builds(Window, entity=st.just("a b"), time=st.just("no")),
    ),
    target=st.builds(Target, column=WORDS, positive=st.one_of(WORDS, AMOUNTS, st.booleans())),
    costs=st.builds(Costs, true_positive=st.floats(0, 1e9), currency=WORDS),
    constraints=st.builds(Constraints, personal_data=st.booleans(), capacity=st.integers(1, 1000), region=WORDS),
    baseline=st.builds(Baseline, description=WORDS),
)


def through_a_file(problem: Problem) -> Problem:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.yaml"
        write_problem(problem, path)
        return read_problem(path)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(PROBLEMS.filter(lambda problem: problem.target.column not in problem.data.ignore))
def test_what_is_written_reads_back_the_same(problem):
    """Whatever people type: quotes, colons, line ends, numbers that are words."""
    assert through_a_file(problem) == problem


@pytest.mark.parametrize(
    "word", ["yes", "No", "null", "~", "1e5", "007", "2024-01-01", "12:30", "- a", "#x", "a: b", " x", "é\n\u2028"]
)
def test_words_that_yaml_likes_to_change_stay(word):
    assert through_a_file(Problem(question=word)).question == word


def test_the_first_line_tells_editors_where_the_schema_is(tmp_path):
    path = tmp_path / "problem.yaml"
    write_problem(Problem(question="q"), path)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=problem.schema.json"
    assert (tmp_path / "problem.schema.json").exists()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ProblemError, match="cannot be written"):
        write_problem(Problem(question="q"), tmp_path / "nowhere" / "problem.yaml")


def test_a_schema_elsewhere_is_named_and_not_written(tmp_path):
    write_problem(Problem(question="q"), tmp_path / "problem.yaml", schema="../docs/problem.schema.json")
    assert [each.name for each in tmp_path.iterdir()] == ["problem.yaml"]


def test_every_open_key_stands_there_as_a_comment_that_is_valid_once_uncommented():
    """Deleting "# " before any one line leaves a file that can be read as YAML with that key in its place."""
    text = problem_text(Problem(question="q", decision=Decision(action="a")))
    lines = text.splitlines()
    open_lines = [n for n, line in enumerate(lines) if re.match(r"# +\w+: ", line)]
    assert len(open_lines) > 30
    for n in open_lines:
        if lines[n].startswith("#   ") and not lines[n].startswith("#     "):
            changed = [*lines[:n], lines[n][2:], *lines[n + 1 :]]
            assert yaml.safe_load("\n".join(changed))


def test_elenas_file_with_all_costs_shows_amounts_as_people_write_them():
    assert "\n  false_positive: -50 " in problem_text(Problem(question="q", costs=Costs(false_positive=-50.0)))
