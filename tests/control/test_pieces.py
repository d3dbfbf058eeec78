"""The pure parts of the controllers."""

import pytest

from fieldstone.control.channels import relative_name
from fieldstone.control.failures import from_program
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


def test_a_long_reason_keeps_its_end_where_the_cause_is() -> None:
    """A traceback ends with its exception; AWS shows 1,024 characters."""
    failure = (
        "Traceback (most recent call last):\n"
        + '  File "/opt/ml/code/train.py", line 3\n' * 200
        + "ValueError: no rows"
    )

    reason = str(from_program(failure, 1))

    assert len(reason) == 1024
    assert reason.startswith("AlgorithmError: Traceback (most recent call last):\n")
    assert reason.endswith("ValueError: no rows, exit code: 1")


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
