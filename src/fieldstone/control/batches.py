"""Cutting input files into the payloads of a batch transform."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

Strategy = Literal["MultiRecord", "SingleRecord"]

MEGABYTE: Final = 1 << 20


class RecordTooLargeError(Exception):
    """A record, or a file that is sent whole, is larger than a payload may be."""


def payloads(file: Path, split: str, strategy: Strategy, most: int) -> Iterator[bytes]:
    """The payloads of one file, in order.

    Args:
        file: The input.
        split: ``None`` sends the file whole, ``Line`` cuts it into lines.
        strategy: As many lines as fit, or one line, a payload.
        most: Bytes of the largest payload.

    Raises:
        RecordTooLargeError: A line, or the whole file, does not fit.
    """
    if split == "None":
        if file.stat().st_size > most:
            raise RecordTooLargeError(f"the file has more than {most} bytes; cut it by SplitType Line")
        yield file.read_bytes()
        return
    gathered: list[bytes] = []
    size = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if len(line) > most:
                raise RecordTooLargeError(f"line {number} has more than {most} bytes")
            if gathered and (size + len(line) > most or strategy == "SingleRecord"):
                yield b"".join(gathered)
                gathered, size = [], 0
            gathered.append(line)
            size += len(line)
    if gathered:
        yield b"".join(gathered)
