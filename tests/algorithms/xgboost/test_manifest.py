"""The manifest that the engine reads without importing the program."""

import importlib.util
import re
import tomllib
from importlib.resources import files

import pytest

from fieldstone.algorithms.xgboost.channels import CONTENT_TYPES
from fieldstone.algorithms.xgboost.metrics import MAXIMIZE, MINIMIZE
from fieldstone.algorithms.xgboost.versions import Version


@pytest.fixture(scope="module")
def manifest():
    return tomllib.loads((files("fieldstone.algorithms.xgboost") / "algorithm.toml").read_text())


def test_the_program_is_where_the_manifest_says(manifest):
    """It is a package that can be run."""
    assert importlib.util.find_spec(f"{manifest['module']}.__main__") is not None


def test_every_version_and_alias_is_one_that_the_program_understands(manifest):
    """`latest` and `1` mean the oldest image, as on AWS."""
    assert all(Version.parse(tag) for tag in manifest["versions"])
    for alias, tag in manifest["aliases"].items():
        assert Version.parse(alias) == Version.parse(tag) == Version(0, 72)


def test_the_content_types_are_those_that_can_be_read(manifest):
    """For training; inference knows the same by their full names."""
    assert set(manifest["training"]["content_types"]) == CONTENT_TYPES.keys()
    assert set(manifest["inference"]["content_types"]) < CONTENT_TYPES.keys()


def test_every_metric_is_there_for_both_data_sets_with_its_goal(manifest):
    """A tuning job may name any of them."""
    goals = {metric["name"]: metric["goal"] for metric in manifest["metrics"]}
    expected = {f"{data}:{name}": goal for data in ("train", "validation") for name, goal in directions().items()}

    assert goals == expected


def test_each_expression_finds_its_own_value_in_a_line_of_the_log(manifest):
    """Also when others stand before and behind it: map is not mape, and mae not mape."""
    names = [metric["name"].replace(":", "-", 1) for metric in manifest["metrics"]]
    line = "[12]" + "".join(f"#011{name}:{number / 100}" for number, name in enumerate(names))

    for number, metric in enumerate(manifest["metrics"]):
        assert float(re.match(metric["regex"], line)[1]) == number / 100, metric["name"]


def directions():
    return dict.fromkeys(MAXIMIZE, "Maximize") | dict.fromkeys(MINIMIZE, "Minimize")
