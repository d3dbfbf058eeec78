"""How long the server waits for a client that does not come to the point.

uvicorn bounds neither the time nor the size of a request's head, nor the silence within its body. This does, at the
cost of a look at each connection twice a minute.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LARGEST_HEAD: Final = 1 << 16
"""Bytes of the largest request line and headers."""


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which hangs up on heads that never end, and on bodies that stop coming.

    Attributes:
        patience: Seconds until a connection is looked at again; what is the same for so long is given up.
    """

    patience: float = 30.0
    _reads: int = 0
    _head: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        super().connection_made(transport)
        self.loop.call_later(self.patience, self._look, None)

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        self._reads += 1
        super().data_received(data)
        if not self._between():
            self._head = 0
            return
        self._head += len(data)
        if self._head > _LARGEST_HEAD:
            self.transport.close()

    def eof_received(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # asyncio allows both
        """Take the end of what the client says; it may still be listening for its answer."""
        if self._between() or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def _between(self) -> bool:
        """Whether no request is being answered: none has come, or its head is not whole."""
        return not self.cycle or self.cycle.response_complete  # there is none before the first request

    def _look(self, seen: object) -> None:
        """Hang up on a client that is where it was at the last look, though it is its turn."""
        if self.transport.is_closing():
            return
        stands = self._stands()
        if stands is not None and stands == seen:
            self.transport.close()
            return
        self.loop.call_later(self.patience, self._look, stands)

    def _stands(self) -> object:
        """What is waited for, and how far that has come; None where it is not the client's turn."""
        if self._between():  # with a timer, uvicorn itself waits for the next request
            return None if self.timeout_keep_alive_task is not None else ("head", id(self.cycle))
        if self.cycle.more_body and not self.flow.read_paused:
            return ("body", self._reads)
        return None
