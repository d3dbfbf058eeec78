"""The program that fills the pipes of a task: ``python -m fieldstone.engine.feeder SUPERVISOR FEED...``.

It belongs to the task's supervisor and dies with it. Each channel has one pipe at a time: when the program opens it,
the next epoch's appears; when it has been read, or closed before its end, it goes. Nobody has to open any.
"""

import ctypes
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fieldstone.engine.dealing import deal
from fieldstone.engine.delivery import UndeliverableError, deliver
from fieldstone.engine.feeds import Feed, read_feed, write_failure

_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_READY: Final = b"ready"
_FIFO_MODE: Final = 0o644


@contextmanager
def feeding(feeds: Sequence[str]) -> Generator[int | None]:
    """Have a task's pipes filled while its program runs: the first ones are there when this begins.

    Gives a descriptor that tells when the process that fills them has ended; None where there are no pipes.

    Args:
        feeds: The documents of the task's feeds; without any, nothing is started.
    """
    if not feeds:
        yield None
        return
    command = [sys.executable, "-P", "-m", "fieldstone.engine.feeder", str(os.getpid()), *feeds]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as feeder:
        assert feeder.stdout is not None
        alive = os.pidfd_open(feeder.pid)
        try:
            if feeder.stdout.read(len(_READY)) != _READY:
                raise RuntimeError("the feeder of the task's pipes did not start")
            yield alive
        finally:
            feeder.kill()
            os.close(alive)


def main() -> None:
    """Fill the pipes of the feeds named on the command line, until somebody ends this."""
    supervisor = int(sys.argv[1])
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != supervisor:
        return
    os.umask(0)  # the job may run as another user
    channels = [(Path(document), Pipes(read_feed(Path(document)))) for document in sys.argv[2:]]
    os.write(1, _READY)
    os.close(1)
    threads = [threading.Thread(target=_run, args=(pipes, document, supervisor)) for document, pipes in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Pipes:
    """The pipes of one channel, one for every epoch. The folder is the job's, which may put anything in their place."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        path = Path(feed.pipe)
        self._name = path.name
        self._folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        self._next = self._make(0)

    def run(self) -> None:
        """Deliver epoch after epoch.

        Raises:
            UndeliverableError: Something cannot be delivered.
        """
        epoch = 0
        while True:
            writing = self._open(epoch)
            self._next = self._make(epoch + 1)
            try:
                self._deliver(writing, epoch)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(f"{self._name}_{epoch}", dir_fd=self._folder)
                os.close(writing)
            epoch += 1

    def _deliver(self, writing: int, epoch: int) -> None:
        """One epoch; a program that closes the pipe has had enough of it."""
        feed = self._feed
        with suppress(BrokenPipeError):
            for record in deal(feed.records, feed.share, feed.seed, epoch):
                for part in record:
                    deliver(part, writing, unzip=feed.unzip, wrap=feed.wrap)

    def _make(self, epoch: int) -> int:
        """Make the pipe of an epoch; what tells it from every other file."""
        name = f"{self._name}_{epoch}"
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)
        os.mkfifo(name, _FIFO_MODE, dir_fd=self._folder)
        return os.stat(name, dir_fd=self._folder, follow_symlinks=False).st_ino

    def _open(self, epoch: int) -> int:
        """Wait until the program opens the pipe of an epoch."""
        name = f"{self._name}_{epoch}"
        try:
            writing = os.open(name, os.O_WRONLY | os.O_NOFOLLOW, dir_fd=self._folder)
        except OSError as error:
            raise UndeliverableError(f"{name} cannot be opened: {error.strerror}") from None
        found = os.fstat(writing)
        if found.st_ino != self._next or not stat.S_ISFIFO(found.st_mode):
            os.close(writing)
            raise UndeliverableError(f"{name} is not the pipe that was put there")
        return writing


def _run(pipes: Pipes, document: Path, supervisor: int) -> None:
    """Fill the pipes of one channel; where that cannot be done, leave the reason and have the task ended."""
    try:
        pipes.run()
    except Exception as error:  # noqa: BLE001  # whatever it is, the program would wait for ever
        write_failure(document, f"channel {document.stem}: {error}")
        os.kill(supervisor, signal.SIGTERM)


if __name__ == "__main__":
    main()
