"""Append-only files of timed lines: what jobs print, as CloudWatch Logs shows it.

One event a line: milliseconds since the epoch, a tab, the message. A message never holds a tab or any other control
character: they are written as CloudWatch shows them, ``#`` and three octal digits (a tab is ``#011``).
"""

import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_MESSAGE = 256 * 1024
"""Bytes of the longest message CloudWatch takes; longer lines are cut into several events by who writes them."""


@dataclass(frozen=True, slots=True)
class Event:
    """One log event.

    Attributes:
        offset: Where the event starts in its file, in bytes.
        end: Where the next one starts.
        timestamp: Milliseconds since the epoch.
        message: The line, without its end.
    """

    offset: int
    end: int
    timestamp: int
    message: str


def format_event(timestamp: int, message: str) -> str:
    """The line that stands for one event."""
    return f"{timestamp}\t{_CONTROL.sub(_escape, message)}\n"


def read_events(path: Path, start: int = 0) -> Generator[Event, None, None]:
    """The events of a file from byte ``start`` on; none where there is no file. A line still being written is left."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(start)
        offset = start
        for line in file:
            if not line.endswith(b"\n"):
                return
            stamp, _, message = line[:-1].partition(b"\t")
            end = offset + len(line)
            yield Event(offset, end, int(stamp), message.decode("utf-8", "replace"))
            offset = end


def tail_events(path: Path, size: int = 1 << 18) -> list[Event]:
    """The last events of a file: those within its last ``size`` bytes."""
    try:
        start = max(0, path.stat().st_size - size)
        with path.open("rb") as file:
            file.seek(start)
            if start:
                start += len(file.readline())
    except FileNotFoundError:
        return []
    return list(read_events(path, start))


def read_span(path: Path) -> tuple[int, int] | None:
    """The timestamps of a file's first and last events; None where there is no event yet."""
    events = read_events(path)
    first = next(events, None)
    if first is None:
        return None
    events.close()
    return first.timestamp, tail_events(path, 2 * LONGEST_MESSAGE)[-1].timestamp


def _escape(match: re.Match[str]) -> str:
    return f"#{ord(match[0]):03o}"
