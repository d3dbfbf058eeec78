"""The files that hold log events, one for each stream."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fieldstone.core.eventlog import Event, find_time, read_back, read_events, read_span
from fieldstone.store.blobs import sync_folder

_BLOCK: Final = 1 << 16


class LogFiles:
    """A folder of append-only event files; ``core.eventlog`` says what is in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, file_id: str) -> Path:
        """Where a stream's events are."""
        return self._folder / f"{file_id}.log"

    def clear(self) -> None:
        """Remove every stream's events."""
        for file in self._folder.iterdir():
            file.unlink()

    def remove(self, file_id: str) -> None:
        """Remove a stream's events."""
        self.path(file_id).unlink(missing_ok=True)

    def append(self, file_id: str, lines: str) -> None:
        """Bring whole lines safely to disk; half a line that a killed writer left is cut off first."""
        path = self.path(file_id)
        fresh = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _mend(descriptor)
            data = memoryview(lines.encode())
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(self._folder)

    def erase(self, file_id: str, start: int, end: int) -> None:
        """Write zeros over a stream's bytes; what follows stays where it is, for whoever is writing there."""
        with self.path(file_id).open("r+b") as file:
            file.seek(start)
            for at in range(start, end, _BLOCK):
                file.write(bytes(min(_BLOCK, end - at)))
            file.flush()
            os.fsync(file.fileno())

    def events(self, file_id: str, start: int = 0) -> Iterator[Event]:
        """A stream's events from byte ``start`` on."""
        return read_events(self.path(file_id), start)

    def back(self, file_id: str, end: int | None = None, start: int = 0) -> Iterator[Event]:
        """A stream's events that end by byte ``end``, the last one first, down to byte ``start``."""
        return read_back(self.path(file_id), end, start)

    def find(self, file_id: str, timestamp: int, start: int = 0) -> int:
        """The byte where a stream's first event of a time or a later one begins."""
        return find_time(self.path(file_id), timestamp, start)

    def span(self, file_id: str, start: int = 0) -> tuple[int, int] | None:
        """The timestamps of a stream's first and last events from byte ``start`` on, in milliseconds."""
        return read_span(self.path(file_id), start)

    def size(self, file_id: str) -> int:
        """Bytes of a stream's file."""
        path = self.path(file_id)
        return path.stat().st_size if path.exists() else 0


def _mend(descriptor: int) -> None:
    end = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - _BLOCK)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, end)
