"""Counts by the value of a metric."""

import pytest

from fieldstone.services.application_autoscaling.adjusting import step, track


@pytest.mark.parametrize(
    ("current", "value", "count"), [(1, 25, 3), (2, 10, 2), (3, 7, 3), (4, 5, 2), (2, 0, 1), (0, 5, 1), (0, 0, 0)]
)
def test_tracking_brings_the_metric_to_its_target(current: int, value: float, count: int) -> None:
    """The target is ten for each; rounding is to more."""
    assert track(current, value, 10.0) == count


PERCENT = {"AdjustmentType": "PercentChangeInCapacity"}


@pytest.mark.parametrize(
    ("config", "breach", "count"),
    [
        ({"AdjustmentType": "ExactCapacity"}, 3, 20),
        ({"AdjustmentType": "ChangeInCapacity"}, 3, 30),
        (PERCENT, 3, 12),
        (PERCENT | {"MinAdjustmentMagnitude": 5}, 3, 15),
        (PERCENT, 7, 10),
        (PERCENT, -3, 9),
        (PERCENT, -5, 10),
    ],
)
def test_a_step_fits_the_breach(config: dict[str, object], breach: float, count: int) -> None:
    """Ten of them: up by 20 or 20 percent from 0 to 5, down by 5 percent from -5 to 0, and else not at all."""
    steps = [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 5.0, "ScalingAdjustment": 20},
        {"MetricIntervalLowerBound": -5.0, "MetricIntervalUpperBound": 0.0, "ScalingAdjustment": -5},
    ]
    assert step(10, config | {"StepAdjustments": steps}, breach) == count
