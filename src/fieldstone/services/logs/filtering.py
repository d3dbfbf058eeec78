"""Log events of many streams, in the order of time, filtered."""

import heapq
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.eventlog import Event
from fieldstone.services.logs.events import MOST_BYTES, MOST_EVENTS, describe
from fieldstone.services.logs.groups import find_group, find_stream, group_name, invalid_token, log_of, streams_of
from fieldstone.services.logs.patterns import read_pattern
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.store.resources import Row

Position = tuple[int, int, int]
"""Where a page ended: an event's time, its stream's uid, where it begins in its file."""

_MOST_LOOKED_AT: Final = 5_000
_TOKEN: Final = re.compile(r"p/([0-9]{1,18})/([0-9]{1,18})/([0-9]{1,18})")
_ANYWHERE: Final = (-1, -1, -1)


@read
def filter_log_events(ctx: Context, request: Request) -> Answer:
    """A page of a group's events that a pattern wants. A page may be empty and still have a next one.

    Differs from AWS: patterns of columns and regular expressions are refused.
    """
    group = group_name(ctx, request)
    find_group(ctx, group)
    wanted = read_pattern(request.get("filterPattern", ""))
    after, end = _parse_token(request.get("nextToken")), request.get("endTime", math.inf)
    found: list[dict[str, Any]] = []
    room, token = MOST_BYTES, None
    for number, (position, row, event) in enumerate(_merged(ctx, _streams(ctx, group, request), request, after), 1):
        if event.timestamp > end:
            break
        if wanted(event.message):
            found.append(_describe(row, event))
            room -= len(event.message.encode()) + 26
        if len(found) >= request.get("limit", MOST_EVENTS) or room < 0 or number == _MOST_LOOKED_AT:
            token = "p/{}/{}/{}".format(*position)
            break
    return {"events": found, "searchedLogStreams": [], "nextToken": token}


@read
def test_metric_filter(_ctx: Context, request: Request) -> Answer:  # noqa: PT019  # an operation, no test
    """Which of some messages a pattern wants."""
    wanted = read_pattern(request["filterPattern"])
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": {}}
        for number, message in enumerate(request["logEventMessages"], 1)
        if wanted(message)
    ]
    return {"matches": matches}


def _streams(ctx: Context, group: str, request: Request) -> list[Row]:
    if "logStreamNames" in request and "logStreamNamePrefix" in request:
        words = "Only one of logStreamNames and logStreamNamePrefix can be specified."
        raise AwsError("InvalidParameterException", words)
    if "logStreamNames" in request:
        return [find_stream(ctx, group, name) for name in dict.fromkeys(request["logStreamNames"])]
    return streams_of(ctx, group, request.get("logStreamNamePrefix", ""))


def _merged(
    ctx: Context, streams: list[Row], request: Request, after: Position
) -> Iterator[tuple[Position, Row, Event]]:
    """The streams' events from a time and a position on, in the order of time; a file is open while it has its turn."""
    since = max(request.get("startTime", 0), after[0])
    waiting = [(first.timestamp, row.uid, row) for row in streams if (first := _first(ctx, row, since)) is not None]
    heapq.heapify(waiting)
    open_: list[tuple[Position, int, Row, Event, Iterator[Event]]] = []
    while waiting or open_:
        if waiting and (not open_ or waiting[0][0] <= open_[0][0][0]):
            _, _, row = heapq.heappop(waiting)
            _advance(open_, row, _from(ctx, row, since))
            continue
        position, _, row, event, events = heapq.heappop(open_)
        if position > after:
            yield position, row, event
        _advance(open_, row, events)


def _advance(open_: list[tuple[Position, int, Row, Event, Iterator[Event]]], row: Row, events: Iterator[Event]) -> None:
    event = next(events, None)
    if event is not None:
        heapq.heappush(open_, ((event.timestamp, row.uid, event.offset), row.uid, row, event, events))


def _first(ctx: Context, row: Row, since: int) -> Event | None:
    events = _from(ctx, row, since)
    first = next(events, None)
    close = getattr(events, "close", None)
    if close is not None:
        close()
    return first


def _from(ctx: Context, row: Row, since: int) -> Iterator[Event]:
    """A stream's events from a time on, in the order of time."""
    log = log_of(ctx, row)
    if not row.internal.get("unsorted"):
        return log.events(log.find(since))
    order = sorted((event.timestamp, event.offset) for event in log.events() if event.timestamp >= since)
    return (next(log.events(offset)) for _, offset in order)


def _describe(row: Row, event: Event) -> dict[str, Any]:
    number = f"{event.timestamp:020d}{row.uid:016d}{event.offset:020d}"
    return {"logStreamName": row.document["logStreamName"], "eventId": number, **describe(event)}


def _parse_token(token: str | None) -> Position:
    if token is None:
        return _ANYWHERE
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise invalid_token()
    return int(match[1]), int(match[2]), int(match[3])
