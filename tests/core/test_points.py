"""Values summed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.core.points import Point, join


def point(*values):
    return Point(0, 60, "None", len(values), sum(values), min(values), max(values), dict.fromkeys(values, 1.0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_many_points_become_one(values):
    """Count, sum and bounds are exact; values are, or to a percent."""
    whole = join(point(value) for value in values)

    assert whole is not None
    assert (whole.count, whole.low, whole.high) == (len(values), min(values), max(values))
    assert whole.total == pytest.approx(sum(values))
    assert whole.spread is not None
    assert sum(whole.spread.values()) == len(values)
    for value in values:
        assert any(abs(kept - value) <= abs(value) * 0.0051 for kept in whole.spread)


def test_what_holds_a_sum_alone_has_no_values() -> None:
    """Nor has what it is joined with."""
    whole = join([point(1.0), Point(0, 60, "None", 2, 3.0, 1.0, 2.0, None)])

    assert whole is not None
    assert (whole.count, whole.total, whole.spread) == (3, 4.0, None)
    assert join([]) is None
