"""One connection to a model server: questions out, answers in, in their order.

What a model server says is not to be trusted: what is no HTTP, too large or too late is a failure of that answer, and
of no more answers than it has to be.
"""

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from typing import Final, cast

import httptools

from fieldstone.core.prediction import (
    ModelLostError,
    ModelTimeoutError,
    ModelTooTalkativeError,
    ModelUnavailableError,
    ModelUnreachableError,
    ModelUnreadError,
    Pieces,
    Reply,
)
from fieldstone.engine.heads import LONGEST, read_head
from fieldstone.engine.model_stream import Flow
from fieldstone.engine.relay import TAKEN, UNREAD

_LARGEST_HEAD: Final = 64 << 10


@dataclass(slots=True)
class _Asked:
    """A question that is on its way."""

    answer: "asyncio.Future[Reply]"
    deadline: float
    streams: bool


class Connection(asyncio.Protocol):
    """The protocol object; the methods named ``on_…`` are called by the parser.

    Args:
        most: Bytes that an answer may have; None for any number.
        relayed: Whether a relay is between, which says ``TAKEN`` before the server says anything, and ``UNREAD`` where
            it says nothing.

    Attributes:
        open: Whether more may be asked.
    """

    def __init__(self, most: int | None, *, relayed: bool = False) -> None:
        self.open = False
        self._to_be_taken = relayed
        self._unread = False
        self._most = math.inf if most is None else most
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._asked: deque[_Asked] = deque()
        self._unsent: list[bytes] = []
        self._writable = asyncio.Event()
        self._writable.set()
        self._parser = httptools.HttpResponseParser(self)
        self.on_message_begin()
        self._within = False

    def waiting(self) -> int:
        """How many answers are still to come."""
        return len(self._asked)

    def send(self, request: bytes, seconds: float | None, *, streams: bool = False) -> "asyncio.Future[Reply]":
        """Send a request, or its beginning, with those of the same turn of the event loop; its answer.

        Args:
            request: The bytes.
            seconds: How long the answer may take, to its end; None for any time.
            streams: Whether it may be had piece by piece.
        """
        answer: asyncio.Future[Reply] = self._loop.create_future()
        if self._transport is None or not self.open:
            answer.set_exception(ModelUnreachableError(_GONE))
            return answer
        deadline = math.inf if seconds is None else self._loop.time() + seconds
        self._asked.append(_Asked(answer, deadline, streams))
        if self._timer is None and seconds is not None:
            self._timer = self._loop.call_at(deadline, self._expire)
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(request)
        return answer

    async def write(self, data: bytes) -> None:
        """Send more of a request, once the server has taken what was sent before; nothing on a closed connection."""
        await self._writable.wait()
        if self._transport is not None and self.open:
            self._send()
            self._transport.write(data)

    def close(self) -> None:
        """Close it; who still waits for an answer gets ModelLostError, or ModelUnreachableError if nothing was sent."""
        self.open = False
        if self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        """The server does not take more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The server takes more."""
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, which ends an answer without a length.

        A program that ends, or hangs up, before it has read all that came to it resets its connection, as Linux has it;
        so do those that it never accepted.
        """
        self._unread |= isinstance(exc, ConnectionError) and not self._within
        self.open = False
        self._writable.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._endless:
            self.on_message_complete()
        for asked in self._asked:
            self._fail(asked, self._loss())
        if self._flow is not None:
            self._flow.end(ModelLostError(_GONE))
        self._asked.clear()

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        if self._to_be_taken:
            self._to_be_taken = False
            data = data[len(TAKEN) :]
        if data == UNREAD and not self._within:
            self._unread = True
            return
        taken = 0 if self._within else self._take_usual(data)
        if taken == len(data):
            return
        try:
            self._parser.feed_data(data[taken:] if taken else data)
        except httptools.HttpParserError:
            self.close()

    def on_message_begin(self) -> None:
        """Begin an answer."""
        self._within = True
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._head = self._size = 0
        self._endless = False
        self._flow: Flow | None = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        self._head += len(name) + len(value)
        if self._head > _LARGEST_HEAD:
            self.close()

    def on_headers_complete(self) -> None:
        """Give out an answer that may be had piece by piece."""
        headers, status = self._headers, self._parser.get_status_code()
        self._endless = "content-length" not in headers and "transfer-encoding" not in headers and status >= 200
        asked = self._asked[0] if self._asked else None
        if asked is not None and asked.streams and 200 <= status < 300 and not asked.answer.done():
            assert self._transport is not None
            self._flow = Flow(self._transport)
            asked.answer.set_result(Reply(status, headers, b"", pieces=Pieces(self._flow, self.close)))

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; of one that is too large nothing is kept."""
        if self._flow is not None:
            self._flow.feed(body)
            return
        self._size += len(body)
        if self._size <= self._most:
            self._body.append(body)
        elif len(self._asked) == 1:  # nobody else waits for it to end
            self._fail(self._asked[0], ModelTooTalkativeError(_TALKATIVE))
            self.close()
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        """Give out an answer."""
        status = self._parser.get_status_code()
        if status < 200:  # the answer is still to come
            return
        self._endless = self._within = False
        if not self._asked:
            self.close()
            return
        asked, flow, self._flow = self._asked.popleft(), self._flow, None
        if flow is not None:
            flow.end()
        elif self._size > self._most:
            self._fail(asked, ModelTooTalkativeError(_TALKATIVE))
        elif not asked.answer.done():
            asked.answer.set_result(Reply(status, self._headers, b"".join(self._body)))
        if not self._parser.should_keep_alive():
            self.open = False

    def _take_usual(self, data: bytes) -> int:
        """Give out the answers at the beginning that are whole and as usual; how many bytes they have."""
        taken, asked = 0, self._asked
        while asked and self.open and not asked[0].streams:
            start = data.find(b"\r\n\r\n", taken, taken + LONGEST) + 4
            head = read_head(data[taken:start]) if start >= 4 else None
            if head is None or start + head.length > len(data) or head.length > self._most:
                break
            taken = start + head.length
            answer = asked.popleft().answer
            if not answer.done():
                answer.set_result(Reply(head.status, head.headers, data[start:taken]))
        return taken

    def _loss(self) -> ModelUnavailableError:
        if self._to_be_taken:
            return ModelUnreachableError(_GONE)
        return ModelUnreadError(_GONE) if self._unread else ModelLostError(_GONE)

    def _send(self) -> None:
        """Send what has gathered."""
        unsent, self._unsent = self._unsent, []
        if unsent and self._transport is not None and self.open:
            self._transport.write(b"".join(unsent))

    def _expire(self) -> None:
        """Give up what takes too long. The answer may still come, and is nobody's then."""
        now = self._loop.time()
        self._timer = None
        for asked in self._asked:
            if asked.deadline > now:
                self._timer = self._loop.call_at(asked.deadline, self._expire)
                return
            self._fail(asked, ModelTimeoutError(_LATE))
            if self._flow is not None:
                self._flow.end(ModelTimeoutError(_LATE))

    def _fail(self, asked: _Asked, failure: ModelUnavailableError) -> None:
        if not asked.answer.done():
            asked.answer.set_exception(failure)


_GONE: Final = "the model server closed the connection"
_LATE: Final = "the model server took too long"
_TALKATIVE: Final = "the model server's answer is too large"
