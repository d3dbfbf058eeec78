"""The heads of requests, each known after its first time: clients of a model send the same few over and over.

What a head says is what the parser of HTTP makes of it, once. Only plain ones are known: a POST to /invocations by
HTTP/1.1 whose body has a length. All others, and whatever is no HTTP, are left to the connection's own parser.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

import httptools

END: Final = b"\r\n\r\n"
"""What ends a head, and belongs to it."""
LONGEST: Final = 4096
"""Bytes that a head may have to be kept."""
_MOST: Final = 512
_SPECIAL: Final = frozenset({"transfer-encoding", "expect", "connection", "proxy-connection", "upgrade"})
"""Headers that say more than what the request is: how it is framed, or what becomes of the connection."""


class Head(NamedTuple):
    """A plain head.

    Attributes:
        length: Bytes of the body that follows.
        content_type: The Content-Type header as sent, "" without one.
        accept: The Accept header as sent, "" without one.
        headers: Every header; the names are in lower case.
    """

    length: int
    content_type: str
    accept: str
    headers: Mapping[str, str]


@lru_cache(maxsize=_MOST)
def read(head: bytes) -> Head | None:
    """What a head says, with its end; None when it is not plain."""
    seen = _Seen()
    parser = httptools.HttpRequestParser(seen)
    try:
        parser.feed_data(head)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    names = {name for name, _ in seen.headers}
    headers = dict(seen.headers)
    length = headers.get("content-length", "")
    if (
        (seen.begun, seen.complete, seen.has_body) != (1, 1, False)
        or (parser.get_method(), seen.url, parser.get_http_version()) != (b"POST", b"/invocations", "1.1")
        or names & _SPECIAL
        or not (length.isascii() and length.isdigit())
        or [name for name, _ in seen.headers].count("content-length") != 1
    ):
        return None
    return Head(int(length), headers.get("content-type", ""), headers.get("accept", ""), MappingProxyType(headers))


class _Seen:
    """What the parser found; the methods named `on_…` are called by it."""

    def __init__(self) -> None:
        self.begun = self.complete = 0
        self.has_body = False
        self.url = b""
        self.headers: list[tuple[str, str]] = []

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.complete += 1

    def on_body(self, body: bytes) -> None:  # noqa: ARG002 - the parser's signature
        self.has_body = True
