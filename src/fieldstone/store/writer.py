"""The one thread that writes: units of work that wait together are committed together."""

import logging
import sqlite3
import threading
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Final

from fieldstone.store.journal import Change, record
from fieldstone.store.transaction import Transaction

Work = Callable[[Transaction], Any]
Waiter = Future[Any] | None

MOST_AT_ONCE: Final = 256
"""How many units of work one commit takes at the most."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Commit:
    """What one commit settled.

    Attributes:
        outcomes: Each unit's future with what it is to become; an exception where the work raised. No future where
            nobody waits.
        changes: The changes of all units, in order.
        orphans: Blobs that no row names any more.
        logs: Ids of files of log events that no row names any more.
    """

    outcomes: list[tuple[Waiter, Any]] = field(default_factory=list[Any])
    changes: list[Change] = field(default_factory=list[Change])
    orphans: list[str] = field(default_factory=list[str])
    logs: list[str] = field(default_factory=list[str])


class Writer:
    """Runs units of work in order, each in a savepoint, and commits in groups.

    Args:
        connection: The driver's connection; this thread alone uses it.
        committed: Called in the writer's thread after each commit (or failure to commit); it settles the futures, on
            their own loop.
    """

    def __init__(self, connection: sqlite3.Connection, committed: Callable[[Commit], None]) -> None:
        self._connection = connection
        self._committed = committed
        self._queue: SimpleQueue[tuple[Work, Waiter] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, waiter: Waiter = None) -> None:
        """Queue a unit of work; ``committed`` is told its outcome together with who waits for it."""
        self._queue.put((work, waiter))

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

    def _take(self) -> tuple[list[tuple[Work, Waiter]], bool]:
        batch: list[tuple[Work, Waiter]] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == MOST_AT_ONCE or self._queue.empty():
                return batch, False
            item = self._queue.get()
        return batch, True

    def _commit(self, batch: list[tuple[Work, Waiter]]) -> Commit:
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
