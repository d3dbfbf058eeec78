"""Files that a crash left behind: written whole, but no row came to name them."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from fieldstone.store.store import Store

_PAUSE_SECONDS: Final = 0.01
_AT_ONCE: Final = 64
_log = logging.getLogger(__name__)


async def collect_orphans(store: Store) -> int:
    """Discard every file that no row names, folder by folder; how many they were.

    A file begun since the store was opened is left alone: its row may be on the way.
    """
    collected = 0
    for shelf in await asyncio.to_thread(store.blobs.shelves):
        names = await asyncio.to_thread(_names, shelf)
        for at in range(0, len(names), _AT_ONCE):
            batch = names[at : at + _AT_ONCE]
            orphans = store.read(lambda tx, batch=batch: [name for name in batch if not tx.extents.named(name)])
            for name in orphans:
                if store.blobs.fresh is not None and name not in store.blobs.fresh:
                    store.release(name)  # which looks again, in the writer's turn
                    collected += 1
            await asyncio.sleep(0)
        await asyncio.sleep(_PAUSE_SECONDS)
    store.blobs.fresh = None
    if collected:
        _log.warning("%d files that no object named were removed", collected)
    return collected


def _names(shelf: Path) -> list[str]:
    return [path.name for path in shelf.iterdir()]
