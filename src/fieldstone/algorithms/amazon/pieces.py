"""Files that need not fit into memory, read a piece at a time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
PIECE = 8 << 20
"""Bytes of a file that are read at a time."""


class Take(Protocol[T_co]):
    """Makes something of the whole rows at the beginning of some bytes, and says how many bytes they take."""

    def __call__(self, data: bytes, /, *, last: bool) -> tuple[T_co, int]:
        """Read `data`, which is followed by more unless it is the `last`."""
        ...


def take_pieces(file: Path, take: Take[T], size: int = PIECE) -> Iterator[T]:
    """What is made of a file, piece by piece; what one leaves is the beginning of the next.

    Args:
        file: The file.
        take: What makes something of its bytes; what it raises ends the reading.
        size: Bytes to read at a time.
    """
    rest = b""
    with file.open("rb") as source:
        while chunk := source.read(size):
            rest = rest + chunk if rest else chunk
            found, taken = take(rest, last=False)
            rest = rest[taken:]
            yield found
    if rest:
        found, _ = take(rest, last=True)
        yield found


def take_lines(read: Callable[[bytes], T]) -> Take[T]:
    """A `Take` of whole lines; the last one of a file need not end."""

    def take(data: bytes, /, *, last: bool) -> tuple[T, int]:
        body = data if last else data[: data.rfind(b"\n") + 1]
        return read(body), len(body)

    return take
