"""The metrics that a program printed: the last value of each, and all of them for CloudWatch."""

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fieldstone.core.eventlog import Event
from fieldstone.engine.images import Metric

_MOST_PRINTED: Final = 10_000


def final_metrics(events: Iterable[Event], metrics: Iterable[Metric]) -> Iterator[dict[str, Any]]:
    """``FinalMetricDataList``: for each metric whose pattern matches a line, its value in the last such line.

    Args:
        events: Log events, oldest first.
        metrics: A pattern is searched in each line; its first group is the number.
    """
    lines = [(event.timestamp, event.message) for event in events]
    for metric in metrics:
        pattern = re.compile(metric.regex)
        for timestamp, line in reversed(lines):
            value = _number(pattern.search(line))
            if value is not None:
                yield {"MetricName": metric.name, "Value": value, "Timestamp": timestamp / 1000}
                break


def printed_metrics(events: Iterable[Event], metrics: Iterable[Metric], job: str) -> list[dict[str, Any]]:
    """What a program printed of its metrics, as PutMetricData takes it; of very many values, the last ones."""
    patterns = [(metric.name, re.compile(metric.regex)) for metric in metrics]
    dimensions = [{"Name": "TrainingJobName", "Value": job}]
    found: deque[dict[str, Any]] = deque(maxlen=_MOST_PRINTED)
    for event in events if patterns else ():
        for name, pattern in patterns:
            value = _number(pattern.search(event.message))
            if value is not None:
                stamp = event.timestamp / 1000
                found.append({"MetricName": name, "Value": value, "Timestamp": stamp, "Dimensions": dimensions})
    return list(found)


def _number(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    try:
        value = float(match[1])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None
