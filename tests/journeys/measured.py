"""What the tests of metrics share: a metric's statistic over the last minutes."""

from datetime import UTC, datetime, timedelta
from typing import Any


def told(cloudwatch: Any, namespace: str, name: str, statistic: str, **dimensions: str) -> float | None:
    """The statistic over the last hour; None where there is no value."""
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=10800,
        Statistics=[statistic],
    )["Datapoints"]
    return points[0][statistic] if points else None
