"""The files that hold log events, one for each stream."""

from collections.abc import Iterator
from pathlib import Path

from fieldstone.core.eventlog import Event, read_events, read_span


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

    def events(self, file_id: str, start: int = 0) -> Iterator[Event]:
        """A stream's events from byte ``start`` on."""
        return read_events(self.path(file_id), start)

    def span(self, file_id: str) -> tuple[int, int] | None:
        """The timestamps of a stream's first and last events, in milliseconds."""
        return read_span(self.path(file_id))
