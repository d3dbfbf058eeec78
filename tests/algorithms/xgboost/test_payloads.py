"""Long bodies of CSV, read by Arrow: what the short way gives."""

import numpy as np
import pytest

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
