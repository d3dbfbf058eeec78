"""Classes, grades and labels: what is answered where no threshold is to be chosen."""

import numpy as np
import pytest
from tests.framing.choice.made import asked, made_cases

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice import choose
from fieldstone.framing.problem import Costs, Target


def test_classes_go_to_the_likeliest():
    """Three diseases: the costless choice, by probability."""
    rng = np.random.default_rng(0)
    _, cases = made_cases(900)
    scores = rng.dirichlet([1, 1, 1], 900)
    truth = np.array([rng.choice(3, p=row) for row in scores], dtype=float)
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("flu", "cold", "well"))

    choice = choose(scores, told, asked())

    right = 1 + choice["best"].value.value / 1000
    assert right == pytest.approx((scores.argmax(axis=1) == truth).mean())
    assert choice.pays


def test_ordered_classes_go_where_they_are_least_far_off():
    """Half unhappy, half happy: the middle is one step off at most."""
    _, cases = made_cases(100)
    truth = np.where(np.arange(100) < 60, 0.0, 2.0)
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("bad", "fair", "good"))
    order = Target(column="x", order=["bad", "fair", "good"])

    choice = choose(np.tile([0.4, 0.2, 0.4], (100, 1)), told, asked(target=order))

    assert choice["best"].value.value == pytest.approx(-1000)


def test_steps_of_an_order_have_their_price_too():
    """Where a grade too low is dear, the higher of two likely grades is given."""
    _, cases = made_cases(100)
    truth = np.where(np.arange(100) < 60, 0.0, 2.0)
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("bad", "fair", "good"))
    costs = Costs(per_unit_over=-1, per_unit_under=-9, currency="EUR")
    order = Target(column="x", order=["bad", "fair", "good"])

    choice = choose(np.tile([0.5, 0.1, 0.4], (100, 1)), told, asked(target=order, costs=costs))

    assert choice.unit == "EUR"
    assert choice["best"].value.value == pytest.approx(-2 * 600)


def test_labels_are_given_where_they_are_likelier_than_not():
    """Politics and economics, each by itself."""
    _, cases = made_cases(100)
    truth = np.column_stack([np.arange(100) % 2, np.ones(100)])
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("politics", "economics"))

    choice = choose(np.where(truth > 0, 0.9, 0.1), told, asked())

    assert choice.kind == "labels"
    assert choice["best"].value.value == 0
