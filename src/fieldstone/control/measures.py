"""Values of metrics as they come up, gathered in memory until they are put into CloudWatch."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

SAGEMAKER: Final = "AWS/SageMaker"
INSTANCES: Final = "/aws/sagemaker/Endpoints"
"""Where AWS has what it measures of instances."""


class Place(NamedTuple):
    """A variant of an endpoint."""

    account: str
    region: str
    endpoint: str
    variant: str


class Metric(NamedTuple):
    """What is measured, and where."""

    place: Place
    namespace: str
    name: str
    unit: str


@dataclass(slots=True)
class Statistics:
    """How many values, and what of them is kept."""

    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    greatest: float = float("-inf")

    def add(self, value: float) -> None:
        """Take in a value."""
        self.count += 1
        self.total += value
        self.least, self.greatest = min(self.least, value), max(self.greatest, value)


@dataclass(slots=True)
class Measures:
    """What was measured since the last time it was taken away."""

    _found: dict[Metric, Statistics] = field(default_factory=dict[Metric, Statistics])

    def note(self, place: Place, name: str, value: float, unit: str = "None", namespace: str = SAGEMAKER) -> None:
        """Take in a value."""
        self._found.setdefault(Metric(place, namespace, name, unit), Statistics()).add(value)

    def take(self) -> dict[Metric, Statistics]:
        """What there is, which is forgotten here."""
        found, self._found = self._found, {}
        return found


def datum(metric: Metric, found: Statistics, now: float) -> dict[str, Any]:
    """What was measured, as CloudWatch keeps it."""
    names = {"EndpointName": metric.place.endpoint, "VariantName": metric.place.variant}
    return {
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
        "StatisticValues": {
            "SampleCount": float(found.count),
            "Sum": found.total,
            "Minimum": found.least,
            "Maximum": found.greatest,
        },
        "Unit": metric.unit,
        "Timestamp": now,
    }
