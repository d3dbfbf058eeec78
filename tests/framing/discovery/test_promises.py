"""The benchmark's promises in short form: each family's truth is known."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def promises():
    path = Path(__file__).parents[3] / "benchmarks" / "framing_structure.py"
    spec = importlib.util.spec_from_file_location("framing_structure", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["framing_structure"] = module
    spec.loader.exec_module(module)
    return module


def drawn(family, seed, /, **options):
    return family(np.random.default_rng([seed, 7]), **options)


@pytest.mark.parametrize(
    "family",
    [
        "cloud",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("long_tailed", "correlated", "skewed", "bent", "with_yes_and_no")
        ),
    ],
)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_one_cloud_is_not_segmented(promises, family, seed):
    """However a single cloud is shaped, the verdict is not to segment."""
    assert promises.says_one_cloud(drawn(getattr(promises, family), seed), seed)


@pytest.mark.parametrize("groups", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_groups_that_stand_apart_are_found(promises, groups):
    """As many groups as were made, of the sizes that were made."""
    assert promises.finds_groups(drawn(promises.apart, 1, groups=groups), 1)


@pytest.mark.slow
def test_the_written_rule_sorts_cases_as_the_groups_do(promises):
    """The Python that is handed over, run on the cases, gives the groups back."""
    assert promises.rule_sorts(drawn(promises.apart, 2, groups=4), 2)


@pytest.mark.slow
def test_groups_by_one_column_are_answered_with_a_rule(promises):
    """Bands of a single column need no machine learning."""
    assert promises.says_rule(drawn(promises.banded, 1), 1)


def test_towns_are_found(promises):
    """Homes around four towns get four places, each in its town."""
    assert promises.finds_towns(drawn(promises.towns, 1), 1)


@pytest.mark.parametrize(
    "family",
    ["cloud", *(pytest.param(name, marks=pytest.mark.slow) for name in ("correlated", "long_tailed", "skewed"))],
)
def test_nothing_stands_out_where_nothing_is_odd(promises, family):
    """Long tails and correlations are no anomalies by themselves."""
    family = getattr(promises, family)

    assert all(promises.says_nothing_odd(drawn(promises.nothing_odd, seed, family=family), seed) for seed in range(4))


def test_broken_bonds_are_first_in_line(promises):
    """Cases whose every value is usual, but not together, are found."""
    assert promises.finds_odd(drawn(promises.broken_bond, 1), 1)


def test_one_hot_column_is_answered_with_a_threshold(promises):
    """Guide, when not to use ML: "If temperature > 100, send alert" is the answer where it does the job."""
    assert promises.says_rule(drawn(promises.overheated, 1), 1, "anomalies")
