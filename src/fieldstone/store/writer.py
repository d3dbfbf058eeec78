"""The one thread that writes: units of work that wait together are committed together."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from fieldstone.store.journal import Change, record
from fieldstone.store.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Any]

MOST_AT_ONCE: Final = 256
"""How many units of work one commit takes at the most."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Commit:
    """What one commit settled.

    Attributes:
        outcomes: Each unit's future with what it is to become; an exception where the work raised.
        changes: The changes of all units, in order.
        orphans: Blobs that no row names any more.
        logs: Ids of files of log events that no row names any more.
    """

    outcomes: list[tuple[Future[Any], Any]] = field(default_factory=list[Any])
    changes: list[Change] = field(default_factory=list[Change])
    orphans: list[str] = field(default_factory=list[str])
    logs: list[str] = field(default_factory=list[str])


class Writer:
    """Runs units of work in order, each in a savepoint, and commits in groups.

    Args:
        connection: The driver's connection; this thread alone uses it.
        committed: Called in the writer's thread after each commit (or failure to commit); it settles the futures.
    """

    def __init__(self, connection: sqlite3.Connection, committed: Callable[[Commit], None]) -> None:
        self._connection = connection
        self._committed = committed
        self._queue: SimpleQueue[tuple[Work, Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue a unit of work; its future is settled after the commit."""
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            batch, last = self._take()
            if batch:
                self._committed(self._commit(batch))
            if last:
                return

    def _take(self) -> tuple[list[tuple[Work, Future[Any]]], bool]:
        batch: list[tuple[Work, Future[Any]]] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == MOST_AT_ONCE or self._queue.empty():
                return batch, False
            item = self._queue.get()
        return batch, True

    def _commit(self, batch: list[tuple[Work, Future[Any]]]) -> Commit:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(self._connection)
            outcomes = [(future, self._perform(transaction, work)) for work, future in batch]
            record(self._connection, transaction.changes)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            _log.error("a commit of %d units of work failed: %s", len(batch), error)
            self._roll_back()
            return Commit([(future, error) for _, future in batch])
        return Commit(outcomes, transaction.changes, transaction.orphans, transaction.logs)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):  # then the next BEGIN fails, and says why
                self._connection.execute("ROLLBACK")

    def _perform(self, transaction: Transaction, work: Work) -> Any:
        """What a unit of work gives, or the exception it raises, which belongs to the caller who waits for it."""
        try:
            return transaction.attempt(work)
        except Exception as error:
            if not self._connection.in_transaction:  # the units before it are gone too, those after must not begin
                raise sqlite3.OperationalError(f"the transaction was given up: {error}") from error
            return error
