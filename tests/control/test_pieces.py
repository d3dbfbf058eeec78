"""The pure parts of the controllers."""

import pytest

from fieldstone.control.channels import relative_name
from fieldstone.control.instances import cores_of
from fieldstone.control.metrics import final_metrics
from fieldstone.core.eventlog import Event
from fieldstone.engine.images import Metric, find_program


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        ("data/train/", "data/train/a.csv", "a.csv"),
        ("data/train", "data/train/sub/a.csv", "sub/a.csv"),
        ("data/train.csv", "data/train.csv", "train.csv"),
        ("data/tr", "data/train/a.csv", "train/a.csv"),
        ("", "a.csv", "a.csv"),
        ("a.csv", "a.csv", "a.csv"),
    ],
)
def test_a_channels_files_are_named_below_its_prefix(prefix: str, key: str, name: str) -> None:
    """As AWS lays them out."""
    assert relative_name(prefix, key) == name


@pytest.mark.parametrize(
    ("instance_type", "cores"),
    [("ml.m5.large", 2), ("ml.m5.xlarge", 4), ("ml.c5.9xlarge", 36), ("ml.t3.medium", 2), ("local", 64)],
)
def test_an_instance_type_asks_for_its_vcpus(instance_type: str, cores: int) -> None:
    """By the rule that AWS's families follow."""
    assert cores_of(instance_type, 64) == cores


def test_no_instance_type_has_more_cores_than_the_machine() -> None:
    """A job for a large instance runs on what there is."""
    assert cores_of("ml.m5.24xlarge", 2) == 2


def test_the_last_value_of_each_metric_is_found() -> None:
    """By the patterns of the algorithm; lines of CloudWatch show a tab as #011."""
    lines = ["[0]#011train-auc:0.5#011validation-auc:0.4", "[1]#011train-auc:0.9#011validation-auc:0.8", "done"]
    events = [Event(0, 0, 1_000 * number, line) for number, line in enumerate(lines)]

    found = {metric["MetricName"]: metric for metric in final_metrics(events, find_program("xgboost:1").metrics)}

    assert found["validation:auc"] == {"MetricName": "validation:auc", "Value": 0.8, "Timestamp": 1.0}
    assert found["train:auc"]["Value"] == 0.9


def test_a_metric_that_is_no_number_is_left_out() -> None:
    """NaN and words have no place in FinalMetricDataList."""
    events = [Event(0, 0, 0, "loss=nan"), Event(0, 0, 0, "loss=none")]

    assert not list(final_metrics(events, [Metric("loss", r"loss=(\S+)"), Metric("groupless", "loss")]))
