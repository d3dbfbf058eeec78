"""A folder that a program writes to, read while it does, by somebody who may read more than the program."""

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

Signature = tuple[int, int, int]
"""Bytes, time of the last change, inode: a file with the same three has not changed."""


class UnfinishedError(Exception):
    """A file is being written."""


class WatchedFolder:
    """A folder below one that is ours. Links are never followed: they may lead to what the program cannot read.

    Args:
        ours: A folder that the program cannot replace.
        path: The watched folder, somewhere below.
    """

    def __init__(self, ours: Path, path: Path) -> None:
        self._ours = ours
        self._parts = path.relative_to(ours).parts

    def scan(self) -> dict[str, Signature]:
        """Every regular file in the folder and below, by its path.

        Raises:
            OSError: There is no such folder.
        """
        found: dict[str, Signature] = {}
        with self._opened() as folder:
            for parent, _, names, descriptor in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
                for name in names:
                    with suppress(OSError):  # it has gone meanwhile
                        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                        if stat.S_ISREG(status.st_mode):
                            found[os.path.normpath(f"{parent}/{name}")] = _signature(status)
        return found

    def read(self, name: str, signature: Signature) -> Iterator[bytes]:
        """The bytes of a file.

        Raises:
            OSError: It is not there.
            UnfinishedError: It changed before its end was read.
        """
        with self._opened(name) as folder:
            descriptor = os.open(Path(name).name, _FILE, dir_fd=folder)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                yield from iter(lambda: file.read(_CHUNK), b"")
                if _signature(os.fstat(descriptor)) != signature:
                    raise UnfinishedError(name)

    def mark(self, name: str, suffix: str) -> None:
        """Put an empty file beside a file."""
        with suppress(OSError), self._opened(name) as folder:
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            os.close(os.open(Path(name).name + suffix, flags, 0o644, dir_fd=folder))

    def unmark(self, name: str, suffix: str) -> None:
        """Take it away."""
        with suppress(OSError), self._opened(name) as folder:
            os.unlink(Path(name).name + suffix, dir_fd=folder)

    @contextmanager
    def _opened(self, name: str = "") -> Generator[int]:
        """The folder, or that of a file in it, opened step by step."""
        folder = os.open(self._ours, _FOLDER)
        try:
            for part in (*self._parts, *Path(name).parts[:-1]):
                inner = os.open(part, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)


def _signature(status: os.stat_result) -> Signature:
    return status.st_size, status.st_mtime_ns, status.st_ino
