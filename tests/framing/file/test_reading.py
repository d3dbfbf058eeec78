"""Reading a problem file: good ones as they are meant, bad ones with where, what, and what to type."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from fieldstone.framing.file.reading import json_schema, read_problem
from fieldstone.framing.file.writing import schema_text
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem

ELENA = """\
question: Predict which customers will churn in the next 30 days, so we can offer them incentives to stay.
decision:
  action: send targeted retention offers
  timing: daily
  automatic: yes
data:
  path: purchases.csv
  events: {entity: customer_id, time: invoice_date, value: amount}
target:
  silence: {none_for_days: 90, days_ahead: 30}
costs:
  true_positive: 450
  false_positive: -50
  false_negative: -500
success:
  ml_metric: f_beta
  beta: 2
"""


def read(folder: Path, text: str) -> Problem:
    path = folder / "problem.yaml"
    path.write_text(text, encoding="utf-8")
    return read_problem(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ProblemError) as caught:
        read(folder, text)
    return str(caught.value)


def test_elenas_problem_is_read_as_she_defined_it(tmp_path):
    """Step 1 to step 3 of the guide's story fit into the file."""
    problem = read(tmp_path, ELENA)
    assert problem.target.silence.none_for_days == 90
    assert problem.target.silence.days_ahead == 30
    assert problem.decision.automatic is True
    assert problem.costs.false_positive == -50


def test_yes_and_no_stay_values_of_a_column(tmp_path):
    """YAML 1.1 would read them as truths, and no column would hold them."""
    problem = read(
        tmp_path, "question: q\ntarget: {column: churn, positive: yes}\ndata: {path: a.csv, ignore: [no, on]}"
    )
    assert problem.target.positive == "yes"
    assert problem.data.ignore == ["no", "on"]


def test_numbers_are_texts_where_texts_are_asked_for(tmp_path):
    """A column may be called 2023, and grades may be numbers."""
    problem = read(tmp_path, "question: q\ntarget: {column: 2023, order: [1, 2, 3]}\ndecision: {action: a, when: 6:30}")
    assert problem.target.column == "2023"
    assert problem.target.order == ["1", "2", "3"]
    assert problem.decision.when == "6:30"


def test_a_key_with_nothing_behind_it_is_not_given(tmp_path):
    problem = read(tmp_path, "question: q\ncosts:\nbaseline:\n  rule:\n")
    assert problem.baseline.rule is UNSET
    assert problem == Problem(question="q")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "question: q\ncosts:\n  false_positive: [1]",
            "line 3, costs.false_positive: expected a number or a column name, got a list. Write for example: false",
        ),
        (
            "question: q\ncost:\n  false_positive: 1",
            "problem.yaml, line 2, cost: there is no such key. Did you mean costs?",
        ),
        (
            "question: q\nfalse_positive: -1",
            "problem.yaml, line 2, false_positive: there is no such key. It belongs under costs.",
        ),
        ("question: q\nxyzzy: 1", "problem.yaml, line 2, xyzzy: there is no such key. Known here: question, decision"),
        (
            "question: q\ndecision: {action: a, timing: dayly}",
            "got the text 'dayly'. Did you mean daily? Write: timing: daily",
        ),
        (
            "question: q\ndecision:\n  timing: daily",
            "line 2, decision.action: is missing. Write for example: action: send a",
        ),
        ("costs: {currency: EUR}", "question: is missing. Write for example: question: Which customers"),
        ("- a\n- b", "problem.yaml: expected keys and values, got a list."),
        ("", "problem.yaml: expected keys and values, got nothing."),
        ("question: what: now", "line 1, column 15: a colon too many"),
        ("question: q\n\tcosts: 1", "line 2, column 1: a tab stands where spaces must."),
        ("question: a\nquestion: b", "line 2, question: given a second time; the first is in line 1."),
        ("question: q\nconstraints: {capacity: 1001}", "expected a whole number from 0 to 1000, got 1001."),
        (
            "question: q\nconstraints: {latency_ms: 0}",
            "expected a number above 0, got 0. Write for example: latency_ms: 100",
        ),
        ("question: q\ntarget: {order: [a, {b: 1}]}", "target.order[1]: expected a text, got a block."),
        ("question: q\ncosts: 3", "line 2, costs: expected a block of keys, got 3."),
        ("question: q\ndecision: {action: a, automatic: perhaps}", "expected true or false, got the text 'perhaps'."),
        ("question: q\nsuccess: {test: {metric: a, power: 80}}", "expected a number between 0 and 1, got 80."),
        ("question: q\nsuccess: {beta: 1e999}", "success.beta: this number is too large."),
        ('question: ""', "expected text that is not empty, got an empty text"),
        ("question: &a [*a]", "too long or nested too deep to be a problem file."),
        ("question: [", "this is not readable as YAML"),
        ("question: q\x07", "line 1: a character that cannot be seen stands here."),
        ("[" * 5000, "nested too deep"),
    ],
)
def test_a_mistake_is_told_with_where_what_and_what_to_type(tmp_path, text, words):
    assert words in refusal(tmp_path, text)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(0, len(ELENA)),
    st.sampled_from([":", "- ", "[", "}", "\t", "&a ", "*a", "!!x ", "? ", "<<: ", "'", "\n "]),
)
def test_whatever_slips_in_is_refused_with_words_or_read(tmp_path, place, slip):
    said = ""
    try:
        read(tmp_path, ELENA[:place] + slip + ELENA[place:])
    except ProblemError as error:
        said = str(error)
    assert not said or said.startswith("problem.yaml")


def test_aliases_within_aliases_do_not_blow_up(tmp_path):
    """Ten lines of YAML can stand for a billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "too long" in refusal(tmp_path, "\n".join(lines))


def test_all_unknown_keys_are_told_at_once(tmp_path):
    text = refusal(tmp_path, "question: q\ncosts:\n  false_postive: -1\n  currancy: EUR\n")
    assert text.splitlines() == [
        "problem.yaml, line 3, costs.false_postive: there is no such key. Did you mean false_positive?",
        "problem.yaml, line 4, costs.currancy: there is no such key. Did you mean currency?",
    ]


def test_a_missing_file_says_how_to_write_one(tmp_path):
    with pytest.raises(ProblemError, match="Run `fieldstone frame` without a file"):
        read_problem(tmp_path / "none.yaml")


def test_a_folder_and_another_encoding_are_told_from_each_other(tmp_path):
    with pytest.raises(ProblemError, match="cannot be read"):
        read_problem(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("question: où?".encode("latin-1"))
    with pytest.raises(ProblemError, match="UTF-8"):
        read_problem(tmp_path / "latin.yaml")


def test_the_schema_in_the_repository_is_the_one_of_the_code():
    """After a change of problem.py: fieldstone.framing.file.writing.schema_text() is its new text."""
    kept = Path(__file__).parents[3] / "docs" / "problem.schema.json"
    assert kept.read_text(encoding="utf-8") == schema_text()


def test_the_schema_describes_every_key():
    """What has no description cannot be explained to anybody."""
    blocks = [json_schema(), *json_schema()["$defs"].values()]
    plain = [(name, key) for block in blocks for name, key in block["properties"].items() if "$ref" not in str(key)]
    assert [name for name, key in plain if not key.get("description")] == []


def test_choices_stand_in_the_order_in_which_they_are_meant():
    timing = json_schema()["$defs"]["Decision"]["properties"]["timing"]["enum"]
    assert timing == ["real time", "hourly", "daily", "weekly", "monthly", "once"]
