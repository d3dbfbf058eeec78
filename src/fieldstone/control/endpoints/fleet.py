"""The variants of one configuration, as an endpoint serves or is about to serve it."""

import asyncio
from typing import Any

from fieldstone.control.endpoints.pool import Pool
from fieldstone.control.facilities import Facilities
from fieldstone.core.prediction import Predictor
from fieldstone.store.resources import Row


class Fleet:
    """A pool for each variant of a configuration.

    Args:
        facilities: What controllers work with.
        row: The endpoint.
        number: The fleet's among all that the endpoint has had.
        entries: Its variants with their models, counts and weights, as the endpoint's row has them.
    """

    def __init__(self, facilities: Facilities, row: Row, number: int, entries: list[dict[str, Any]]) -> None:
        self.number = number
        self.pools = [Pool(facilities, row, (number, place), entry) for place, entry in enumerate(entries)]

    async def join(self, entries: list[dict[str, Any]]) -> None:
        """Take up all instances, which may be running already; they need not be ready.

        Raises:
            JobFailedError: A model asks for what cannot be served.
        """
        for pool, entry in zip(self.pools, entries, strict=True):
            await pool.join(entry["count"])

    async def bring_up(self) -> None:
        """Have every instance ready.

        Raises:
            JobFailedError: One does not become ready.
        """
        bringing = [asyncio.create_task(pool.bring_up()) for pool in self.pools]
        try:
            await asyncio.gather(*bringing)
        finally:
            for task in bringing:
                task.cancel()
            await asyncio.gather(*bringing, return_exceptions=True)

    async def resize(self, entries: list[dict[str, Any]]) -> None:
        """Have as many instances of each variant as the entries say.

        Raises:
            JobFailedError: One does not become ready.
        """
        for pool, entry in zip(self.pools, entries, strict=True):
            if pool.size != entry["count"]:
                await pool.resize(entry["count"])

    @property
    def predictors(self) -> dict[str, Predictor]:
        """Who answers for each variant."""
        return {pool.name: pool for pool in self.pools}

    async def drain(self) -> None:
        """Wait until no instance is asked any more."""
        await asyncio.gather(*(pool.drain() for pool in self.pools))

    async def close(self, *, keep: bool = False) -> None:
        """End every instance, and take their folders away unless they are to be kept."""
        await asyncio.gather(*(pool.close(keep=keep) for pool in self.pools))
