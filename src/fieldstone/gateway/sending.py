"""Answers on their way to the client: bytes in memory, bytes on disk, or pieces as they come."""

import asyncio
import logging
from types import AsyncGeneratorType
from typing import Final

from fieldstone.gateway.exchange import Exchange, Message, Readable, Receive, Send
from fieldstone.gateway.streaming import send_pieces, wait_until_left
from fieldstone.services.s3.objects.getting import Content
from fieldstone.wire.http import Response

_CHUNK: Final = 1 << 18
_SMALL: Final = 1 << 16
_BODILESS: Final = frozenset({204, 304})
_log = logging.getLogger(__name__)


async def send_response(exchange: Exchange, response: Response, send: Send, receive: Receive) -> None:
    """Send a response. One that breaks off, because its bytes cannot be read, ends with its connection."""
    if isinstance(response.body, AsyncGeneratorType):
        await send(_start(response))
        await send_pieces(send, receive, response.body)
    elif exchange.request.method == "HEAD" or response.status in _BODILESS:
        await send(_start(response))
        await send(_last(b""))
    elif isinstance(response.body, Content):
        assert exchange.file is not None
        await send(_start(response))
        await _send_file(exchange.file, response.body.length, send, receive)
    else:
        start = _start(response)
        start["headers"].append((b"content-length", str(len(response.body)).encode()))
        await send(start)
        await send(_last(response.body))


async def _send_file(file: Readable, length: int, send: Send, receive: Receive) -> None:
    """Send so many bytes of a file; of many no more than somebody is there to take."""
    left = asyncio.ensure_future(wait_until_left(receive)) if length > _CHUNK else None
    try:
        while length and (left is None or not left.done()):
            data = await _read(file, min(length, _CHUNK))
            length -= len(data)
            await send({"type": "http.response.body", "body": data, "more_body": True})
    except OSError as error:
        _log.error("an answer was broken off, %d bytes before its end: %s", length, error)
        return
    finally:
        if left is not None:
            left.cancel()
    if not length:
        await send(_last(b""))


async def _read(file: Readable, size: int) -> bytes:
    data = file.read(size) if size <= _SMALL else await asyncio.to_thread(file.read, size)
    if not data:
        raise OSError("a file has become shorter while it was read")
    return data


def _start(response: Response) -> Message:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def _last(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body}
