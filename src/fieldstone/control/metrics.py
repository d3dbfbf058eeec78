"""The last value of each metric that a program printed."""

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from fieldstone.core.eventlog import Event
from fieldstone.engine.images import Metric


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


def _number(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    try:
        value = float(match[1])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None
