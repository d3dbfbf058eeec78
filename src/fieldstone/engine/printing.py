"""What a program prints, written to its log with the time of each line.

A full disk stops nothing: what it refuses is kept, the last of it, until there is room.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from fieldstone.core.eventlog import LONGEST_MESSAGE, format_event

_MOST_KEPT: Final = 1 << 18


class Printer:
    """Writes the lines of one program.

    Args:
        log: The event file.
    """

    def __init__(self, log: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._partial = b""
        self._refused = b""

    def take(self, data: bytes) -> None:
        """Write the lines that end in what has come; the beginning of another waits for its end."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        while len(self._partial) > LONGEST_MESSAGE:
            lines.append(self._partial[:LONGEST_MESSAGE])
            self._partial = self._partial[LONGEST_MESSAGE:]
        self._write(lines)

    def close(self) -> None:
        """Write what is left: a last line without an end, and what the disk has refused."""
        self._write([self._partial] if self._partial else [])
        os.close(self._log)

    def _write(self, lines: list[bytes]) -> None:
        now = time.time_ns() // 1_000_000
        text = "".join(format_event(now, line.rstrip(b"\r").decode("utf-8", "replace")) for line in lines)
        text = self._refused + text.encode()
        written = 0
        with suppress(OSError):
            while written < len(text):
                written += os.write(self._log, text[written:])
        self._refused = _last_lines(text[written:])


def _last_lines(text: bytes) -> bytes:
    """So much of a text as is kept: its first line, which may have been begun in the file, and the last ones."""
    if len(text) <= _MOST_KEPT:
        return text
    begun, _, rest = text.partition(b"\n")
    return begun + b"\n" + rest[-_MOST_KEPT:].partition(b"\n")[2]
