"""Reading a test's table, and the mistakes in it."""

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.experiments.samples import Columns, Guardrail, read_sample
from fieldstone.framing.mistakes import ProblemError

ROWS = {
    "who": ["a", "b", "c", "d"],
    "arm": ["control", "treatment", "control", "treatment"],
    "paid": [1.0, 2.0, 3.0, 4.0],
    "stayed": ["yes", " No ", "TRUE", "0"],
}


def _read(columns=None, **changed):
    return read_sample(pa.table(ROWS | changed), columns or Columns("arm", "paid"))


@pytest.mark.parametrize(
    ("values", "numbers", "kind"),
    [
        (["yes", " No ", "TRUE", "0"], [1, 0, 1, 0], "proportion"),
        ([True, False, True, True], [1, 0, 1, 1], "proportion"),
        ([0, 1, 1, 0], [0, 1, 1, 0], "proportion"),
        ([0.5, 1.0, 2.0, 0.0], [0.5, 1, 2, 0], "mean"),
        (pa.array(["yes", "no", "yes", "no"]).dictionary_encode(), [1, 0, 1, 0], "proportion"),
        (pa.array([1, 2, 3, 4], pa.decimal128(5, 2)), [1, 2, 3, 4], "mean"),
    ],
)
def test_yes_and_no_and_numbers_are_outcomes(values, numbers, kind):
    """However they are written."""
    sample = _read(paid=values)

    assert (sample.outcome.values.tolist(), sample.outcome.kind) == (numbers, kind)
    assert sample.treated.tolist() == [False, True, False, True]


def test_rows_of_a_unit_are_added_up():
    """Several rows of one customer are one case: a ratio of sums."""
    sample = _read(Columns("arm", "paid", unit="who", pre="stayed"), who=["a", "b", "a", "b"])

    assert sample.outcome.kind == "ratio"
    assert (sample.outcome.values.tolist(), sample.outcome.denominator.tolist()) == ([4, 6], [2, 2])
    assert (sample.treated.tolist(), sample.pre.tolist()) == ([False, True], [1, 0])
    assert "4 rows belong to 2 units" in sample.notes[0]


def test_units_with_one_row_each_stay_as_they_are():
    """Naming the unit costs nothing."""
    assert _read(Columns("arm", "paid", unit="who")).outcome.kind == "mean"


def test_what_is_not_known_from_before_counts_as_average():
    """New customers have no past."""
    sample = _read(Columns("arm", "paid", pre="past"), past=[1.0, None, 3.0, float("nan")])

    assert sample.pre.tolist() == [1, 2, 3, 2]
    assert sample.notes == ("2 rows have no 'past'; they count with its average.",)


def test_other_arms_can_be_left_out():
    """Of a test of three."""
    sample = _read(Columns("arm", "paid", left_out=("third",)), arm=["control", "treatment", "third", "third"])

    assert sample.outcome.values.tolist() == [1, 2]


def test_arms_may_be_numbers():
    """0 and 1, named as text."""
    assert _read(Columns("arm", "paid", "0", "1"), arm=[0, 1, 0, 1]).treated.tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("columns", "changed", "told"),
    [
        (Columns("arm", "payd"), {}, "no column 'payd'.*'paid'"),
        (Columns("arm", "paid", guardrails=(Guardrail("refund", 1),)), {}, "no column 'refund'"),
        (None, {name: pa.array([], pa.string()) for name in ROWS}, "no rows"),
        (None, {"arm": ["control", "treatment", "ctrl", "treatment"]}, "also holds 'ctrl'.*--leave-out ctrl"),
        (None, {"arm": ["A", "B", "A", "B"]}, "--control A --treatment B"),
        (None, {"arm": ["control"] * 4}, "holds 'control' only"),
        (None, {"arm": ["control", None, "control", "treatment"]}, "empty in 1 rows"),
        (None, {"paid": [1.0, float("nan"), 2.0, None]}, "no number in 2 rows, the first is row 2.*write 0"),
        (None, {"paid": [1.0, float("inf"), 2.0, 3.0]}, "no number in 1 rows"),
        (None, {"paid": ["yes", None, "no", "no"]}, "no number in 1 rows"),
        (None, {"paid": ["yes", "maybe", "no", "no"]}, "the text 'maybe'"),
        (None, {"paid": [[1], [2], [3], [4]]}, "must hold numbers"),
        (Columns("arm", "paid", unit="who"), {"who": ["a", "a", "b", "c"]}, "1 units are in both arms, 'a' for one"),
        (Columns("arm", "paid", unit="who"), {"who": ["a", None, "b", "c"]}, "every row needs its unit"),
        (Columns("arm", "paid", pre="past"), {"past": pa.array([None] * 4, pa.float64())}, "leave --pre out"),
    ],
)
def test_mistakes_are_told_with_what_to_do(columns, changed, told):
    """Where, what, and what to type."""
    with pytest.raises(ProblemError, match=told):
        _read(columns, **changed)


def test_tables_in_several_pieces_are_read_whole():
    """As files of several row groups come."""
    one = pa.table(ROWS)
    sample = read_sample(pa.concat_tables([one, one]), Columns("arm", "paid", unit="who"))

    assert np.allclose(sample.outcome.values, [2, 4, 6, 8])
