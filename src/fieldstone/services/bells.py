"""Bells that ring when a resource changes, for those who wait for it."""

import asyncio
from contextlib import suppress

from fieldstone.store.journal import Change
from fieldstone.store.store import Store


class Bells:
    """The bells of everybody who waits, by the uid of what they wait for.

    A read and the ``wait`` that follows it, with no other wait between them, miss no commit: its changes are told
    after it, on the same event loop.
    """

    def __init__(self, store: Store) -> None:
        self._bells: dict[int, set[asyncio.Event]] = {}
        store.listen(self._ring)

    async def wait(self, uid: int, seconds: float) -> None:
        """Wait for the next change of a resource, at most so long."""
        bell = asyncio.Event()
        self._bells.setdefault(uid, set()).add(bell)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await bell.wait()
        finally:
            waiting = self._bells[uid]
            waiting.discard(bell)
            if not waiting:
                del self._bells[uid]

    def _ring(self, changes: list[Change]) -> None:
        if self._bells:
            for change in changes:
                for bell in self._bells.get(change.uid, ()):
                    bell.set()
