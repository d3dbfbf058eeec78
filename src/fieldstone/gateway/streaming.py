"""Answers that come in pieces over time: sent as they come, and given up when the client leaves."""

import asyncio
from collections.abc import AsyncGenerator

from fieldstone.gateway.exchange import Receive, Send


async def send_pieces(send: Send, receive: Receive, pieces: AsyncGenerator[bytes, None]) -> None:
    """Send a body piece by piece until it ends or the client leaves; either way its source is closed."""
    left = asyncio.ensure_future(wait_until_left(receive))
    try:
        while (piece := await _next_unless(left, pieces)) is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        left.cancel()
        await pieces.aclose()


async def wait_until_left(receive: Receive) -> None:
    """Wait until the client leaves, or has its whole answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next_unless(left: asyncio.Future[None], pieces: AsyncGenerator[bytes, None]) -> bytes | None:
    """The next piece; None where there is none, or the client leaves before it comes."""
    step = asyncio.ensure_future(anext(pieces, None))
    await asyncio.wait({step, left}, return_when=asyncio.FIRST_COMPLETED)
    if step.done():
        return step.result()
    step.cancel()
    await asyncio.wait({step})
    return None
