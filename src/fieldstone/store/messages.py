"""Messages in queues: each until it is deleted, moved or too old."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from fieldstone.store.schema import metadata
from fieldstone.store.statements import Prepared

messages: Final = Table(
    "messages",
    metadata,
    Column("uid", Integer, primary_key=True),
    Column("queue", Integer, nullable=False),
    Column("visible", Float, nullable=False),  # from when on it may be received
    Column("receives", Integer, nullable=False),
    Column("sent", Float, nullable=False),
    Column("first", Float),  # when it was first received
    Column("content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # receipt handles name it
)
Index("messages_due", *(messages.c[name] for name in ("queue", "visible", "receives")))
Index("messages_by_age", messages.c.queue, messages.c.sent)

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode

_c = messages.c
_FIELDS: Final = ("queue", "visible", "sent", "content", "receives", "first", "uid")
_ALL: Final = [_c[name] for name in _FIELDS]
_OF_QUEUE: Final = _c.queue == bindparam("queue")
_ONE: Final = _c.uid == bindparam("the_uid")
_INSERT: Final = Prepared(insert(messages).values({name: bindparam(name) for name in _FIELDS if name != "uid"}))
_GET: Final = Prepared(select(*_ALL).where(_ONE))
_DUE: Final = Prepared(
    select(*_ALL)
    .where(_OF_QUEUE, _c.visible <= bindparam("now"))
    .order_by(_c.visible, _c.receives, _c.uid)
    .limit(bindparam("most"))
)
_NEXT: Final = Prepared(select(func.min(_c.visible)).where(_OF_QUEUE))
_UPDATE: Final = Prepared(
    update(messages)
    .where(_ONE)
    .values({name: bindparam(name) for name in ("queue", "visible", "receives", "first", "content")})
)
_SHOW: Final = Prepared(update(messages).where(_ONE).values(visible=bindparam("visible")))
_DELETE: Final = Prepared(delete(messages).where(_ONE))
_PURGE: Final = Prepared(delete(messages).where(_OF_QUEUE))
_EXPIRE: Final = Prepared(delete(messages).where(_OF_QUEUE, _c.sent < bindparam("before")))
_CLEAR: Final = Prepared(delete(messages))
_COUNT: Final = Prepared(
    select(
        func.count(),
        func.coalesce(func.sum(_c.visible <= bindparam("now")), 0),
        func.coalesce(func.sum((_c.visible > bindparam("now")) & (_c.receives == 0)), 0),
    ).where(_OF_QUEUE, _c.sent >= bindparam("since"))
)


@dataclass(slots=True)
class Message:
    """A message in a queue.

    Attributes:
        uid: Never given twice.
        queue: The uid of the queue's row.
        visible: From when on it may be received, in seconds since the epoch, as ``sent`` and ``first``.
        receives: How often it was received from this queue.
        sent: When it was sent first.
        first: When it was first received from this queue; None where it was not yet.
        content: What it says, and what is said of it.
    """

    queue: int
    visible: float
    sent: float
    content: dict[str, Any]
    receives: int = 0
    first: float | None = None
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of a queue may be received, are with somebody, and are not to be received yet."""

    visible: int
    taken: int
    delayed: int


class Messages:
    """Messages, seen within one transaction.

    Args:
        connection: The transaction's.
        note: Told the uid of a queue in which there is something new to receive, at once or soon.
    """

    __slots__ = ("_connection", "_note")

    def __init__(self, connection: sqlite3.Connection, note: Callable[[int], None]) -> None:
        self._connection = connection
        self._note = note

    def put(self, message: Message) -> None:
        """Add a message; it is given its uid."""
        message.uid = _INSERT.run(self._connection, **_values(message)).lastrowid or 0
        self._note(message.queue)

    def get(self, uid: int) -> Message | None:
        """The message of that uid, if it is still there."""
        values = _GET.run(self._connection, the_uid=uid).fetchone()
        return None if values is None else _message(values)

    def due(self, queue: int, now: float, most: int) -> list[Message]:
        """Messages that may be received, those that could for the longest time first."""
        return [_message(values) for values in _DUE.run(self._connection, queue=queue, now=now, most=most)]

    def next_due(self, queue: int) -> float | None:
        """From when on the first of a queue's messages may be received; None where there is none."""
        return _NEXT.run(self._connection, queue=queue).fetchone()[0]

    def update(self, message: Message) -> None:
        """Write down that a message was received."""
        values = _values(message)
        del values["sent"]
        _UPDATE.run(self._connection, the_uid=message.uid, **values)

    def move(self, message: Message) -> None:
        """Write down that a message is in another queue."""
        self.update(message)
        self._note(message.queue)

    def show(self, message: Message, visible: float) -> None:
        """Have a message be received from another time on."""
        _SHOW.run(self._connection, the_uid=message.uid, visible=visible)
        self._note(message.queue)

    def delete(self, uid: int) -> None:
        """Take a message away; one that is gone is passed over."""
        _DELETE.run(self._connection, the_uid=uid)

    def purge(self, queue: int) -> None:
        """Take every message of a queue away."""
        _PURGE.run(self._connection, queue=queue)

    def expire(self, queue: int, before: float) -> None:
        """Take those away that were sent before a time."""
        _EXPIRE.run(self._connection, queue=queue, before=before)

    def count(self, queue: int, now: float, since: float) -> Counts:
        """How many messages of a queue there are that were sent since a time."""
        whole, visible, delayed = _COUNT.run(self._connection, queue=queue, now=now, since=since).fetchone()
        return Counts(visible, whole - visible - delayed, delayed)

    def clear(self) -> None:
        """Take every message of every queue away."""
        _CLEAR.run(self._connection)


def _values(message: Message) -> dict[str, Any]:
    values = {name: getattr(message, name) for name in _FIELDS if name != "uid"}
    return values | {"content": _encode(message.content)}


def _message(values: tuple[Any, ...]) -> Message:
    message = Message(*values)
    message.content = _decode(message.content)  # pyright: ignore[reportArgumentType]  # as it was written, bytes
    return message
