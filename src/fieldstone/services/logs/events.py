"""Log events of one stream, page by page from either end."""

import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

from fieldstone.core.eventlog import Event
from fieldstone.services.logs.groups import find_stream, group_name, invalid_token, log_of
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.store.resources import Row

MOST_EVENTS = 10_000
MOST_BYTES = 1 << 20
"""What a page of events holds at the most."""

_MOST_LOOKED_AT: Final = 20_000
_TOKEN: Final = re.compile(r"([fb])/([0-9]{56})/s")


@read
def get_log_events(ctx: Context, request: Request) -> Answer:
    """A page of a stream's events. At either end the same token comes back, as clients expect."""
    row = find_stream(ctx, group_name(ctx, request), request["logStreamName"])
    direction, position = _parse_token(request.get("nextToken"))
    forward = direction == "f" or (direction is None and request.get("startFromHead", False))
    try:
        found = _forward(ctx, row, request, position) if forward else _backward(ctx, row, request, direction, position)
        page, reached = _page(found, request)
    except (ValueError, OverflowError):  # no event begins there
        raise invalid_token() from None
    if not forward:
        page.reverse()
    first, last = (page[0].offset, page[-1].end) if page else (position, position)
    if reached is not None and forward:
        last = reached.end
    elif reached is not None:
        first = reached.offset
    return {
        "events": [describe(event) for event in page],
        "nextForwardToken": f"f/{last:056d}/s",
        "nextBackwardToken": f"b/{first:056d}/s",
    }


def describe(event: Event) -> dict[str, int | str]:
    """An event as CloudWatch shows it."""
    return {
        "timestamp": event.timestamp,
        "message": event.message,
        "ingestionTime": event.timestamp if event.ingested is None else event.ingested,
    }


def _forward(ctx: Context, row: Row, request: Request, position: int) -> Iterator[Event]:
    log, start = log_of(ctx, row), position
    if "startTime" in request and "nextToken" not in request and not row.internal.get("unsorted"):
        start = log.find(request["startTime"], start)
    return log.events(start)


def _backward(ctx: Context, row: Row, request: Request, direction: str | None, position: int) -> Iterator[Event]:
    log = log_of(ctx, row)
    start = log.start
    end = None if direction is None else position
    ordered = not row.internal.get("unsorted")
    if ordered and end is None and "endTime" in request:
        end = log.find(request["endTime"], start)
    if ordered and "startTime" in request:
        start = log.find(request["startTime"], start)
    return iter(()) if end is not None and end <= start else log.back(end, start)


def _page(events: Iterable[Event], request: Request) -> tuple[list[Event], Event | None]:
    """The events within the times asked for, as many as a page holds; where it ended for want of any, the last seen."""
    start, end = request.get("startTime", 0), request.get("endTime", math.inf)
    limit, room = request.get("limit", MOST_EVENTS), MOST_BYTES
    page: list[Event] = []
    for number, event in enumerate(events, 1):
        if start <= event.timestamp < end:
            room -= len(event.message.encode()) + 26
            if page and room < 0:
                break
            page.append(event)
        if len(page) == limit:
            break
        if number == _MOST_LOOKED_AT:
            return page, event
    return page, None


def _parse_token(token: str | None) -> tuple[str | None, int]:
    if token is None:
        return None, 0
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise invalid_token()
    return match[1], int(match[2])
