"""What has to be done now and then, whoever asks: each chore in its turn, a failure of one being no other's."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from fieldstone.store.faults import fault_of
from fieldstone.store.journal import Change
from fieldstone.store.kind import Kind
from fieldstone.store.store import Store

_PAUSE_SECONDS = 0.2
"""Changes that come together are looked at together."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done every so often, and at once when a resource of certain kinds changed.

    Attributes:
        work: Does it.
        seconds: From one time to the next.
        kinds: The kinds whose changes ask for it.
    """

    name: str
    work: Callable[[], Awaitable[None]]
    seconds: float
    kinds: tuple[Kind, ...] = ()


@dataclass(slots=True)
class Upkeep:
    """Does chores, from the start of the server to its end."""

    store: Store
    chores: Sequence[Chore]
    _wakes: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def start(self) -> None:
        """Do every chore once, and then in its time."""
        for chore in self.chores:
            for kind in chore.kinds:
                self._wakes.setdefault(kind.name, asyncio.Event())
        self.store.listen(self._changed)
        self._tasks = [asyncio.create_task(self._keep_doing(chore), name=chore.name) for chore in self.chores]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, changes: list[Change]) -> None:
        for change in changes:
            wake = self._wakes.get(change.kind)
            if wake is not None:
                wake.set()

    async def _keep_doing(self, chore: Chore) -> None:
        wakes = [self._wakes[kind.name] for kind in chore.kinds] or [asyncio.Event()]
        while True:
            for wake in wakes:
                wake.clear()
            try:
                await chore.work()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next time it may work
                unknown = fault_of(error) is None
                _log.error("%s failed and is tried again: %s", chore.name, error, exc_info=unknown)
            await _first_of(wakes, chore.seconds)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _first_of(wakes: list[asyncio.Event], seconds: float) -> None:
    """Wait until one of the events is set, at most so long."""
    waits = [asyncio.ensure_future(wake.wait()) for wake in wakes]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
