"""What the controllers of endpoints and of inference components share: what runs follows a row, whenever it changes."""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import ClassVar, Final

from fieldstone.control.endpoints.fleet import clear
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError
from fieldstone.control.waiting import unless
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.journal import Change
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

_RETRY_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)


class Follower(ABC):
    """Keeps what serves predictions in line with the rows of a kind.

    Args:
        facilities: What controllers work with.

    Attributes:
        kind: Of the rows; its tasks are named ``endpoint-uid-...``.
        plans: Members of a row's document that mean nothing any more when it fails.
    """

    kind: Kind
    plans: ClassVar[tuple[str, ...]] = ()

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities
        self._changes: dict[int, asyncio.Event] = {}
        facilities.dispatch.store.listen(self._changed)

    @abstractmethod
    async def follow(self, row: Row) -> None:
        """Bring what runs in line with the row, and the row further.

        Raises:
            JobFailedError: That cannot be.
        """

    @abstractmethod
    async def end(self, row: Row) -> None:
        """Route nobody to what runs for the row, and end it."""

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Bring what runs in line with the row, and wait until the row changes; take all down if it shall go."""
        changed = self._changes.setdefault(row.uid, asyncio.Event())
        changed.clear()
        if not halt.is_set():
            try:
                await unless(halt, self.follow(row))
            except JobFailedError as failure:
                await self._fail(row, halt, str(failure))
                return
            await unless(halt, changed.wait())
        if halt.is_set():
            await self._take_down(row)
            await self._facilities.dispatch.write(caller_of(row), lambda ctx: _delete(ctx, row))

    def _changed(self, changes: list[Change]) -> None:
        for change in changes:
            if change.kind == self.kind.name and (event := self._changes.get(change.uid)) is not None:
                event.set()

    async def _fail(self, row: Row, halt: asyncio.Event, reason: str) -> None:
        """Have a row that never served be failed; one that did is tried again."""
        if row.internal["serving"] is not None:
            _log.warning("%s %s cannot be brought up, which is tried again: %s", self.kind.noun, row.name, reason)
            await unless(halt, asyncio.sleep(_RETRY_SECONDS))
            return
        await self._take_down(row)

        def fail(ctx: Context, current: Row) -> None:
            if current.status == "Deleting":  # it was deleted meanwhile, and that is what happens next
                return
            current.document["FailureReason"] = reason
            for member in self.plans:
                current.document.pop(member, None)
            amend(current, self.kind, ctx.now, "Failed")

        await self._facilities.change(row, fail)

    async def _take_down(self, row: Row) -> None:
        await self.end(row)
        await clear(self._facilities, f"endpoint-{row.uid}-")
        self._changes.pop(row.uid, None)


def _delete(ctx: Context, row: Row) -> None:
    current = ctx.store.resources.get(row.uid)
    if current is not None:
        ctx.store.tags.clear(current.arn)
        ctx.store.resources.delete(current)
