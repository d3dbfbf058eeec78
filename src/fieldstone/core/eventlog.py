"""Append-only files of timed lines: what jobs print, as CloudWatch Logs shows it.

One event a line: milliseconds since the epoch, a tab, the message. A message never holds a tab or any other control
character: they are written as CloudWatch shows them, ``#`` and three octal digits (a tab is ``#011``).

What clients put themselves comes back as it went in: there a comma and the time it came follow the event's time, and
the message is a JSON string.
"""

import json
import os
import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BLOCK = 1 << 16
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
        ingested: When it came, for what clients put themselves.
    """

    offset: int
    end: int
    timestamp: int
    message: str
    ingested: int | None = None


def format_event(timestamp: int, message: str) -> str:
    """The line that stands for one event."""
    return f"{timestamp}\t{_CONTROL.sub(_escape, message)}\n"


def format_put(timestamp: int, message: str, ingested: int) -> str:
    """The line that stands for an event that a client put."""
    return f"{timestamp},{ingested}\t{json.dumps(message, ensure_ascii=False)}\n"


def read_events(path: Path, start: int = 0, before: int | None = None) -> Generator[Event, None, None]:
    """The events of a file from byte ``start`` on that begin before another; none where there is no file.

    A line still being written is left.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(start)
        offset = start
        for line in file:
            if not line.endswith(b"\n") or (before is not None and offset >= before):
                return
            event = _parse(line, offset)
            yield event
            offset = event.end


def read_back(path: Path, end: int | None = None, start: int = 0) -> Generator[Event, None, None]:
    """The events of a file that end by byte ``end``, the last one first, down to byte ``start``.

    Raises:
        ValueError: No event ends there.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        position = file.seek(0, os.SEEK_END)
        if end is not None:
            _check_end(file, end, position)
            position = end
        buffer = b""
        while position > start:
            block = max(start, position - _BLOCK)
            file.seek(block)
            buffer = file.read(position - block) + buffer
            position = block
            cut = 0 if position == start else buffer.find(b"\n") + 1  # a line may have begun before the block
            yield from _backward(buffer[cut:], position + cut)
            buffer = buffer[:cut]


def find_time(path: Path, timestamp: int, start: int = 0, before: int | None = None) -> int:
    """The byte from ``start`` on where the first event of a time or a later one begins; events must be in order.

    What begins at ``before`` or later is not looked at.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return start
    with file:
        size = file.seek(0, os.SEEK_END) if before is None else before
        low, high = start, size
        while high - low > _BLOCK:
            file.seek((low + high) // 2)
            middle = file.tell() + len(file.readline())
            line = file.readline()
            if middle + len(line) >= high or not line.endswith(b"\n"):
                high = (low + high) // 2
            elif _parse(line, middle).timestamp < timestamp:
                low = middle + len(line)
            else:
                high = middle
    return next((event.offset for event in read_events(path, low, before) if event.timestamp >= timestamp), size)


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


def read_span(path: Path, start: int = 0, before: int | None = None) -> tuple[int, int] | None:
    """The timestamps of a file's first and last events between two bytes; None where there is no event yet."""
    events = read_events(path, start, before)
    first = next(events, None)
    if first is None:
        return None
    events.close()
    return first.timestamp, next(read_back(path, before, start)).timestamp


def _backward(lines: bytes, offset: int) -> Generator[Event, None, None]:
    """The events of whole lines that begin at a byte of their file, the last one first."""
    *whole, rest = lines.split(b"\n")
    end = offset + len(lines) - len(rest)
    for line in reversed(whole):
        end -= len(line) + 1
        yield _parse(line + b"\n", end)


def _check_end(file: IO[bytes], end: int, size: int) -> None:
    file.seek(max(0, min(end, size) - 1))
    if end > size or (end and file.read(1) != b"\n"):
        raise ValueError(f"no event ends at byte {end}")


def _parse(line: bytes, offset: int) -> Event:
    stamp, _, message = line[:-1].partition(b"\t")
    end = offset + len(line)
    if b"," not in stamp:
        return Event(offset, end, int(stamp), message.decode("utf-8", "replace"))
    time, _, ingested = stamp.partition(b",")
    return Event(offset, end, int(time), json.loads(message), int(ingested))


def _escape(match: re.Match[str]) -> str:
    return f"#{ord(match[0]):03o}"
