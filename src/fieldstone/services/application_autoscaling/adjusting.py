"""How many there shall be, by a policy and the value of its metric."""

import math
from typing import Any, Final

_FUZZ: Final = 1e-9


def track(current: int, value: float, target: float) -> int:
    """So many that each would have the target's share of what the value says."""
    return max(1, math.ceil(current * value / target - _FUZZ)) if current else int(value > 0)


def step(current: int, config: dict[str, Any], breach: float) -> int:
    """By the step adjustment for how far the metric is beyond the alarm's threshold; none fits, nothing changes."""
    fitting = (item for item in config["StepAdjustments"] if _fits(item, breach))
    found = next(fitting, None)
    if found is None:
        return current
    amount = found["ScalingAdjustment"]
    match config["AdjustmentType"]:
        case "ExactCapacity":
            return amount
        case "PercentChangeInCapacity":
            return current + _share(current * amount / 100, config.get("MinAdjustmentMagnitude", 1))
        case _:
            return current + amount


def _fits(item: dict[str, Any], breach: float) -> bool:
    """Bounds away from the threshold are exclusive, those towards it inclusive."""
    low, high = item.get("MetricIntervalLowerBound", -math.inf), item.get("MetricIntervalUpperBound", math.inf)
    return low <= breach < high if breach >= 0 else low < breach <= high


def _share(change: float, least: int) -> int:
    """A change in whole numbers, towards none, but at least so large."""
    if not change:
        return 0
    return int(math.copysign(max(math.floor(abs(change) + _FUZZ), least), change))
