"""Lists of images: each line an index, one label or several, and the path of a file, with tabs between them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fieldstone.contract.training import UserError


class Entry(NamedTuple):
    """A line: where it is, the labels, and the path of the image below its channel."""

    line: int
    labels: tuple[float, ...]
    path: str


def read(file: Path, channel: str) -> Iterator[Entry]:
    """The entries of a list.

    Args:
        file: The list.
        channel: The channel of its images, for what is said of an error.

    Raises:
        UserError: A line is none; says which.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise invalid(channel, f"{file.name} is no text") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _parse(line, number, file.name, channel)


def invalid(channel: str, reason: str) -> UserError:
    """The error of a list that is wrong, in AWS's words and then with the reason."""
    return UserError(f"Invalid lst file in the {channel} channel. ({reason})")


def _parse(line: str, number: int, name: str, channel: str) -> Entry:
    index, *labels, path = line.strip().split("\t") if "\t" in line else ("", "")
    try:
        if labels:
            float(index)
            return Entry(number, tuple(map(float, labels)), path.strip())
        reason = "it has less than three columns"
    except ValueError as error:
        reason = str(error)
    raise invalid(channel, f"line {number} of {name} is no index, labels and path with tabs between them: {reason}")
