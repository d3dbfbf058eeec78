"""Values of metrics, put."""

import json
import math
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.points import Point
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.store.metrics import Series

Datum = dict[str, Any]

_OLDEST: Final = 14 * 24 * 3600
_NEWEST: Final = 2 * 3600
_MOST_DATA: Final = 1000
_MOST_VALUES: Final = 150
_LARGEST: Final = 2.0**360
_MINUTE: Final = 60
_WAYS: Final = ("Value", "Values", "StatisticValues")

_Named = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and dimensions, as they come."""


@write
def put_metric_data(ctx: Context, request: Request) -> Answer:
    """Add values to metrics; those of one minute are kept as one point, with high resolution those of one second."""
    namespace, data = request["Namespace"], request.get("MetricData", [])
    if namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    keep_data(ctx, namespace, data)
    return {}


def keep_data(ctx: Context, namespace: str, data: list[Datum]) -> None:
    """Add values to metrics of whatever namespace: the server's own are under AWS's names.

    Raises:
        AwsError: One of the data cannot be meant so; nothing is kept.
    """
    if len(data) > _MOST_DATA:
        words = f"The collection MetricData must not have a size greater than {_MOST_DATA}."
        raise AwsError("InvalidParameterValue", words)
    points: dict[_Named, dict[tuple[int, int, str], Point]] = {}
    for number, datum in enumerate(data, 1):
        point = _point(ctx, datum, number)
        named = datum["MetricName"], tuple((item["Name"], item["Value"]) for item in datum.get("Dimensions", ()))
        known = points.setdefault(named, {}).setdefault((point.start, point.width, point.unit), point)
        if known is not point:
            known.add(point)
    for (name, dimensions), found in points.items():
        series = _series(ctx, namespace, name, dict(dimensions))
        ctx.store.metrics.put(series, found.values(), int(ctx.now))


def keep_recent(ctx: Context, namespace: str, data: list[Datum]) -> None:
    """Add the server's own values, however many; those that are too old or out of range are passed over."""
    recent = [
        datum
        for datum in data
        if ctx.now - _OLDEST <= datum["Timestamp"] <= ctx.now + _NEWEST and abs(datum.get("Value", 0.0)) <= _LARGEST
    ]
    for start in range(0, len(recent), _MOST_DATA):
        keep_data(ctx, namespace, recent[start : start + _MOST_DATA])


def series_of(ctx: Context, namespace: str, metric: Datum) -> Series:
    """What tells a metric from others; the order of its dimensions does not."""
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions", [])}
    return _series(ctx, namespace, metric["MetricName"], dimensions)


def _series(ctx: Context, namespace: str, name: str, dimensions: dict[str, str]) -> Series:
    text = json.dumps(dimensions, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Series(ctx.account, ctx.region, namespace, name, text)


def _point(ctx: Context, datum: Datum, number: int) -> Point:
    where = f"MetricData.member.{number}"
    time = datum.get("Timestamp", ctx.now)
    if not ctx.now - _OLDEST <= time <= ctx.now + _NEWEST:
        bounds = "no more than two weeks in the past and no more than two hours in the future"
        raise _invalid(f"The parameter {where}.Timestamp must specify a time {bounds}.")
    width = datum.get("StorageResolution", _MINUTE)
    if width not in (1, _MINUTE):
        raise _invalid(f"The value {width} for parameter {where}.StorageResolution is invalid.")
    _check_choice(datum, where)
    place = (int(time) - int(time) % width, width, datum.get("Unit", "None"))
    if "Value" in datum:
        value = datum["Value"]
        _check_number(value, f"{where}.Value")
        return Point(*place, 1.0, value, value, value, {value: 1.0})
    if "StatisticValues" in datum:
        return _from_set(datum["StatisticValues"], where, place)
    return _from_values(datum["Values"], datum.get("Counts") or [1.0] * len(datum["Values"]), where, place)


def _from_values(values: list[float], counts: list[float], where: str, place: tuple[int, int, str]) -> Point:
    _check_values(values, counts, where)
    spread: dict[float, float] = {}
    for value, count in zip(values, counts, strict=True):
        spread[value] = spread.get(value, 0.0) + count
    total = sum(value * count for value, count in zip(values, counts, strict=True))
    return Point(*place, sum(counts), total, min(values), max(values), spread)


def _from_set(given: dict[str, float], where: str, place: tuple[int, int, str]) -> Point:
    for name, value in given.items():
        _check_number(value, f"{where}.StatisticValues.{name}")
    count, total, low, high = (given[name] for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    if high < low or count < 0:
        raise _invalid(f"The parameter {where}.StatisticValues is invalid: Maximum must not be below Minimum.")
    alone = {low: count} if low == high else None
    return Point(*place, count, total, low, high, alone)


def _check_choice(datum: Datum, where: str) -> None:
    given = [name for name in _WAYS if name in datum]
    if not given:
        names = ", ".join(f"{where}.{name}" for name in _WAYS)
        raise AwsError(
            "MissingRequiredParameterException", f"At least one of the parameters must be specified: {names}."
        )
    if len(given) > 1:
        both = f"{where}.{given[0]} and {where}.{given[1]}"
        words = f"The parameters {both} are mutually exclusive and you have specified both."
        raise AwsError("InvalidParameterCombination", words)


def _check_values(values: list[float], counts: list[float], where: str) -> None:
    if len(values) != len(counts):
        raise _invalid(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    if not values or len(values) > _MOST_VALUES:
        raise _invalid(f"The collection {where}.Values must have a size from 1 to {_MOST_VALUES}.")
    for name, numbers in (("Value", values), ("Counts", counts)):
        for number in numbers:
            _check_number(number, f"{where}.{name}")
    if min(counts) <= 0:
        raise _invalid(f"The parameter {where}.Counts must be greater than zero.")


def _check_number(value: float, where: str) -> None:
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise _invalid(f"The value {value} for parameter {where} is invalid.")


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidParameterValue", words)
