"""The machine's cores, lent to jobs in the order in which they ask."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Cores:
    """A number of cores; who asks for more than are free waits in line."""

    def __init__(self, total: int | None = None) -> None:
        self.total = total or len(os.sched_getaffinity(0))
        self._free = self.total
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    def would_wait(self, wanted: int) -> bool:
        """Whether who asks for so many now has to wait."""
        return bool(self._line) or min(wanted, self.total) > self._free

    @asynccontextmanager
    async def lend(self, wanted: int, *, at_once: bool = False) -> AsyncGenerator[int, None]:
        """Hold cores while the block runs: as many as wanted, at most all there are.

        Args:
            wanted: How many.
            at_once: Do not wait; for what is running already.
        """
        count = max(1, min(wanted, self.total))
        if not at_once:
            await self._turn(count)
        else:
            self._free -= count
        try:
            yield count
        finally:
            self._free += count
            self._serve()

    async def _turn(self, count: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append((count, turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the cores came at the very moment we left
                self._free += count
            self._line = deque(waiting for waiting in self._line if waiting[1] is not turn)
            self._serve()
            raise

    def _serve(self) -> None:
        while self._line and self._line[0][0] <= self._free:
            count, turn = self._line.popleft()
            if not turn.done():
                self._free -= count
                turn.set_result(None)
