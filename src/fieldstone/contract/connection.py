"""One HTTP/1.1 connection: bytes to requests, replies to bytes, in order.

Requests may be pipelined, many in one read: each takes its place in line when it is complete, and its reply is sent
when everything before it has been. The routes are the contract's: /ping, /execution-parameters and /invocations.

A request whose head is known (`heads.py`) and whose body is there is taken as it is; from the first that is anything
else, the rest of what was read is the parser's.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import cast

import httptools

from fieldstone.contract import heads
from fieldstone.contract.batching import Batcher, Exchange
from fieldstone.contract.messages import Invocation, Reply

HEADER_LIMIT = 64 * 1024
"""Bytes of URL and headers that one request may have."""
PIPELINE_LIMIT = 1024
"""Unanswered requests beyond which a connection is not read from."""


@dataclass(frozen=True, slots=True)
class Site:
    """What every connection of a server shares: the fixed pages by path, the model's batcher, the limit of a body."""

    pages: Mapping[bytes, Reply]
    batcher: Batcher
    body_limit: int


class Connection(asyncio.Protocol):
    """The protocol object of one connection; the methods named `on_…` are called by the parser."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._parser = httptools.HttpRequestParser(self)
        self._line: deque[Exchange] = deque()
        self._ended = False
        self._reader_is_slow = False
        self._paused = False
        self.on_message_begin()
        self._between = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the requests nobody waits for any more."""
        self._ended = True
        self._line.clear()

    def data_received(self, data: bytes) -> None:
        """Read the requests that arrived; what is not HTTP ends the connection."""
        if self._ended:
            return
        taken = self._take_known(data) if self._between else 0
        if taken < len(data):
            self._parse(data[taken:])
        self.flush()

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read."""
        self._reader_is_slow = True
        self._regulate()

    def resume_writing(self) -> None:
        """Go on reading: the client has caught up."""
        self._reader_is_slow = False
        self._regulate()

    def flush(self) -> None:
        """Send every reply whose turn it is, in one write."""
        line = self._line
        due: list[bytes] = []
        last = False
        while line and (reply := line[0].reply) is not None:
            last = line.popleft().last
            due += (_head(reply.status, reply.content_type, len(reply.body), last), reply.body)
        if due:
            self._transport.write(b"".join(due))
        if last:
            self._transport.close()
        else:
            self._regulate()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._between = False
        self._url = b""
        self._headers: dict[str, str] = {}
        self._header_size = 0
        self._body: list[bytes] = []
        self._body_size = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's path and query."""
        self._url += url
        self._count_header(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        self._count_header(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Tell a client that asks first whether its body is welcome."""
        if "expect" not in self._headers or self._ended:
            return
        if int(self._headers.get("content-length", "0")) > self._site.body_limit:
            self._end(self._too_large())
        elif not self._line:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; of a body that is too large nothing is kept."""
        self._body_size += len(body)
        if self._body_size > self._site.body_limit:
            self._body.clear()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer the request, or have it answered."""
        self._between = True
        if self._ended:
            return
        path = self._url.partition(b"?")[0]
        self._ended = not self._parser.should_keep_alive()
        exchange = Exchange(last=self._ended)
        self._line.append(exchange)
        if self._body_size > self._site.body_limit:
            exchange.reply = self._too_large()
        elif path == b"/invocations" and self._parser.get_method() == b"POST":
            self._site.batcher.submit(self._invocation(), exchange, self.flush)
        else:
            exchange.reply = self._page(path)

    def _take_known(self, data: bytes) -> int:
        """Have the whole requests with known heads answered that the data begin with; how many bytes they are."""
        start = 0
        while (end := data.find(heads.END, start)) >= 0 and end - start < heads.LONGEST:
            body = end + len(heads.END)
            head = heads.read(data[start:body])
            if head is None or head.length > self._site.body_limit or body + head.length > len(data):
                break
            start = body + head.length
            exchange = Exchange()
            self._line.append(exchange)
            request = Invocation(data[body:start], head.content_type, head.accept, head.headers)
            self._site.batcher.submit(request, exchange, self.flush)
        return start

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._end(Reply(b"Bad request", status=400))

    def _invocation(self) -> Invocation:
        headers = self._headers
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        return Invocation(body, headers.get("content-type", ""), headers.get("accept", ""), headers)

    def _page(self, path: bytes) -> Reply:
        page = self._site.pages.get(path)
        if page is not None and self._parser.get_method() == b"GET":
            return page
        return Reply(b"", status=405 if page is not None or path == b"/invocations" else 404)

    def _too_large(self) -> Reply:
        return Reply(b"The request's body has more than %d bytes" % self._site.body_limit, status=413)

    def _count_header(self, size: int) -> None:
        self._header_size += size
        if self._header_size > HEADER_LIMIT:
            self._end(Reply(b"The request's headers are too large", status=431))

    def _end(self, reply: Reply) -> None:
        if not self._ended:
            self._ended = True
            self._line.append(Exchange(last=True, reply=reply))

    def _regulate(self) -> None:
        wanted = self._reader_is_slow or len(self._line) > PIPELINE_LIMIT
        if wanted != self._paused and not self._transport.is_closing():
            self._paused = wanted
            (self._transport.pause_reading if wanted else self._transport.resume_reading)()


@lru_cache(maxsize=4096)
def _head(status: int, content_type: str, length: int, last: bool) -> bytes:  # noqa: FBT001 - a cache's key
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    if status != HTTPStatus.NO_CONTENT:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {length}"]
    if last:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
