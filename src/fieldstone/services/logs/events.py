"""Log events."""

from itertools import islice

from fieldstone.core.errors import AwsError
from fieldstone.core.eventlog import Event
from fieldstone.services.logs.groups import find_stream
from fieldstone.services.operation import Answer, Context, Request, read

_MOST_EVENTS = 10_000


@read
def get_log_events(ctx: Context, request: Request) -> Answer:
    """A page of a stream's events. At either end the same token comes back, as clients expect."""
    file = find_stream(ctx, request["logGroupName"], request["logStreamName"]).internal["file"]
    limit = request.get("limit", _MOST_EVENTS)
    direction, position = _parse_token(request.get("nextToken"))
    if direction == "f" or (direction is None and request.get("startFromHead")):
        events = (event for event in ctx.logs.events(file, position) if _within(event, request))
        page = list(islice(events, limit))
    else:
        before = (event for event in ctx.logs.events(file) if direction is None or event.end <= position)
        page = [event for event in before if _within(event, request)][-limit:]
    first, last = (page[0].offset, page[-1].end) if page else (position, position)
    return {
        "events": [_describe(event) for event in page],
        "nextForwardToken": f"f/{last:056d}/s",
        "nextBackwardToken": f"b/{first:056d}/s",
    }


def _within(event: Event, request: Request) -> bool:
    return request.get("startTime", 0) <= event.timestamp and (
        "endTime" not in request or event.timestamp < request["endTime"]
    )


def _describe(event: Event) -> dict[str, int | str]:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.timestamp}


def _parse_token(token: str | None) -> tuple[str | None, int]:
    if token is None:
        return None, 0
    direction, _, rest = token.partition("/")
    digits = rest.partition("/")[0]
    if direction not in {"f", "b"} or not digits.isdigit():
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return direction, int(digits)
