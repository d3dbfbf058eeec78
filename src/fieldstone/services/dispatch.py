"""Operations performed for a caller, in a transaction of their own."""

from collections.abc import Callable
from typing import TypeVar

from fieldstone.core.clock import Clock
from fieldstone.core.errors import AwsError
from fieldstone.core.threads import in_thread
from fieldstone.services.bells import Bells
from fieldstone.services.operation import (
    Answer,
    Caller,
    Context,
    Handler,
    Patience,
    Registry,
    Request,
    SourceFinder,
)
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
        self._bells = Bells(store)

    async def perform(self, service: str, function: str, request: Request, caller: Caller) -> Answer:
        """Perform an operation, named as boto3 names it.

        Raises:
            AwsError: What the operation raises; NotImplemented (501) where it is not built.
        """
        handler = self._registry.find(service, function)
        if handler is None:
            raise AwsError("NotImplemented", f"{service} {function} is not built yet; nothing was done.", 501)
        if handler.source is not None:
            return await self._perform_copy(handler, handler.source, request, caller)
        if handler.patience is not None:
            return await self._perform_patiently(handler, handler.patience, request, caller)
        if handler.writes:
            return await self.write(caller, lambda ctx: handler.function(ctx, request))
        return self.read(caller, lambda ctx: handler.function(ctx, request))

    async def _perform_patiently(
        self, handler: Handler, patience: Patience, request: Request, caller: Caller
    ) -> Answer:
        """Perform an operation once there is something to answer, or nobody would wait any longer."""
        began, answer = self._clock(), Answer()
        while True:
            pause = self.read(caller, lambda ctx: patience(ctx, request, began))
            if pause is None:
                answer = await self.write(caller, lambda ctx: handler.function(ctx, request))
                pause = None if answer else self.read(caller, lambda ctx: patience(ctx, request, began))
            if pause is None:
                return answer
            await self._bells.wait(pause.uid, pause.seconds)

    async def _perform_copy(self, handler: Handler, find: SourceFinder, request: Request, caller: Caller) -> Answer:
        """Copy the bytes that an operation wants, off the event loop and out of any transaction; then perform it."""
        source = self.read(caller, lambda ctx: find(ctx, request))
        if source is None:
            return await self.write(caller, lambda ctx: handler.function(ctx, request))
        reading = self.store.open(source.extents)
        try:
            blob = await in_thread(self.store.blobs.store, reading.chunks(), source.algorithms)
        finally:
            reading.close()
        try:
            prepared = request | {"Body": blob, "Source": source.found}
            return await self.write(caller, lambda ctx: handler.function(ctx, prepared))
        finally:
            self.store.release(blob.id)

    async def write(self, caller: Caller, work: Callable[[Context], T]) -> T:
        """Do a unit of work that writes; returns after its commit."""
        now = self._clock()
        return await self.store.write(lambda store: work(self._registry.context(caller, now, store)))

    def read(self, caller: Caller, work: Callable[[Context], T]) -> T:
        """Do a unit of work that reads."""
        now = self._clock()
        return self.store.read(lambda store: work(self._registry.context(caller, now, store)))
