"""Log events that clients put themselves."""

from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.eventlog import format_put
from fieldstone.core.ids import opaque_id
from fieldstone.services.logs.groups import find_group, find_stream, log_of
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.store.resources import Row

DAY: Final = 24 * 3600 * 1000
"""Milliseconds."""

_OLDEST: Final = 14 * DAY
_NEWEST: Final = 2 * 3600 * 1000
_LARGEST_BATCH: Final = 1 << 20
_OVERHEAD: Final = 26
"""Bytes that each event counts beside its message."""

LogEvent = dict[str, Any]


@write
def put_log_events(ctx: Context, request: Request) -> Answer:
    """Append events to a stream; they are on disk before the answer.

    Differs from AWS: a batch that is older than what the stream ends with stands after it in GetLogEvents, which shows
    a stream in the order of arrival. FilterLogEvents goes by time.
    """
    group = request["logGroupName"]
    row, events = find_stream(ctx, group, request["logStreamName"]), request["logEvents"]
    _check(events)
    first, last, rejected = _acceptable(ctx, events, find_group(ctx, group).document.get("retentionInDays"))
    taken = events[first:last]
    if taken:
        _append(ctx, row, taken)
    return {"nextSequenceToken": opaque_id(), "rejectedLogEventsInfo": rejected or None}


def _check(events: list[LogEvent]) -> None:
    if not events:
        raise _invalid("1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint")
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if times[-1] - times[0] > DAY:
        raise _invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    size = sum(len(event["message"].encode()) + _OVERHEAD for event in events)
    if size > _LARGEST_BATCH:
        raise _invalid(f"Upload too large: {size} bytes exceeds limit of {_LARGEST_BATCH}")


def _acceptable(ctx: Context, events: list[LogEvent], days: int | None) -> tuple[int, int, dict[str, int]]:
    """From which event to before which one they are taken, and what is said of the others."""
    now = ctx.now * 1000
    too_old = sum(event["timestamp"] < now - _OLDEST for event in events)
    expired = sum(event["timestamp"] < now - days * DAY for event in events) if days else 0
    too_new = sum(event["timestamp"] > now + _NEWEST for event in events)
    rejected: dict[str, int] = {}
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    if too_new:
        rejected["tooNewLogEventStartIndex"] = len(events) - too_new
    return max(too_old, expired), len(events) - too_new, rejected


def _append(ctx: Context, row: Row, events: list[LogEvent]) -> None:
    """Write events to a stream's file. They count once the row says so: a kill in between leaves none of them."""
    known, now = dict(row.internal), int(ctx.now * 1000)
    if _come_late(ctx, row, events):
        row.internal["unsorted"] = True
    lines = "".join(format_put(event["timestamp"], event["message"], now) for event in events)
    end = ctx.logs.append(row.internal["file"], lines, row.internal.get("end"))
    if "end" in row.internal:
        row.internal["end"] = end
    if row.internal != known:
        ctx.store.resources.update(row)


def _come_late(ctx: Context, row: Row, events: list[LogEvent]) -> bool:
    """Whether events are older than what a stream ends with: its times cannot be searched any more then."""
    last = next(log_of(ctx, row).back(), None)
    return last is not None and events[0]["timestamp"] < last.timestamp


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidParameterException", words)
