"""Files that nothing names any more, removed by a thread of their own; not while the data folder is being copied."""

import fcntl
import logging
import os
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

_log = logging.getLogger(__name__)


@contextmanager
def removal(folder: Path, *, held_off: bool = False) -> Generator[None, None, None]:
    """Be one of those who remove bytes from a data folder for a while; or hold all of them off, in whatever process.

    Waits until the others let it. The lock is on the folder itself.
    """
    descriptor = _open(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if held_off else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)  # which gives the lock up


class Remover:
    """Removes files in its own time: a large one takes a while, a copy of the data folder takes longer.

    What it has not come to when the process ends is found by the next start.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = _open(folder)
        self._queue: SimpleQueue[list[Path] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="remover", daemon=True).start()

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files soon; those that are not there are passed over."""
        self._queue.put(list(paths))

    def close(self) -> None:
        """End the thread when it is through; nobody waits for it."""
        self._queue.put(None)

    def _run(self) -> None:
        while (paths := self._queue.get()) is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            for path in paths:
                _remove(path)
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a file that nothing names stays until the next start: %s", error)
