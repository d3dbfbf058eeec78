"""The variants of one configuration, as an endpoint serves or is about to serve it."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fieldstone.control.endpoints.serverless import make_pool
from fieldstone.control.facilities import Facilities
from fieldstone.control.serving import remove_server
from fieldstone.control.waiting import together
from fieldstone.store.resources import Row


class Fleet:
    """A pool for each variant of a configuration, and for each shadow.

    Args:
        facilities: What controllers work with.
        row: The endpoint.
        number: The fleet's among all that the endpoint has had.
        variants: Its variants with their models, counts and weights, as the endpoint's row has them.
        shadows: Its shadows likewise.
    """

    def __init__(
        self,
        facilities: Facilities,
        row: Row,
        number: int,
        variants: list[dict[str, Any]],
        shadows: list[dict[str, Any]],
    ) -> None:
        self.number = number
        self._facilities = facilities
        self._tasks = f"endpoint-{row.uid}-{number}-"
        self.pools = [
            make_pool(facilities, row, (number, place), entry) for place, entry in enumerate(variants + shadows)
        ]
        self._variants = self.pools[: len(variants)]

    async def join(self, counts: Sequence[int]) -> None:
        """Take up so many instances of each, which may be running already; they need not be ready.

        Raises:
            JobFailedError: A model asks for what cannot be served.
        """
        for pool, count in zip(self.pools, counts, strict=True):
            await pool.join(count)

    async def bring_up(self) -> None:
        """Have every instance ready.

        Raises:
            JobFailedError: One does not become ready.
        """
        await together(pool.bring_up() for pool in self.pools)

    async def resize(self, counts: Sequence[int]) -> None:
        """Have so many instances of each, all of them ready.

        Raises:
            JobFailedError: One does not become ready.
        """
        await together(pool.resize(count) for pool, count in zip(self.pools, counts, strict=True) if pool.size != count)

    async def adapt(self, entries: Sequence[dict[str, Any]]) -> None:
        """Take over what has been changed of each variant in place.

        Raises:
            JobFailedError: A server that is needed for it does not become ready.
        """
        for pool, entry in zip(self.pools, entries, strict=True):
            await pool.adapt(entry)

    async def drain(self) -> None:
        """Wait until no variant is asked any more; nobody waits for the shadows."""
        await asyncio.gather(*(pool.drain() for pool in self._variants))

    async def close(self, *, keep: bool = False) -> None:
        """End every instance, and take their folders away unless they are to be kept."""
        await asyncio.gather(*(pool.close(keep=keep) for pool in self.pools))
        if not keep:
            await clear(self._facilities, self._tasks)


async def clear(facilities: Facilities, prefix: str) -> None:
    """Remove every server whose task's name begins so, also those that a server of before has left."""
    for task_id in facilities.engine.tasks():
        if task_id.startswith(prefix):
            await remove_server(facilities, task_id)
