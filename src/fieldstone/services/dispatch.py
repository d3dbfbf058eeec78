"""Operations performed for a caller, in a transaction of their own."""

from collections.abc import Callable
from typing import TypeVar

from fieldstone.core.clock import Clock
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Caller, Context, Registry, Request
from fieldstone.store.store import Store

T = TypeVar("T")


class Dispatch:
    """Performs operations and other units of work: reads at once, writes through the writer.

    Attributes:
        store: The store the work is done on.
    """

    def __init__(self, store: Store, registry: Registry, clock: Clock) -> None:
        self.store = store
        self._registry = registry
        self._clock = clock

    async def perform(self, service: str, function: str, request: Request, caller: Caller) -> Answer:
        """Perform an operation, named as boto3 names it.

        Raises:
            AwsError: What the operation raises; NotImplemented (501) where it is not built.
        """
        handler = self._registry.find(service, function)
        if handler is None:
            raise AwsError("NotImplemented", f"{service} {function} is not built yet; nothing was done.", 501)
        if handler.writes:
            return await self.write(caller, lambda ctx: handler.function(ctx, request))
        return self.read(caller, lambda ctx: handler.function(ctx, request))

    async def write(self, caller: Caller, work: Callable[[Context], T]) -> T:
        """Do a unit of work that writes; returns after its commit."""
        now = self._clock()
        return await self.store.write(lambda store: work(self._registry.context(caller, now, store)))

    def read(self, caller: Caller, work: Callable[[Context], T]) -> T:
        """Do a unit of work that reads."""
        now = self._clock()
        return self.store.read(lambda store: work(self._registry.context(caller, now, store)))
