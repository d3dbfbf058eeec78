"""Metrics, asked for: which there are, and their statistics over time."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.points import Point, join
from fieldstone.services.cloudwatch.putting import series_of
from fieldstone.services.cloudwatch.statistics import group, read_statistic
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.paging import cut_page
from fieldstone.store.resources import InvalidTokenError

_MOST_DATAPOINTS: Final = 1440
_MOST_METRICS: Final = 500
_LISTED: Final = 14 * 24 * 3600
_RECENT: Final = 3 * 3600
_MINUTE: Final = 60
_DAY: Final = 24 * 3600
_LATEST: Final = 250_000_000_000.0
"""Seconds since the epoch; the years have four digits until then."""


@read
def list_metrics(ctx: Context, request: Request) -> Answer:
    """A page of the metrics that had a value within two weeks."""
    since = int(ctx.now) - (_RECENT if request.get("RecentlyActive") else _LISTED)
    found: list[dict[str, Any]] = [
        {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in json.loads(dimensions).items()],
        }
        for namespace, name, dimensions in ctx.store.metrics.list(ctx.account, ctx.region, since)
        if namespace == request.get("Namespace", namespace) and name == request.get("MetricName", name)
    ]
    wanted = request.get("Dimensions", [])
    return paged("Metrics", [metric for metric in found if _has(metric["Dimensions"], wanted)], request, _MOST_METRICS)


@read
def get_metric_statistics(ctx: Context, request: Request) -> Answer:
    """Statistics of one metric, one datapoint for each period and unit.

    Differs from AWS: trimmed means and the like are told for ``IQM`` and ``tm…`` alone.
    """
    _check_request(request)
    plain, more = request.get("Statistics", []), request.get("ExtendedStatistics", [])
    told = {name: read_statistic(name) for name in [*plain, *more]}
    start, end, period = (
        aligned(request["StartTime"], ctx.now, request["Period"]),
        request["EndTime"],
        request["Period"],
    )
    points = ctx.store.metrics.read(series_of(ctx, request["Namespace"], request), start, rounded_up(end))
    datapoints: list[dict[str, Any]] = []
    for begin, found in group(points, start, period).items():
        for unit, whole in _by_unit(found, request.get("Unit")):
            values = {name: tell(whole) for name, tell in told.items()}
            extended = {name: values[name] for name in more if values[name] is not None}
            datapoints.append(
                {"Timestamp": begin, "Unit": unit, **{name: values[name] for name in plain}}
                | ({"ExtendedStatistics": extended} if more else {})
            )
    return {"Label": request["MetricName"], "Datapoints": datapoints}


def read_values(ctx: Context, stat: dict[str, Any], start: float, end: float) -> dict[int, float]:
    """The values of a MetricStat by time: one statistic of one metric, for each period that has one."""
    metric, period, tell = stat["Metric"], stat["Period"], read_statistic(stat["Stat"])
    check_period(period)
    origin = aligned(start, ctx.now, period)
    points = ctx.store.metrics.read(series_of(ctx, metric.get("Namespace", ""), metric), origin, rounded_up(end))
    values: dict[int, float] = {}
    for begin, found in group(points, origin, period).items():
        whole = join(point for point in found if point.unit == stat.get("Unit", point.unit))
        value = None if whole is None else tell(whole)
        if value is not None:
            values[begin] = value
    return values


def aligned(start: float, now: float, period: int) -> int:
    """A start as CloudWatch rounds it down: to the minute, or less for short periods, and more the older it is."""
    start = min(max(start, 0.0), _LATEST)
    age = now - start
    if age >= 63 * _DAY:
        step = 3600
    elif age >= 15 * _DAY:
        step = 300
    else:
        step = min(period, _MINUTE)
    return int(start) - int(start) % step


def check_period(period: int) -> None:
    """Refuse a period that is none of CloudWatch's.

    Raises:
        AwsError: InvalidParameterValue.
    """
    if period not in (1, 5, 10, 20, 30) and (period < 1 or period % _MINUTE):
        raise AwsError("InvalidParameterValue", f"The value {period} for parameter Period is invalid.")


def paged(member: str, items: list[Any], request: Request, most: int) -> Answer:
    """The page of a list that a request asks for.

    Raises:
        AwsError: InvalidNextToken.
    """
    try:
        page, token = cut_page(items, most, request.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from None
    return {member: page, "NextToken": token}


def _check_request(request: Request) -> None:
    start, end, period = request["StartTime"], request["EndTime"], request["Period"]
    if start >= end:
        words = "The parameter StartTime must be less than the parameter EndTime."
        raise AwsError("InvalidParameterValue", words)
    check_period(period)
    count = -int(-(end - start) // period)
    if count > _MOST_DATAPOINTS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {count} datapoints, which exceeds the limit of {_MOST_DATAPOINTS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )
    if not request.get("Statistics") and not request.get("ExtendedStatistics"):
        words = "Must specify either Statistics or ExtendedStatistics"
        raise AwsError("InvalidParameterCombination", words)


def _by_unit(points: list[Point], wanted: str | None) -> Iterable[tuple[str, Point]]:
    for unit in dict.fromkeys(point.unit for point in points):
        whole = join(point for point in points if point.unit == unit)
        if whole is not None and wanted in (None, unit):
            yield unit, whole


def _has(dimensions: list[dict[str, str]], wanted: list[dict[str, str]]) -> bool:
    known = {item["Name"]: item["Value"] for item in dimensions}
    return all(
        item["Name"] in known and item.get("Value", known[item["Name"]]) == known[item["Name"]] for item in wanted
    )


def rounded_up(time: float) -> int:
    """A time in whole seconds, none beyond what a calendar has."""
    return math.ceil(min(max(time, 0.0), _LATEST))
