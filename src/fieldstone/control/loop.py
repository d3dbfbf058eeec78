"""The loop that hands every unsettled row to its controller, one task a row."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from fieldstone.store.faults import fault_of
from fieldstone.store.journal import Change
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row
from fieldstone.store.store import Store

_HALTING: Final = frozenset({"Stopping", "Deleting"})
_RETRY_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)


class Controller(Protocol):
    """Drives the rows of one kind until they are settled."""

    kind: Kind

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Work until the row is settled or gone. May be cancelled at any await, and begun again from the row.

        Args:
            row: The row as it was when the work began.
            halt: Set once somebody wants the work to end: the row's status is Stopping or Deleting.
        """
        ...


@dataclass(slots=True)
class _Drive:
    task: asyncio.Task[None] | None = None
    halt: asyncio.Event = field(default_factory=asyncio.Event)


class Loop:
    """Follows the journal, and keeps one drive going for each unsettled row."""

    def __init__(self, store: Store, controllers: Sequence[Controller]) -> None:
        self._store = store
        self._controllers = {controller.kind.name: controller for controller in controllers}
        self._drives: dict[int, _Drive] = {}

    def start(self) -> None:
        """Take up every row that is not settled, and follow what changes from now on."""
        self._store.listen(self._changed)
        for controller in self._controllers.values():
            for row in self._store.read(lambda tx, kind=controller.kind: tx.resources.unsettled(kind)):
                self._wake(row)

    async def close(self) -> None:
        """Leave every row as it is; what runs for it goes on."""
        tasks = [drive.task for drive in self._drives.values() if drive.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _changed(self, changes: list[Change]) -> None:
        for uid in {change.uid for change in changes if change.kind in self._controllers}:
            row = self._store.read(lambda tx, uid=uid: tx.resources.get(uid))
            if row is not None and not row.settled:
                self._wake(row)

    def _wake(self, row: Row) -> None:
        drive = self._drives.get(row.uid)
        if drive is None:
            drive = self._drives[row.uid] = _Drive()
            drive.task = asyncio.create_task(self._drive(row, drive), name=f"{row.kind} {row.name}")
        if row.status in _HALTING:
            drive.halt.set()

    async def _drive(self, row: Row, drive: _Drive) -> None:
        current: Row | None = row
        while current is not None and not current.settled:
            try:
                await self._controllers[current.kind].drive(current, drive.halt)
            except Exception as error:  # noqa: BLE001  # whatever it is, the row must not be forgotten
                unknown, who = fault_of(error) is None, f"{current.kind} {current.name}"
                _log.error("%s: its controller failed and tries again: %s", who, error, exc_info=unknown)
                await asyncio.sleep(_RETRY_SECONDS)
            current = self._store.read(lambda tx: tx.resources.get(row.uid))
        del self._drives[row.uid]
