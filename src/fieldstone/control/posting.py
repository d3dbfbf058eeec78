"""One POST to an address that somebody named: the status of the answer is all that is wanted of it."""

import asyncio
import base64
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

import httptools

_SECONDS: Final = 15.0
"""How long an address may take to answer, as with AWS."""
_LARGEST_HEAD: Final = 1 << 16
_OK: Final = 200
_PIECE: Final = 1 << 14


class PostError(Exception):
    """No answer came; the text says why."""


async def post(address: str, headers: dict[str, str], body: bytes) -> int:
    """Post to an ``http`` or ``https`` address; the status of the answer. Redirections are not followed.

    Raises:
        PostError: It cannot be reached, does not answer in time, or what it answers is not HTTP.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await _converse(urlsplit(address), headers, body)
    except TimeoutError:
        raise PostError(f"{address} did not answer within {_SECONDS:.0f} seconds") from None
    except (OSError, httptools.HttpParserError, EOFError, UnicodeError, ValueError) as error:
        raise PostError(f"{address} cannot be posted to: {error or type(error).__name__}") from None


async def _converse(parts: SplitResult, headers: dict[str, str], body: bytes) -> int:
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if secure else 80), ssl=True if secure else None
    )
    try:
        writer.write(_head(parts, headers, len(body)) + body)
        return await _status(reader)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _head(parts: SplitResult, headers: dict[str, str], length: int) -> bytes:
    userinfo, _, host = parts.netloc.rpartition("@")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (
        f"?{quote(parts.query, safe='%/?:@!$&()*+,;=~')}" if parts.query else ""
    )
    whole = {"Host": host, "Content-Length": str(length), "Connection": "close"} | headers
    if userinfo:
        whole["Authorization"] = f"Basic {base64.b64encode(unquote(userinfo).encode()).decode()}"
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {text}" for name, text in whole.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


async def _status(reader: asyncio.StreamReader) -> int:
    """The status of the answer; what follows its headers is left unread.

    Raises:
        EOFError: The connection was closed before.
    """
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    answer.parser, size = parser, 0
    while answer.status is None:
        piece = await reader.read(_PIECE)
        size += len(piece)
        if not piece or size > _LARGEST_HEAD:
            raise EOFError("the connection was closed before there was an answer")
        parser.feed_data(piece)
    return answer.status


class _Answer:
    """What the parser tells."""

    def __init__(self) -> None:
        self.parser: httptools.HttpResponseParser | None = None
        self.status: int | None = None

    def on_headers_complete(self) -> None:
        """An answer has begun; one that only says that another follows does not count."""
        status = self.parser.get_status_code() if self.parser is not None else 0
        if status >= _OK:
            self.status = status
