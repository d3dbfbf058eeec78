"""The bytes of an object read from one file after the other."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from fieldstone.store.objects.extents import Extent

_CHUNK = 1 << 20


class Reading:
    """A stream over parts of files, one of them open at a time.

    Args:
        extents: The files, and which part of each.
        done: Called when it is closed.
    """

    def __init__(self, extents: Sequence[tuple[Path, Extent]], done: Callable[[], None]) -> None:
        self._waiting = iter(extents)
        self._done: Callable[[], None] | None = done
        self._file: BinaryIO | None = None
        self._left = 0

    def begin(self) -> None:
        """Open the first file, so as to know that it is there."""
        first = next(self._waiting, None)
        if first is not None:
            self._open(*first)

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        while self._left == 0:
            following = next(self._waiting, None)
            if following is None:
                return b""
            self._open(*following)
        assert self._file is not None
        data = self._file.read(min(size, self._left))
        self._left = self._left - len(data) if data else 0
        return data

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces."""
        return iter(lambda: self.read(_CHUNK), b"")

    def close(self) -> None:
        """Let go of the files."""
        if self._file is not None:
            self._file.close()
        if self._done is not None:
            self._done()
            self._done = None

    def _open(self, path: Path, extent: Extent) -> None:
        if self._file is not None:
            self._file.close()
        self._file = open_extent(path, extent)
        self._left = extent.length


class LostBytesError(OSError):
    """A file has fewer bytes than were written to it."""


def open_extent(path: Path, extent: Extent) -> BinaryIO:
    """A file at the first byte of one of its parts.

    Raises:
        LostBytesError: It ends before the part does.
    """
    file = path.open("rb")
    if os.fstat(file.fileno()).st_size < extent.start + extent.length:
        file.close()
        raise LostBytesError(f"{path} has lost some of its bytes")
    file.seek(extent.start)
    return file
