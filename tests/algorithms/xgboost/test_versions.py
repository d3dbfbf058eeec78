"""What an image's tag decides."""

import pytest

from fieldstone.algorithms.xgboost.versions import SMALL, Version, translate
from fieldstone.contract.training import UserError

OLD, NEW = Version(1, 7, 1), Version(3, 0, 5)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.7-1", Version(1, 7, 1)),
        ("1.0-1-cpu-py3", Version(1, 0, 1)),
        ("0.90-2", Version(0, 90, 2)),
        ("0.72", Version(0, 72)),
        ("latest", Version(0, 72)),
        ("1", Version(0, 72)),
    ],
)
def test_a_tag_names_a_version(tag, version):
    """Whatever follows the revision does not matter."""
    assert Version.parse(tag) == version


@pytest.mark.parametrize("tag", ["", "2", "newest", "1.7.1-x", "v1.7-1"])
def test_what_is_no_version_is_refused(tag):
    """Guessing would give somebody the wrong model."""
    with pytest.raises(ValueError, match="is not the version of an XGBoost image"):
        Version.parse(tag)


def test_versions_are_ordered():
    """0.90 came before 1.0, and 1.2-1 before 1.2-2."""
    assert Version(0, 90, 2) < Version(1, 0, 1) < Version(1, 2, 1) < Version(1, 2, 2) < Version(1, 7, 1) < NEW


def test_before_2_0_trees_are_exact_while_data_are_few():
    """`auto` and nothing mean the same."""
    assert translate({}, OLD, SMALL - 1)["tree_method"] == "exact"
    assert translate({"tree_method": "auto"}, OLD, SMALL)["tree_method"] == "approx"
    assert translate({"tree_method": "hist"}, OLD, 10)["tree_method"] == "hist"
    assert "tree_method" not in translate({"tree_method": "auto"}, NEW, 10)


def test_before_2_0_predictions_start_from_one_half():
    """Except for absolute error, whose intercept 1.7 already estimated; a given one is kept."""
    assert translate({}, OLD, 10)["base_score"] == 0.5
    assert translate({"base_score": 0.1}, OLD, 10)["base_score"] == 0.1
    assert "base_score" not in translate({"objective": "reg:absoluteerror"}, OLD, 10)
    assert "base_score" not in translate({}, NEW, 10)


def test_a_booster_without_trees_or_a_chosen_updater_gets_no_tree_method():
    """XGBoost would warn of it, or ignore the updater."""
    assert "tree_method" not in translate({"booster": "gblinear"}, OLD, 10)
    assert "tree_method" not in translate({"updater": ["grow_histmaker"]}, OLD, 10)


def test_the_default_metrics_are_those_of_the_version():
    """Error before 1.3, mean average precision for rankings before 2.0; what is asked for is kept."""
    assert translate({"objective": "multi:softmax"}, Version(1, 2, 1), 10)["eval_metric"] == "merror"
    assert translate({"objective": "rank:pairwise"}, OLD, 10)["eval_metric"] == "map"
    assert "eval_metric" not in translate({"objective": "multi:softmax"}, OLD, 10)
    assert translate({"objective": "rank:ndcg", "eval_metric": ["auc"]}, OLD, 10)["eval_metric"] == ["auc"]


@pytest.mark.parametrize("updater", ["distcol", "grow_skmaker"])
def test_updaters_that_are_gone_are_refused(updater):
    """There is nothing to translate them to."""
    with pytest.raises(UserError, match=f"Tree updater {updater} does not exist"):
        translate({"updater": [updater]}, OLD, 10)
