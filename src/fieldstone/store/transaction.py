"""What one unit of work sees of the store."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from fieldstone.store.journal import Change
from fieldstone.store.messages import Messages
from fieldstone.store.metrics import Metrics
from fieldstone.store.objects.current import Objects
from fieldstone.store.objects.extents import Extents
from fieldstone.store.objects.uploads import Uploads
from fieldstone.store.objects.versions import Versions
from fieldstone.store.resources import Resources, Row
from fieldstone.store.tags import Tags

T = TypeVar("T")


class Transaction:
    """A view of the store; inside a write, one that sees its own changes.

    Attributes:
        resources: Rows of every kind.
        objects: S3's objects, the current ones.
        versions: Their versions that are not current.
        uploads: Uploads in parts that are not completed.
        extents: Where the bytes of objects are.
        metrics: The points of CloudWatch's metrics.
        messages: Those in SQS's queues.
        tags: The tags of any ARN.
        changes: What was changed so far, for the journal.
        orphans: Blobs that no row names any more once this commits.
        logs: Ids of files of log events that no row names any more once this commits.
    """

    __slots__ = (
        "_connection",
        "changes",
        "extents",
        "logs",
        "messages",
        "metrics",
        "objects",
        "orphans",
        "resources",
        "tags",
        "uploads",
        "versions",
    )

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.changes: list[Change] = []
        self.orphans: list[str] = []
        self.logs: list[str] = []
        self.resources = Resources(connection, self._note)
        self.extents = Extents(connection, self.orphans.append)
        self.objects = Objects(connection, self.extents)
        self.versions = Versions(connection, self.extents)
        self.uploads = Uploads(connection, self.extents)
        self.tags = Tags(connection)
        self.metrics = Metrics(connection)
        self.messages = Messages(connection, self._note_message)

    def attempt(self, work: "Callable[[Transaction], T]") -> T:
        """Run ``work`` in a savepoint: when it raises, nothing it did stays."""
        marks = [(noted, len(noted)) for noted in (self.changes, self.orphans, self.logs)]
        self._connection.execute("SAVEPOINT attempt")
        try:
            result = work(self)
        except BaseException:
            if self._connection.in_transaction:  # a full disk ends the whole transaction at once
                self._connection.execute("ROLLBACK TO attempt")
                self._connection.execute("RELEASE attempt")
            for noted, length in marks:
                del noted[length:]
            raise
        self._connection.execute("RELEASE attempt")
        return result

    def forsake_log(self, file_id: str) -> None:
        """Give up a file of log events, once this commits."""
        self.logs.append(file_id)

    def clear(self) -> None:
        """Take every row away."""
        for row in list(self.resources.everything()):
            self.tags.clear(row.arn)
            self.clear_bucket(row.uid)
            self.resources.delete(row)
        self.metrics.clear()
        self.messages.clear()

    def clear_bucket(self, bucket: int) -> None:
        """Take everything in a bucket away: objects, versions, uploads."""
        self.objects.clear(bucket)
        self.versions.clear(bucket)
        self.uploads.clear(bucket)

    def _note(self, row: Row, event: str) -> None:
        self.changes.append(Change(row.kind, row.uid, row.name, event))

    def _note_message(self, queue: int) -> None:
        change = Change("Message", queue, "", "updated")
        if not self.changes or self.changes[-1] != change:  # who waits for one is told once
            self.changes.append(change)
