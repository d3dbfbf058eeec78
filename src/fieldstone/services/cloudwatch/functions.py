"""The functions of metric math."""

import math
import statistics
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from fieldstone.services.cloudwatch.expressions import Known
from fieldstone.services.cloudwatch.series import ExpressionError, Series, Value, each, flatten

Function = Callable[[Known, list[Value]], Value]


def _of_numbers(compute: Callable[[float], float]) -> Function:
    """A function of every number by itself."""
    return lambda _, arguments: each(compute, _only(arguments))


def _reducing(compute: Callable[[list[float]], float]) -> Function:
    """A function of one series gives a number; of several, a series: their values at each time."""

    def reduce(_: Known, arguments: list[Value]) -> Value:
        value = arguments[0] if len(arguments) == 1 else list(arguments)
        if isinstance(value, dict):
            if not value:
                raise ExpressionError("the series has no values")
            return float(compute(list(value.values())))
        if not isinstance(value, list):
            return each(lambda number: number, value)
        series = flatten(value)
        times = sorted({time for one in series for time in one})
        return {time: float(compute([one[time] for one in series if time in one])) for time in times}

    return reduce


def _over_time(compute: Callable[[list[tuple[int, float]]], Series]) -> Function:
    """A function of a series along its times."""

    def follow(_: Known, arguments: list[Value]) -> Value:
        value = _only(arguments)
        if isinstance(value, list):
            return [compute(sorted(series.items())) for series in flatten(value)]
        return compute(sorted(_series(value).items()))

    return follow


def _rate(points: list[tuple[int, float]]) -> Series:
    return {b: (y - x) / (b - a) for (a, x), (b, y) in pairwise(points)}


def _diff(points: list[tuple[int, float]]) -> Series:
    return {b: y - x for (_, x), (b, y) in pairwise(points)}


def _diff_time(points: list[tuple[int, float]]) -> Series:
    return {b: float(b - a) for (a, _), (b, _) in pairwise(points)}


def _running_sum(points: list[tuple[int, float]]) -> Series:
    total, found = 0.0, Series()
    for time, value in points:
        total += value
        found[time] = total
    return found


def _fill(known: Known, arguments: list[Value]) -> Value:
    if len(arguments) != 2:
        raise ExpressionError("FILL takes a series and what to fill it with")
    value, filling = arguments
    if isinstance(value, list):
        return [_fill(known, [item, filling]) for item in value]
    series = _series(value)
    if filling == "REPEAT":
        return _repeated(series, known.scope.times)
    if filling == "LINEAR":
        return _linear(series, known.scope.times)
    if isinstance(filling, dict):
        return {time: filling[time] for time in known.scope.times if time in filling} | series
    if not isinstance(filling, float):
        raise ExpressionError("a series is filled with a number, REPEAT or LINEAR")
    return dict.fromkeys(known.scope.times, filling) | series


def _repeated(series: Series, times: range) -> Series:
    found, last = Series(), None
    for time in times:
        last = series.get(time, last)
        if last is not None:
            found[time] = last
    return found


def _linear(series: Series, times: range) -> Series:
    found, known = dict(series), sorted(series.items())
    for (a, x), (b, y) in pairwise(known):
        found |= {time: x + (y - x) * (time - a) / (b - a) for time in times if a < time < b}
    return found


def _if(_: Known, arguments: list[Value]) -> Value:
    if len(arguments) not in (2, 3):
        raise ExpressionError("IF takes a condition, a value and perhaps another one")
    condition, yes, *rest = arguments
    if not isinstance(condition, dict):
        return yes if condition else (rest[0] if rest else {})
    no: Value = rest[0] if rest else {}
    chosen = {time: _at(yes if truth else no, time) for time, truth in condition.items()}
    return {time: value for time, value in chosen.items() if value is not None}


def _at(value: Value, time: int) -> float | None:
    if isinstance(value, dict):
        return value.get(time)
    if isinstance(value, float):
        return value
    raise ExpressionError("IF chooses between numbers and series")


def _metrics(known: Known, arguments: list[Value]) -> Value:
    part = arguments[0] if arguments else ""
    if not isinstance(part, str):
        raise ExpressionError("METRICS takes a part of ids")
    return [value for name, value in known.values.items() if part in name and isinstance(value, dict)]


def _time_series(known: Known, arguments: list[Value]) -> Value:
    number = _only(arguments)
    if not isinstance(number, float):
        raise ExpressionError("TIME_SERIES takes a number")
    return dict.fromkeys(known.scope.times, number)


def _period(known: Known, _: list[Value]) -> Value:
    return float(known.scope.period)


def _of_time(tell: Callable[[datetime], int]) -> Function:
    """A part of the time of every value."""
    return _over_time(lambda points: {time: float(tell(datetime.fromtimestamp(time, UTC))) for time, _ in points})


def _first(known: Known, arguments: list[Value]) -> Value:
    found = flatten([_only(arguments)])
    del known
    if not found:
        raise ExpressionError("the list has no series")
    return found[0]


def _last(known: Known, arguments: list[Value]) -> Value:
    return _first(known, [list(reversed(flatten([_only(arguments)])))])


def _only(arguments: list[Value]) -> Value:
    if len(arguments) != 1:
        raise ExpressionError("the function takes one argument")
    return arguments[0]


def _series(value: Value) -> Series:
    if not isinstance(value, dict):
        raise ExpressionError("a time series is expected")
    return value


FUNCTIONS: Final[Mapping[str, Function]] = {
    "ABS": _of_numbers(abs),
    "CEIL": _of_numbers(math.ceil),
    "FLOOR": _of_numbers(math.floor),
    "LOG": _of_numbers(math.log),
    "LOG10": _of_numbers(math.log10),
    "AVG": _reducing(statistics.fmean),
    "MAX": _reducing(max),
    "MIN": _reducing(min),
    "SUM": _reducing(math.fsum),
    "STDDEV": _reducing(statistics.pstdev),
    "DATAPOINT_COUNT": _reducing(len),
    "RATE": _over_time(_rate),
    "DIFF": _over_time(_diff),
    "DIFF_TIME": _over_time(_diff_time),
    "RUNNING_SUM": _over_time(_running_sum),
    "FILL": _fill,
    "IF": _if,
    "METRICS": _metrics,
    "PERIOD": _period,
    "TIME_SERIES": _time_series,
    "FIRST": _first,
    "LAST": _last,
    "MINUTE": _of_time(lambda time: time.minute),
    "HOUR": _of_time(lambda time: time.hour),
    "DAY": _of_time(lambda time: time.isoweekday()),
    "DATE": _of_time(lambda time: time.day),
    "MONTH": _of_time(lambda time: time.month),
    "YEAR": _of_time(lambda time: time.year),
    "EPOCH": _over_time(lambda points: {time: float(time) for time, _ in points}),
}
