"""Numbers of CSV: short bodies, by JSON's parser or by Python's, and long ones, by Arrow, all give the same."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldstone.algorithms.xgboost.payloads import RefusedError, read_csv, read_large_csv


@pytest.mark.parametrize("body", [
    b"1,2,3\n4,5,6\n",
    b"1,2,3\r\n4,5,6",
    b"\n1,2,3\n\n4,5,6\n\n",
    b"1;2;3\n4;5;6\n",
    b"1\t\t3\n\t5\t\n",
    b"1,,3\n,,\n",
    b"0.1,1e-7,-3.25\n123456789.123,nan,inf\n",
    b" 1, 2 ,3\n4,5,6\n",
    b"1_000,2,3\n",
], ids=str)  # fmt: skip
def test_the_fast_way_reads_what_the_slow_way_reads(body):
    """Every number the same."""
    np.testing.assert_array_equal(read_large_csv(body, 3), np.array(read_csv(body, 3), np.float32).reshape(-1, 3))


def test_rows_with_different_delimiters_are_refused():
    """A row that has more numbers than it seems would be answered as several."""
    with pytest.raises(RefusedError, match="its rows have different delimiters"):
        read_csv(b"1 2\n3,4 5,6\n", 2)


@pytest.mark.parametrize(
    "body", [b"1,2\n3,4,5\n", b"1,2,3\n4,5\n", b"1,2,3\n4,x,6\n", b'"1",2,3\n', b"1,2,3\n  \n"], ids=str
)
def test_the_fast_way_refuses_what_the_slow_way_refuses(body):
    """With the same words."""
    with pytest.raises(RefusedError) as slow:
        read_csv(body, 3)
    with pytest.raises(RefusedError) as fast:
        read_large_csv(body, 3)

    assert fast.value.reply == slow.value.reply


NUMBERS = st.one_of(
    st.floats().map(repr),
    st.floats(width=32).map("{:.4f}".format),
    st.integers().map(str),
    st.integers(-(10**30), 10**30).map("{}e-20".format),
    st.sampled_from(["", " ", " 1", "+1", "01", "1.", ".5", "1_0", "-0", "1e400", "1E5", "NaN", "-Infinity", "nan"]),
    st.sampled_from(["null", "true", '"1"', "[1]", "0x1", "x", "1 2", "\xa01", "\u0661"]),
    st.text("0123456789.e-+ ", max_size=8),
)


def read_field(field):
    """What `float` makes of a field's bytes, or None."""
    try:
        return float(field) if field.strip() else math.nan
    except ValueError:
        return None


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=2, max_size=6))
@example(["1", "", ""])
@example(["", "", "2"])
@example(["null", "1"])
@example(["1]", "[2"])
def test_the_parser_of_json_changes_no_number(fields):
    """A field is what `float` says it is, nothing where it is empty, and what is no number to `float` is refused."""
    body = ",".join(fields).encode()
    expected = [read_field(field.encode()) for field in fields]
    if None in expected:
        with pytest.raises(RefusedError, match="Loading csv data failed with Exception"):
            read_csv(body, len(fields))
    else:
        np.testing.assert_array_equal(read_csv(body, len(fields)), expected)
