"""Expressions of a problem file over the columns: what they may be, and what is said of those that cannot be read."""

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.data.expressions import condition, number, quoted
from fieldstone.framing.mistakes import ProblemError

TABLE = pa.table(
    {
        "days_silent": [1.5, 60.5, None],
        "state": ["OH", "KS", "OH"],
        "flag": [0, 1, 1],
        "called": ["yes", "no", None],
        "order": [7, 8, 9],
        "Home State": ["a", "b", "c"],
    }
)


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ("days_silent > 60", [False, True, False]),
        ("state = 'OH' OR flag", [True, True, True]),
        ("flag", [False, True, True]),
        ("called", [True, False, False]),
        ('"order" > 7', [False, True, True]),
    ],
)
def test_a_condition_holds_or_not_for_each_row(rule, met):
    """Truths, 0 and 1, yes and no; what is not known does not hold."""
    assert condition(TABLE, rule, where="baseline.rule").tolist() == met


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("day_silent > 60", "no column 'day_silent'. Did you mean 'days_silent'"),
        ('state = "OH"', "put it between single quotes: 'OH'"),
        ("days_silent", "is 1.5 in some rows, and must be true or false"),
        ("state", "is 'OH' in some rows, and must be true or false"),
        ("avg(days_silent) > 3", "one answer for all cases"),
        ("days_silent >", "is not readable as SQL"),
    ],
)
def test_a_condition_that_is_none_says_what_to_type(rule, words):
    """With the place in the file, and the columns there are."""
    with pytest.raises(ProblemError) as caught:
        condition(TABLE, rule, where="baseline.rule")

    told = str(caught.value)
    assert told.startswith("baseline.rule: ")
    assert words in told
    assert "The columns are: days_silent" in told


def test_a_text_is_no_amount():
    with pytest.raises(ProblemError, match="is 'OH' in some rows, and must be a number"):
        number(TABLE, "state", where="costs.false_positive")


@pytest.mark.parametrize("name", ["days_silent", "order", "Home State", "time", "left"])
def test_a_name_is_quoted_where_sql_would_misread_it(name):
    """Words that SQL keeps for itself are often names of columns."""
    table = pa.table({name: [1.0, 2.0]})

    assert np.array_equal(number(table, quoted(name), where="costs.false_positive"), [1.0, 2.0])
