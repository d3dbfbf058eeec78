"""One client's connection: bytes to conversations, one after the other.

A client has to come to the point: one whose request's head never ends, whose body stops coming, or who says nothing at
all is hung up on, at the cost of a look at each connection twice a minute.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

import httptools

from fieldstone.gateway.conversation import ClientGoneError, Conversation
from fieldstone.wire.http import Request

_LARGEST_HEAD: Final = 1 << 20
"""Bytes of the largest request line and headers."""
_RESTS: Final = 10
"""Looks until a connection is closed on which nothing is asked any more."""
_BAD_REQUEST: Final = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: 30\r\n\r\nInvalid HTTP request received."
)
_FAILED: Final = b"HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_log = logging.getLogger(__name__)

Converse = Callable[[Conversation], Coroutine[Any, Any, None]]


class Connection(asyncio.Protocol):
    """The protocol object of one connection; the methods named ``on_…`` are called by the parser.

    Args:
        converse: Answers a request.
        peers: The open connections; this one is among them as long as it is open.
        patience: Seconds between two looks; a client that should have come further since the last is given up.

    Attributes:
        closed: Done once it is closed.
    """

    def __init__(self, converse: Converse, peers: "set[Connection]", patience: float) -> None:
        self._answer = converse
        self._peers = peers
        self._patience = patience
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Conversation] = deque()
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._writable = asyncio.Event()
        self._writable.set()
        self._head = self._reads = self._requests = 0
        self._refused = self._paused = False
        self._url = b""
        self._headers: dict[str, str] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._timer = self._loop.call_later(self._patience, self._look, None, 0)
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """Let a connection go."""
        self._peers.discard(self)
        self._timer.cancel()
        self._writable.set()
        if not self.closed.done():
            self.closed.set_result(None)
        for conversation in self._waiting:
            conversation.leave()

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        self._reads += 1
        if self._refused:
            return
        self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:  # which is not taken up; what follows is HTTP as before
            if rest := data[upgrade.args[0] :]:
                self.data_received(rest)
        except httptools.HttpParserError:
            self._refuse()
        if self._head > _LARGEST_HEAD:
            self._transport.close()

    def eof_received(self) -> bool:
        """Take the end of what the client says; it may still be listening for the answers to what it has said.

        Of an answer in pieces nobody knows the end, so whoever says no more has left.
        """
        if not self._waiting or not self._waiting[-1].whole or self._head or self._waiting[0].begun:
            return False
        self._waiting[-1].keep_alive = False
        return True

    def pause_writing(self) -> None:
        """The client does not read as fast as it is told."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._writable.set()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._url = b""
        self._headers = {}

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        key, text, headers = name.decode("latin-1").lower(), value.decode("latin-1"), self._headers
        headers[key] = f"{headers[key]},{text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """Begin to answer, unless answers are still due to requests before."""
        self._head = 0
        self._requests += 1
        path, query = _split(self._url)
        request = Request(self._parser.get_method().decode("latin-1"), path, query, self._headers, b"")
        self._waiting.append(Conversation(request, self, keep_alive=self._parser.should_keep_alive()))
        if len(self._waiting) == 1:
            self._begin()
        else:
            self.regulate()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._head = 0
        self._waiting[-1].feed(body)
        self.regulate()

    def on_message_complete(self) -> None:
        """End a request."""
        self._head = 0
        self._waiting[-1].finish()
        if self._waiting[0].answered:
            self._next()

    def write(self, data: bytes) -> None:
        """Send bytes, in order."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent."""
        await self._writable.wait()

    async def emptied(self) -> int:
        """Wait until the kernel has all that was sent; a descriptor of the socket, to be closed, for what follows.

        Raises:
            ClientGoneError: The client left.
        """
        self._transport.set_write_buffer_limits(0)
        await self._writable.wait()
        self._transport.set_write_buffer_limits()
        if self._transport.is_closing():
            raise ClientGoneError
        return os.dup(self._transport.get_extra_info("socket").fileno())

    def regulate(self) -> None:
        """Take from the client only what can be used soon."""
        wanted = len(self._waiting) < 2 and (not self._waiting or self._waiting[0].hungry)
        if self._transport.is_closing() or wanted is not self._paused:
            return
        self._paused = not wanted
        (self._transport.resume_reading if wanted else self._transport.pause_reading)()

    def retire(self) -> None:
        """Close as soon as what has been asked is answered."""
        if not self._waiting:
            self._transport.close()
        else:
            self._waiting[-1].keep_alive = False

    def cut(self) -> None:
        """Close at once."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._converse(self._waiting[0]))

    async def _converse(self, conversation: Conversation) -> None:
        try:
            await self._answer(conversation)
        except Exception:  # noqa: BLE001  # whatever it is, the client is told and others are not hurt
            _log.exception("a request was not answered")
            if not conversation.begun:
                self.write(_FAILED)
            conversation.keep_alive = False
        if self._refused and not conversation.begun:
            self.write(_BAD_REQUEST)
        self._end(conversation)

    def _end(self, conversation: Conversation) -> None:
        """The answer was sent."""
        conversation.answered = True
        self._task = None
        if not conversation.keep_alive or conversation.gone:
            self._transport.close()
        elif conversation.whole:
            self._next()
        else:
            self.regulate()

    def _next(self) -> None:
        """The request is whole and answered: on with the next."""
        self._waiting.popleft()
        if self._waiting:
            self._begin()
        self.regulate()

    def _refuse(self) -> None:
        """What came is not HTTP: what was asked before is answered, and that is the end."""
        self._refused = True
        if not self._waiting or (self._waiting[-1].answered and not self._waiting[-1].whole):
            self.write(_BAD_REQUEST)
            self._transport.close()
            return
        last = self._waiting[-1]
        last.keep_alive = False
        if not last.whole:
            last.leave()

    def _look(self, seen: object, times: int) -> None:
        """Hang up on a client that is where it was at the last look, though it is its turn."""
        if self._transport.is_closing():
            return
        stands = self._stands()
        times = times + 1 if stands is not None and stands == seen else 0
        if times >= (_RESTS if stands == ("rest", self._requests) else 1):
            self._transport.close()
            return
        self._timer = self._loop.call_later(self._patience, self._look, stands, times)

    def _stands(self) -> object:
        """What is waited for, and how far that has come; None where it is not the client's turn."""
        if not self._waiting:
            return ("head" if self._head or not self._requests else "rest", self._requests)
        if self._waiting[-1].whole:
            return ("head", self._requests) if self._head else None
        return None if self._paused else ("body", self._reads)


def _split(url: bytes) -> tuple[str, str]:
    """Path and query of a request's target, which proxies are sent with the host before it."""
    if not url.startswith(b"/") or b"#" in url:
        try:
            parsed = httptools.parse_url(url)
        except httptools.HttpParserInvalidURLError:
            return url.decode("latin-1"), ""
        return (parsed.path or b"/").decode("latin-1"), (parsed.query or b"").decode("latin-1")
    path, _, query = url.decode("latin-1").partition("?")
    return path, query
