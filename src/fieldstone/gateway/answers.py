"""Answers on their way out: in one piece, from a file, or in pieces over time."""

import asyncio
import logging
import os
import re
import select
import time
from collections.abc import AsyncGenerator
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from types import AsyncGeneratorType
from typing import Final

from fieldstone.gateway.conversation import ClientGoneError, Conversation, Line
from fieldstone.store.objects.reading import LostBytesError, Reading
from fieldstone.wire.http import Response

_CHUNK: Final = 1 << 18
_log = logging.getLogger(__name__)
_SMALL: Final = 1 << 16
_TURN: Final = 1 << 26
"""Bytes that a thread hands to the kernel before others may have it."""
_PATIENCE_MS: Final = 10
"""How long a thread waits for a client that does not read; the event loop waits for as many as there are."""
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BODILESS: Final = frozenset((204, 304))
_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


async def send(conversation: Conversation, response: Response, file: Reading | None) -> None:
    """Send an answer: the file's bytes where there is one, the response's own otherwise.

    Raises:
        ClientGoneError: The client left before the end.
    """
    body = response.body
    if isinstance(body, AsyncGeneratorType):
        await _send_pieces(conversation, response, body)
    elif response.status in _BODILESS or conversation.request.method == "HEAD":
        conversation.line.write(_head(conversation, response, ""))
    elif file is not None:
        conversation.line.write(_head(conversation, response, ""))
        await _send_file(conversation, file, body.length)
    else:
        head = _head(conversation, response, f"content-length: {len(body)}\r\n")
        conversation.line.write(head + body)
        if len(body) > _SMALL:
            await conversation.line.drained()


def _head(conversation: Conversation, response: Response, framing: str) -> bytes:
    """Status line and headers.

    Raises:
        ValueError: A header would end its line.
    """
    headers = response.headers
    if _FORBIDDEN.search("".join(headers.values())):
        raise ValueError(f"a header cannot be sent: {headers}")
    conversation.begin()
    if headers.get("connection") == "close":
        conversation.keep_alive = False
    elif not conversation.keep_alive:
        framing += "connection: close\r\n"
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    start = _STATUS.get(response.status) or f"HTTP/1.1 {response.status} \r\n"
    return f"{start}{_date(int(time.time()))}{lines}{framing}\r\n".encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return f"date: {formatdate(second, usegmt=True)}\r\n"


async def _send_file(conversation: Conversation, file: Reading, length: int) -> None:
    """Send a file's bytes: straight from the kernel as long as the client takes them, else piece by piece.

    Raises:
        ClientGoneError: The client left, or the file is shorter than was promised.
    """
    left = length
    try:
        while left and not conversation.gone:
            taken = await _hand_over(conversation.line, file, left) if left > _SMALL else 0
            left -= taken or await _copy(conversation.line, file, min(left, _CHUNK))
    except OSError as error:
        _log.error("an answer was broken off, %d bytes before its end: %s", left, error)
    if left:
        conversation.keep_alive = False
        raise ClientGoneError


async def _hand_over(line: Line, file: Reading, most: int) -> int:
    """Have the kernel send what the client takes; how much that was, nothing where no descriptor is left for it."""
    try:
        descriptor = await line.emptied()
    except OSError:
        return 0
    try:
        return await asyncio.to_thread(_push, descriptor, file, min(most, _TURN))
    except ConnectionError:
        raise ClientGoneError from None


def _push(descriptor: int, file: Reading, most: int) -> int:
    ready, left = select.poll(), most
    ready.register(descriptor, select.POLLOUT)
    try:
        while left and ready.poll(_PATIENCE_MS) and (sent := file.send(descriptor, left)):
            left -= sent
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
    return most - left


async def _copy(line: Line, file: Reading, size: int) -> int:
    """Send a piece, and wait until the client has taken most of it."""
    data = file.read(size) if size <= _SMALL else await asyncio.to_thread(file.read, size)
    if not data:
        raise LostBytesError("a file has become shorter while it was read")
    line.write(data)
    await line.drained()
    return len(data)


async def _send_pieces(conversation: Conversation, response: Response, pieces: AsyncGenerator[bytes, None]) -> None:
    """Send a body piece by piece until it ends or the client leaves; either way its source is closed."""
    left = asyncio.ensure_future(conversation.until_gone())
    try:
        conversation.line.write(_head(conversation, response, "transfer-encoding: chunked\r\n"))
        while (piece := await _next_unless(left, pieces)) is not None:
            if piece:
                conversation.line.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await conversation.line.drained()
        conversation.line.write(b"0\r\n\r\n")
    finally:
        left.cancel()
        await pieces.aclose()


async def _next_unless(left: asyncio.Future[None], pieces: AsyncGenerator[bytes, None]) -> bytes | None:
    """The next piece; None where there is none.

    Raises:
        ClientGoneError: The client leaves before it comes.
    """
    step = asyncio.ensure_future(anext(pieces, None))
    await asyncio.wait({step, left}, return_when=asyncio.FIRST_COMPLETED)
    if step.done():
        return step.result()
    step.cancel()
    await asyncio.wait({step})
    raise ClientGoneError
