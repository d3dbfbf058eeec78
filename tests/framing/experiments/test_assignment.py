"""Who sees what. Hashes do not change, so neither do these tests' figures."""

from collections import Counter

import pytest
from scipy import stats

from fieldstone.framing.experiments.assignment import assign
from fieldstone.framing.mistakes import ProblemError

UNITS = [f"customer-{number}" for number in range(20_000)]
EVEN = {"control": 1, "treatment": 1}


def _drawn(arms, experiment="offer"):
    return [assign(unit, experiment, arms) for unit in UNITS]


def test_a_unit_keeps_its_arm():
    """Asked again, on another day, with the arms named in another order."""
    assert _drawn(EVEN) == _drawn({"treatment": 5, "control": 5})


def test_these_units_have_these_arms():
    """A change of the hash would mix running tests up: it must fail here."""
    assert {unit for unit in "abcdef" if assign(unit, "offer", EVEN) == "treatment"} == {"b", "d"}


@pytest.mark.parametrize("arms", [EVEN, {"control": 9, "treatment": 1}, {"a": 2, "b": 3, "c": 5}])
def test_arms_get_their_weights(arms):
    """Chi-square over 20,000 units, at one in a thousand."""
    counted = Counter(_drawn(arms))
    expected = [len(UNITS) * weight / sum(arms.values()) for weight in arms.values()]

    assert stats.chisquare([counted[arm] for arm in arms], expected).pvalue > 0.001


def test_experiments_draw_independently():
    """The arm in one says nothing about the arm in another."""
    both = Counter(zip(_drawn(EVEN, "offer"), _drawn(EVEN, "price"), strict=True))
    table = [[both[first, second] for second in EVEN] for first in EVEN]

    assert stats.chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize(
    ("before", "after", "grown"),
    [
        ({"control": 9, "treatment": 1}, {"control": 5, "treatment": 5}, {"treatment"}),
        ({"a": 8, "b": 1, "c": 1}, {"a": 4, "b": 3, "c": 3}, {"b", "c"}),
        ({"control": 1, "b": 1}, {"control": 1, "b": 1, "c": 1}, {"c"}),
    ],
)
def test_units_move_only_to_arms_that_grow(before, after, grown):
    """Whoever saw the new way goes on seeing it when more people do."""
    moves = {(old, new) for old, new in zip(_drawn(before), _drawn(after), strict=True) if old != new}

    assert {new for _, new in moves} == grown
    assert not {old for old, _ in moves} & grown


def test_an_arm_without_weight_gets_nobody():
    """It can be switched off without a new experiment."""
    assert set(_drawn({"control": 1, "treatment": 0})) == {"control"}


@pytest.mark.parametrize("arms", [{}, {"a": 0}, {"a": -1, "b": 1}, {"a": float("nan")}, {"a": float("inf")}])
def test_weights_that_are_none_are_refused(arms):
    """With what to write instead."""
    with pytest.raises(ProblemError, match="such as"):
        assign("customer", "offer", arms)
