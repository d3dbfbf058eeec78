"""How long the server waits for a client that does not come to the point.

uvicorn bounds neither the time nor the size of a request's head, nor the silence within its body. This does, at the
cost of a look at each connection twice a minute.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LARGEST_HEAD: Final = 1 << 20
"""Bytes of the largest request line and headers."""


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which hangs up on heads that never end, and on bodies that stop coming.

    Attributes:
        patience: Seconds until a connection is looked at again; what is the same for so long is given up.
    """

    patience: float = 30.0
    _reads: int = 0
    _head: int = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.patience, self._look, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let a connection go."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        self._reads += 1
        super().data_received(data)
        if not self._begun():
            self._head = 0
            return
        self._head += len(data)
        if self._head > _LARGEST_HEAD:
            self.transport.close()

    def eof_received(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # asyncio allows both
        """Take the end of what the client says; it may still be listening for its answer.

        Of an answer in pieces nobody knows the end, so whoever says no more has left.
        """
        if not self.cycle or self.cycle.response_complete or self.cycle.more_body:
            return False
        if self.cycle.response_started and self.cycle.chunked_encoding:
            return False
        self.cycle.keep_alive = False
        return True

    def _begun(self) -> bool:
        """Whether a request has begun whose head is not whole: it has a scope, and nothing that answers it."""
        return bool(self.scope) and (not self.cycle or self.cycle.scope is not self.scope)

    def _look(self, seen: object) -> None:
        """Hang up on a client that is where it was at the last look, though it is its turn."""
        if self.transport.is_closing():
            return
        stands = self._stands()
        if stands is not None and stands == seen:
            self.transport.close()
            return
        self._timer = self.loop.call_later(self.patience, self._look, stands)

    def _stands(self) -> object:
        """What is waited for, and how far that has come; None where it is not the client's turn."""
        if self._begun() or not self.cycle:
            return ("head", id(self.scope))
        if self.cycle.response_complete:  # with a timer, uvicorn itself waits for the next request
            return None if self.timeout_keep_alive_task is not None else ("rest of a refused body", self._reads)
        if self.cycle.more_body and not self.flow.read_paused:
            return ("body", self._reads)
        return None
