"""Messages of SNS to HTTP addresses: posted until they are taken, or have been tried as often as their policy says."""

import asyncio
import logging
from typing import Final

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.posting import PostError, post
from fieldstone.services.operation import Context
from fieldstone.services.sns.outgoing import bury
from fieldstone.services.sns.rows import DELIVERY
from fieldstone.store.resources import Row

_AT_ONCE: Final = 64
"""How many messages are posted at a time; others wait, and time in line counts for no attempt."""
_THROTTLED: Final = 429
_log = logging.getLogger(__name__)


class DeliveryController:
    """Posts messages, each in a task of its own.

    A message is there until its row goes, so none is lost; one whose answer a kill kept from us is posted again.
    """

    kind = DELIVERY

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Deliver one message, or put it where dead letters go."""
        del halt  # nobody stops one
        trouble = ""
        for delay in (0.0, *row.document["Delays"]):
            await asyncio.sleep(delay)
            status, trouble = await self._post(row)
            if status and not _passing(status):
                break
        await self._facilities.dispatch.write(caller_of(row), lambda ctx: _settle(ctx, row, trouble))

    async def _post(self, row: Row) -> tuple[int, str]:
        """The status of one attempt, 0 where there was none, and what was wrong with it, if something was."""
        document = row.document
        async with self._places:
            try:
                status = await post(document["Endpoint"], document["Headers"], document["Text"].encode())
            except PostError as error:
                return 0, str(error)
        return status, "" if status // 100 == 2 else f"{document['Endpoint']} answered {status}"


def _passing(status: int) -> bool:
    """Whether an answer may be another one next time."""
    return status >= 500 or status < 200 or status == _THROTTLED


def _settle(ctx: Context, row: Row, trouble: str) -> None:
    """Forget a message that was taken; one that was not goes where the subscription wants dead letters."""
    if trouble:
        _log.warning("a message of SNS is given up: %s", trouble)
        if "DeadLetterTarget" in row.document:
            request = {"MessageBody": row.document["Text"]}
            bury(ctx, row.document["DeadLetterTarget"], request, "DeliveryFailed", trouble)
    ctx.store.resources.delete(row)
