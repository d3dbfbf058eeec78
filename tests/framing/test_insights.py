"""What a model uses, whom it finds, where it fails."""

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.insights import importances, lift, worst_groups


def _cases(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 3)).astype(np.float32)
    features[:, 2] = rng.integers(0, 3, n)
    features[rng.random(n) < 0.1, 1] = np.nan
    columns = (
        Column("strong", "number", 0.0, n),
        Column("weak", "number", 0.1, n),
        Column("town", "category", 0.0, 3, ("Ulm", "Bern", "Lugano")),
    )
    target = 3.0 * features[:, 0] + np.nan_to_num(features[:, 1])
    table = pa.table({name: features[:, at] for at, name in enumerate(("strong", "weak", "town"))})
    return Cases(table, columns, features, target=target.astype(float))


def test_what_a_model_uses_most_comes_first():
    """Shuffling what decides makes the error grow; shuffling what is not looked at changes nothing."""
    cases = _cases()

    ranked = importances(lambda features: 2.9 * features[:, 0] + np.nan_to_num(features[:, 1]), cases)

    assert [one.feature for one in ranked] == ["strong", "weak", "town"]
    assert ranked[0].growth.low > ranked[1].growth.high > 0
    assert ranked[2].growth.value == 0


def test_importances_of_classes_are_reckoned_from_their_probabilities():
    """Cases x classes of probabilities are compared with the class that came."""
    cases = _cases(500)
    town = cases.features[:, 2]
    told = Cases(cases.table, cases.columns, cases.features, target=town.astype(float), classes=("a", "b", "c"))

    ranked = importances(lambda features: np.eye(3)[features[:, 2].astype(int)] * 0.9 + 0.03, told)

    assert ranked[0].feature == "town"


def test_importances_leave_the_cases_as_they_are():
    """Shuffling happens on a copy."""
    cases = _cases(200)
    before = cases.features.copy()

    importances(lambda features: features[:, 0].astype(float), cases)

    assert np.array_equal(before, cases.features, equal_nan=True)


def test_lift_counts_what_the_first_groups_hold():
    """A perfect ranking has all positives in front."""
    outcomes = (np.arange(1000) < 100).astype(float)

    table = lift(1 - np.arange(1000) / 1000, outcomes)

    assert (table[0].rate.value, table[0].lift, table[0].found) == (1.0, 10.0, 1.0)
    assert sum(one.cases for one in table) == 1000


def test_lift_passes_over_cases_without_a_probability():
    """The first cases in time have none."""
    table = lift(np.array([np.nan, 0.9, 0.1]), np.array([1.0, 1.0, 0.0]), groups=2)

    assert [one.cases for one in table] == [1, 1]
    assert table[-1].found == 1.0


def test_the_group_in_which_errors_are_dear_is_found():
    """One town costs five times as much as the others."""
    cases = _cases()
    rng = np.random.default_rng(1)
    errors = rng.exponential(size=len(cases)) * np.where(cases.features[:, 2] == 1, 5, 1)

    worst = worst_groups(cases, errors)

    assert worst[0].name == "town = Bern"
    assert worst[0].error.value == pytest.approx(5, rel=0.2)
    assert worst[0].elsewhere == pytest.approx(1, rel=0.2)


def test_missing_values_are_a_group():
    """Where the model goes wrong for want of a value, it shows."""
    cases = _cases()
    errors = np.where(np.isnan(cases.features[:, 1]), 3.0, 1.0) + np.random.default_rng(1).random(len(cases))

    assert worst_groups(cases, errors)[0].name == "weak is missing"


def test_errors_of_chance_alone_make_no_groups():
    """At most one of twenty tables without any bad group shows one, though all slices are looked at."""
    found = [len(worst_groups(_cases(seed=seed), np.random.default_rng(seed).random(2000))) for seed in range(20)]

    assert sum(count > 0 for count in found) <= 2


def test_small_groups_are_passed_over():
    """Five cases prove nothing."""
    cases = _cases(300)
    errors = np.where(np.arange(300) < 5, 100.0, 0.0)

    assert all(group.cases >= 50 for group in worst_groups(cases, errors))
