"""The bytes of an object read from one file after the other."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fieldstone.store.objects.extents import Extent

_CHUNK = 1 << 20


class Reading:
    """A stream over parts of files, one of them open at a time.

    Args:
        extents: The files, and which part of each.
        done: Called when it is closed.
    """

    def __init__(self, extents: Sequence[tuple[Path, Extent]], done: Callable[[], None] | None = None) -> None:
        self._waiting = iter(extents)
        self._done = done
        self._descriptor = -1
        self._at = self._left = 0

    def begin(self) -> "Reading":
        """Open the first file now: its bytes stay, whoever deletes it."""
        self._go_on()
        return self

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        if not self._go_on():
            return b""
        data = os.pread(self._descriptor, min(size, self._left), self._at)
        self._pass(len(data))
        return data

    def send(self, descriptor: int, size: int) -> int:
        """Have the kernel send up to ``size`` bytes to a socket; how many it took, 0 at the end.

        Raises:
            BlockingIOError: It takes none for now.
        """
        if not self._go_on():
            return 0
        sent = os.sendfile(descriptor, self._descriptor, self._at, min(size, self._left))
        self._pass(sent)
        return sent

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces."""
        return iter(lambda: self.read(_CHUNK), b"")

    def close(self) -> None:
        """Let go of the files."""
        self._close_file()
        if self._done is not None:
            self._done()
            self._done = None

    def _go_on(self) -> bool:
        """Whether there is more; the file that it is in is open then."""
        while self._left == 0:
            following = next(self._waiting, None)
            if following is None:
                return False
            self._open(*following)
        return True

    def _open(self, path: Path, extent: Extent) -> None:
        self._close_file()
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        if os.fstat(self._descriptor).st_size < extent.start + extent.length:
            self._close_file()
            raise LostBytesError(f"{path} has lost some of its bytes")
        self._at, self._left = extent.start, extent.length

    def _pass(self, size: int) -> None:
        """Go past what was read; a file that ends too early is at its end."""
        self._at += size
        self._left = self._left - size if size else 0

    def _close_file(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class LostBytesError(OSError):
    """A file has fewer bytes than were written to it."""
