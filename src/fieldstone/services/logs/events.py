"""Log events."""

import math
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from fieldstone.core.eventlog import Event
from fieldstone.services.logs.groups import find_stream, group_name, invalid_token
from fieldstone.services.operation import Answer, Context, Request, read

_MOST_EVENTS = 10_000
_TOKEN: Final = re.compile(r"([fb])/([0-9]{56})/s")


@read
def get_log_events(ctx: Context, request: Request) -> Answer:
    """A page of a stream's events. At either end the same token comes back, as clients expect."""
    file = find_stream(ctx, group_name(ctx, request), request["logStreamName"]).internal["file"]
    limit = request.get("limit", _MOST_EVENTS)
    direction, position = _parse_token(request.get("nextToken"))
    if direction == "f" or (direction is None and request.get("startFromHead")):
        try:
            page = list(islice(_events(ctx, file, request, position), limit))
        except (ValueError, OverflowError):  # no event begins there
            raise invalid_token() from None
    else:
        before = (event for event in _events(ctx, file, request) if direction is None or event.end <= position)
        page = list(deque(before, limit))
    first, last = (page[0].offset, page[-1].end) if page else (position, position)
    return {
        "events": [_describe(event) for event in page],
        "nextForwardToken": f"f/{last:056d}/s",
        "nextBackwardToken": f"b/{first:056d}/s",
    }


def _events(ctx: Context, file: str, request: Request, position: int = 0) -> Iterator[Event]:
    """The events from a byte on that lie within the times asked for."""
    start, end = request.get("startTime", 0), request.get("endTime", math.inf)
    return (event for event in ctx.logs.events(file, position) if start <= event.timestamp < end)


def _describe(event: Event) -> dict[str, int | str]:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.timestamp}


def _parse_token(token: str | None) -> tuple[str | None, int]:
    if token is None:
        return None, 0
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise invalid_token()
    return match[1], int(match[2])
