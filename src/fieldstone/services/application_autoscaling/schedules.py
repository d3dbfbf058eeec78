"""Schedules: ``at(...)``, ``rate(...)`` and ``cron(...)``, and when each is next due."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from fieldstone.core.errors import AwsError, validation_error

Next = Callable[[datetime], datetime | None]
"""The first time after another one; None where there is none."""

_FORM: Final = re.compile(r"(?P<kind>at|rate|cron)\((?P<body>[^()]*)\)")
_RATE: Final = re.compile(r"(?P<count>[1-9]\d*) (?P<unit>minute|hour|day)s?")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_YEARS: Final = range(1970, 2200)
_MOST_DAYS: Final = 366 * 5
"""So far is looked for the next time of a cron expression: a leap day comes within that, most often."""


def read_schedule(text: str, zone: str, start: float) -> Next:
    """What tells when a schedule is due.

    Args:
        text: The schedule.
        zone: The time zone in which it is meant.
        start: From when the times of a rate are counted, in seconds since the epoch.

    Raises:
        AwsError: ValidationException.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise _invalid(text)
    where = _zone(zone)
    try:
        return _KINDS[match["kind"]](match["body"], where, datetime.fromtimestamp(start, UTC))
    except (ValueError, IndexError):
        raise _invalid(text) from None


def _at(body: str, where: tzinfo, start: datetime) -> Next:
    del start
    once = datetime.strptime(body, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=where)
    return lambda after: once if once > after else None


def _rate(body: str, where: tzinfo, start: datetime) -> Next:
    del where
    match = _RATE.fullmatch(body)
    if match is None:
        raise ValueError(body)
    step = timedelta(**{f"{match['unit']}s": int(match["count"])})
    return lambda after: start + step * max((after - start) // step + 1, 1)


def _cron(body: str, where: tzinfo, start: datetime) -> Next:
    del start
    minute, hour, day, month, weekday, year = body.split()
    minutes, hours = _field(minute, range(60)), _field(hour, range(24))
    days, weekdays = _field(day, range(1, 32)), _field(weekday, range(1, 8), _DAYS)
    months, years = _field(month, range(1, 13), _MONTHS), _field(year, _YEARS)

    def suits(date: datetime) -> bool:
        own = date.isoweekday() % 7 + 1
        return date.day in days and own in weekdays and date.month in months and date.year in years

    def following(after: datetime) -> datetime | None:
        local = after.astimezone(where)
        for more in range(_MOST_DAYS):
            date = local + timedelta(days=more)
            times = (date.replace(hour=h, minute=m, second=0, microsecond=0) for h in hours for m in minutes)
            found = next((time for time in times if time > after), None) if suits(date) else None
            if found is not None:
                return found
        return None

    return following


def _field(text: str, among: range, names: tuple[str, ...] = ()) -> list[int]:
    """The numbers that a field of a cron expression stands for, in order."""
    found: set[int] = set()
    for part in text.split(","):
        bounds, _, step = part.partition("/")
        if bounds in {"*", "?"}:
            first, last = among[0], among[-1]
        else:
            low, _, high = bounds.partition("-")
            first = _number(low, among, names)
            last = _number(high, among, names) if high else among[-1] if step else first
        found.update(range(first, last + 1, int(step or 1)))
    if not found:
        raise ValueError(text)
    return sorted(found)


def _number(text: str, among: range, names: tuple[str, ...]) -> int:
    number = names.index(text.upper()) + among[0] if text.upper() in names else int(text)
    if number not in among:
        raise ValueError(text)
    return number


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise validation_error(f"Invalid timezone: {name}") from None


def _invalid(text: str) -> AwsError:
    return validation_error(f"Invalid schedule expression. Details: {text} is no at, rate or cron expression.")


_KINDS: Final[dict[str, Callable[[str, tzinfo, datetime], Next]]] = {"at": _at, "rate": _rate, "cron": _cron}
