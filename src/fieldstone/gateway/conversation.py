"""One request as it comes in, and its answer as it goes out."""

import asyncio
from typing import Final, Protocol

from fieldstone.wire.http import Request

_MOST_WAITING: Final = 1 << 20
"""Bytes of a body that wait to be read before no more are taken from the client."""
_GO_ON: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class ClientGoneError(Exception):
    """The client closed the connection before its request was whole, or broke it off; nobody waits for an answer."""


class Line(Protocol):
    """The way back to the client."""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent."""
        ...

    async def emptied(self) -> int:
        """Wait until the kernel has all that was sent; a descriptor of the socket, to be closed, for what follows.

        Raises:
            ClientGoneError: The client left.
        """
        ...

    def regulate(self) -> None:
        """Take more from the client, or no more for now, as ``hungry`` says."""
        ...


class Conversation:
    """A request whose body may still be coming, and the way to answer it.

    Attributes:
        request: Its request line and headers; the body is read by ``read``.
        line: Where the answer goes.
        keep_alive: Whether the connection stays open after the answer.
        whole: Whether all of the body has come.
        gone: Whether the client is gone; nothing more comes, and nobody listens.
        begun: Whether the answer has.
        answered: Whether all of the answer was sent; what still comes of the body is dropped.
    """

    __slots__ = (
        "_pieces",
        "_size",
        "_waiter",
        "_wants_leave",
        "answered",
        "begun",
        "gone",
        "keep_alive",
        "line",
        "request",
        "whole",
    )

    def __init__(self, request: Request, line: Line, *, keep_alive: bool) -> None:
        self.request = request
        self.line = line
        self.keep_alive = keep_alive
        self.whole = self.gone = self.begun = self.answered = False
        self._wants_leave = "expect" in request.headers
        self._pieces: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None

    async def read(self) -> bytes:
        """The next piece of the body; nothing at its end. Gives leave to a client that waits for it with its body.

        Raises:
            ClientGoneError: The client left before the end.
        """
        if self._wants_leave:
            self._wants_leave = False
            self.line.write(_GO_ON)
        while not self._pieces and not self.whole:
            if self.gone:
                raise ClientGoneError
            await self._more()
        pieces, self._pieces, self._size = self._pieces, [], 0
        if not self.whole:
            self.line.regulate()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def until_gone(self) -> None:
        """Wait until the client leaves."""
        while not self.gone:
            await self._more()

    def begin(self) -> None:
        """The answer begins: a body that nobody gave leave for may come or not, so the connection ends with it."""
        self.begun = True
        if self._wants_leave:
            self.keep_alive = False

    @property
    def hungry(self) -> bool:
        """Whether more of the body may come."""
        return self.answered or self._size < _MOST_WAITING

    def feed(self, data: bytes) -> None:
        """A piece of the body has come."""
        if self.answered:
            return
        self._pieces.append(data)
        self._size += len(data)
        self._wake()

    def finish(self) -> None:
        """All of the body has come."""
        self.whole = True
        self._wake()

    def leave(self) -> None:
        """The client is gone."""
        self.gone = True
        self._wake()

    async def _more(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
