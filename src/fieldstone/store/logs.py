"""The files that hold log events, one for each stream."""

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldstone.core.eventlog import Event, find_time, read_back, read_events, read_span
from fieldstone.store.blobs import sync_folder

_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class LogFile:
    """What clients see of a stream's file.

    Attributes:
        path: The file; there may be none yet.
        start: The byte where they begin to see it.
        end: The byte up to which its events were acknowledged; None where a program writes on its own.
    """

    path: Path
    start: int = 0
    end: int | None = None

    def events(self, start: int = 0) -> Generator[Event, None, None]:
        """The events from a byte on."""
        return read_events(self.path, max(start, self.start), self.end)

    def back(self, end: int | None = None, start: int = 0) -> Generator[Event, None, None]:
        """The events that end by a byte, the last one first, down to byte ``start``.

        Raises:
            ValueError: No event ends there.
        """
        if end is not None and self.end is not None and end > self.end:
            raise ValueError(f"no event ends at byte {end}")
        return read_back(self.path, self.end if end is None else end, max(start, self.start))

    def find(self, timestamp: int, start: int = 0) -> int:
        """The byte from ``start`` on where the first event of a time or a later one begins."""
        return find_time(self.path, timestamp, max(start, self.start), self.end)

    def span(self) -> tuple[int, int] | None:
        """The timestamps of the first and last events, in milliseconds."""
        return read_span(self.path, self.start, self.end)

    def size(self) -> int:
        """The byte after the last event."""
        if self.end is not None:
            return self.end
        return self.path.stat().st_size if self.path.exists() else 0


class LogFiles:
    """A folder of append-only event files; ``core.eventlog`` says what is in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, file_id: str) -> Path:
        """Where a stream's events are."""
        return self._folder / f"{file_id}.log"

    def ids(self) -> list[str]:
        """The ids of all files."""
        return [path.stem for path in self._folder.glob("*.log")]

    def clear(self) -> None:
        """Remove every stream's events."""
        for file in self._folder.iterdir():
            file.unlink()

    def append(self, file_id: str, lines: str, end: int | None) -> int:
        """Bring whole lines safely to disk; the byte after them.

        What a killed writer left behind the last acknowledged byte is cut off first; half a line, where none is known.
        """
        path = self.path(file_id)
        fresh = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _cut(descriptor, _end_of_lines(descriptor) if end is None else end)
            data = memoryview(lines.encode())
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(self._folder)
        return size

    def erase(self, file_id: str, start: int, end: int) -> None:
        """Write zeros and an end of line over a stream's events; what follows stays where it is, being written to."""
        with self.path(file_id).open("r+b") as file:
            file.seek(start)
            for at in range(start, end, _BLOCK):
                file.write(bytes(min(_BLOCK, end - at)))
            file.seek(end - 1)
            file.write(b"\n")
            file.flush()
            os.fsync(file.fileno())


def _end_of_lines(descriptor: int) -> int:
    """The byte after the last whole line."""
    end = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - _BLOCK)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _cut(descriptor: int, end: int) -> None:
    if end < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, end)
