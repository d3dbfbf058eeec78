"""Who chose what, read from logs and tables."""

import numpy as np
import pytest

from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Problem, Target, Window
from fieldstone.framing.recommending.interactions import read

LOG = """who,what,at,paid
ann,tea,2026-01-02,3
ben,milk,2026-01-01,2
ann,milk,2026-01-03,-2
,tea,2026-01-04,3
ben,tea,2026-01-05,3
"""
RATED = """user_id,film,rating
1,Alien,5
1,Brazil,1
2,Alien,4
2,Casablanca,3
"""
EVENTS = Window(entity="who", time="at", item="what")


def problem(data, **more):
    return Problem(question="What should we recommend?", data=data, **more)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "rated.csv").write_text(RATED)
    return tmp_path


def chosen(log):
    return [log.items[code] for code in log.item]


def test_a_log_is_read_in_the_order_of_time(folder):
    """Rows without a person are no choices."""
    log = read(problem(Data(path="log.csv", events=EVENTS)), folder)

    assert chosen(log) == ["milk", "tea", "milk", "tea"]
    assert (log.persons, log.rows, log.left_out) == (2, 5, 1)
    assert np.all(np.diff(log.time) > 0)


def test_what_was_given_back_was_not_chosen(folder):
    """A value that is not above zero is no choice."""
    log = read(problem(Data(path="log.csv", events=Window(entity="who", time="at", item="what", value="paid"))), folder)

    assert chosen(log) == ["milk", "tea", "tea"]
    assert '"paid" > 0' in log.condition


def test_the_upper_half_of_a_scale_of_grades_counts_as_chosen(folder):
    """Columns called as such columns are need not be named."""
    log = read(problem(Data(path="rated.csv")), folder)

    assert sorted(chosen(log)) == ["Alien", "Alien"]
    assert log.time is None
    assert (log.columns.person, log.columns.item, log.columns.value) == ("user_id", "film", "rating")


def test_a_table_names_the_person_by_id_and_the_thing_by_target(folder):
    """Where a row is no event."""
    asked = problem(Data(path="log.csv", id="who", time="at"), target=Target(column="what", kind="recommendation"))

    assert len(read(asked, folder)) == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Data(path="log.csv"), "data.id: nothing says which column holds who chose"),
        (Data(path="log.csv", id="who"), "data.events.item: nothing says which column holds what was chosen"),
        (Data(path="log.csv", events=Window(entity="who", time="at", item="wht")), "Did you mean 'what'"),
        (Data(path="log.csv", events=Window(entity="whom", time="at", item="what")), "Did you mean 'who'"),
        (Data(path="log.csv", events=Window(entity="who", time="what", item="what")), "'tea' is no time"),
        (
            Data(path="log.csv", events=Window(entity="who", time="at", item="what", value="what")),
            "holds words, not numbers",
        ),
        (Data(path="nothing.csv"), "there is no file"),
    ],
)
def test_a_mistake_is_told_with_what_to_type(folder, data, words):
    """Never a traceback."""
    with pytest.raises(ProblemError) as raised:
        read(problem(data), folder)

    assert words.lower() in str(raised.value).lower()


def test_a_log_without_a_choice_is_told(tmp_path):
    """All rows lack the person."""
    (tmp_path / "log.csv").write_text("who,what,at\n,tea,2026-01-01\n")

    with pytest.raises(ProblemError, match="no row has both"):
        read(problem(Data(path="log.csv", events=EVENTS)), tmp_path)


def test_of_a_very_long_log_some_persons_are_read_whole(tmp_path, monkeypatch):
    """And it says which share of them."""
    rng = np.random.default_rng(0)
    rows = "".join(f"p{each},t{each % 7},2026-01-0{1 + each % 9}\n" for each in rng.integers(0, 400, 4000))
    (tmp_path / "log.csv").write_text("who,what,at\n" + rows)
    asked = problem(Data(path="log.csv", events=EVENTS))
    whole = read(asked, tmp_path)
    monkeypatch.setattr("fieldstone.framing.recommending.interactions.MOST", 1000)
    part = read(asked, tmp_path)

    assert part.share == pytest.approx(0.25, abs=0.1)
    assert set(np.bincount(part.person)) <= set(np.bincount(whole.person))
    assert len(part) < len(whole) / 2
