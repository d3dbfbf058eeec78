"""A model's answer as it comes, held back where nobody takes it."""

import asyncio
from collections import deque
from typing import Final

from fieldstone.core.prediction import ModelFailedError

_MOST_WAITING: Final = 1 << 20
"""Bytes that wait to be taken before no more are read from the model."""


class Flow:
    """The pieces of one answer, from a connection to whoever takes them.

    Args:
        transport: What they are read from.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._failure: ModelFailedError | None = None
        self._news = asyncio.Event()

    def feed(self, piece: bytes) -> None:
        """A piece has come."""
        self._pieces.append(piece)
        self._size += len(piece)
        self._news.set()
        if self._size > _MOST_WAITING and not self._transport.is_closing():
            self._transport.pause_reading()

    def end(self, failure: ModelFailedError | None = None) -> None:
        """No more will come, for a reason if that was not to be."""
        if not self._ended:
            self._ended = True
            self._failure = failure
            self._news.set()

    def __aiter__(self) -> "Flow":
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        taken = b"".join(self._pieces)
        self._pieces.clear()
        if self._size > _MOST_WAITING and not self._transport.is_closing():
            self._transport.resume_reading()
        self._size = 0
        return taken
