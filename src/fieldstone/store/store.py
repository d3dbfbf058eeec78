"""The store as the server holds it: reads, writes, listeners, blobs."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from fieldstone.core.settings import DataDir
from fieldstone.store.blobs import Blobs
from fieldstone.store.database import Database
from fieldstone.store.journal import Change
from fieldstone.store.logs import LogFiles
from fieldstone.store.objects.extents import Extent
from fieldstone.store.objects.reading import Reading
from fieldstone.store.removal import Remover, removal
from fieldstone.store.transaction import Transaction
from fieldstone.store.writer import Commit, Waiter, Writer

T = TypeVar("T")
Listener = Callable[[list[Change]], None]

_AGAIN_SECONDS: Final = 10.0
_log = logging.getLogger(__name__)


class Store:
    """All durable state. Lives on one event loop: every method is called from it.

    A write's future is settled after its commit, and after every listener has seen the changes: who gets the answer
    finds them in force.
    """

    def __init__(self, data_dir: DataDir) -> None:
        database = Database(data_dir.database)
        self.blobs = Blobs(data_dir.objects, data_dir.incoming)
        self.logs = LogFiles(data_dir.logs)
        self._remover = Remover(data_dir.root)
        self._reading = database.connect(writes=False)
        self._writes = 0
        self._reader = Transaction(self._reading)
        self._root = data_dir.root
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Listener] = []
        self._pins: Counter[str] = Counter()
        self._held: set[str] = set()
        self._writer = Writer(database.connect(writes=True), self._committed)

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` called with the changes of every commit."""
        self._listeners.append(listener)

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on one state of the committed rows.

        The state is kept for the reads that follow, until somebody writes: SQLite cannot tidy its log behind a reader.
        """
        if not self._reading.in_transaction:  # an error of the disk ends it at once
            self._reading.execute("BEGIN")
        try:
            return work(self._reader)
        finally:
            if self._writes:
                self._look_away()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in the writer's thread and wait for its commit.

        Raises:
            Exception: Whatever ``work`` raises; nothing it did stays.
        """
        self._look_away()
        waiter: asyncio.Future[T] = self._loop.create_future()
        self._writes += 1
        self._writer.submit(work, waiter)
        return await waiter

    def release(self, blob: str) -> None:
        """Discard a blob that was staged for a write, unless the write was done after all: its caller may have left."""
        self._look_away()
        self._writes += 1
        waiter: asyncio.Future[None] = self._loop.create_future()
        waiter.add_done_callback(lambda done: self._release_again(blob) if done.exception() else None)
        self._writer.submit(lambda tx: tx.extents.release(blob), waiter)

    def open(self, extents: Sequence[Extent]) -> Reading:
        """Begin to read bytes that a read has just found; until it is closed, their files stay whatever is deleted."""
        places = [(self.blobs.path(extent.blob), extent) for extent in extents]
        if len(places) == 1:
            return Reading(places).begin()
        files = [extent.blob for extent in extents]
        self._pins.update(files)
        reading = Reading(places, lambda: self._unpin(files))
        try:
            return reading.begin()
        except OSError:
            reading.close()
            raise

    def erase_log(self, file_id: str, start: int, end: int) -> None:
        """Write over a stream's events, in whatever thread; waits while the data folder is being copied."""
        with removal(self._root):
            self.logs.erase(file_id, start, end)

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._writer.close()
        self._remover.close()
        self._reading.close()

    def _committed(self, commit: Commit) -> None:
        self._loop.call_soon_threadsafe(self._settle, commit)

    def _look_away(self) -> None:
        if self._reading.in_transaction:
            self._reading.execute("COMMIT")

    def _settle(self, commit: Commit) -> None:
        self._writes -= len(commit.outcomes)
        if commit.changes:
            self._tell(commit.changes)
        for future, outcome in commit.outcomes:
            _settle(future, outcome)
        if commit.orphans:  # asked for here: whoever read the row before has opened the file, or pinned it, by now
            self._forsake(commit.orphans)
        if commit.logs:
            self._remover.remove(map(self.logs.path, commit.logs))

    def _tell(self, changes: list[Change]) -> None:
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:  # noqa: BLE001  # whatever it is, the writes are done and their callers wait
                _log.exception("a listener failed")

    def _release_again(self, blob: str) -> None:
        """Try once more in a while: the database could not be written to."""
        self._loop.call_later(_AGAIN_SECONDS, self.release, blob)

    def _forsake(self, blobs: list[str]) -> None:
        """Discard files that nothing names; those that are being read, later."""
        if self._pins:
            self._held.update(blob for blob in blobs if blob in self._pins)
            blobs = [blob for blob in blobs if blob not in self._pins]
        self._remover.remove(map(self.blobs.path, blobs))

    def _unpin(self, blobs: list[str]) -> None:
        self._pins.subtract(blobs)
        for blob in set(blobs):
            if not self._pins[blob]:
                del self._pins[blob]
        freed = [blob for blob in self._held.intersection(blobs) if blob not in self._pins]
        self._held.difference_update(freed)
        if freed:
            self._forsake(freed)


def _settle(future: Waiter, outcome: Any) -> None:
    if future is None or future.cancelled():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
