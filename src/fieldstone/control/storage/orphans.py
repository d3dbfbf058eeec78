"""Files that a crash left behind: written whole, but no row came to name them, or none names them any more."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from fieldstone.services.logs.groups import LOG_STREAM
from fieldstone.store.store import Store

_PAUSE_SECONDS: Final = 0.01
_AT_ONCE: Final = 64
_log = logging.getLogger(__name__)


async def collect_orphans(store: Store) -> int:
    """Discard every file that no row names, folder by folder; how many they were.

    A file begun since the store was opened is left alone: its row may be on the way. Files of log events are begun
    after their row, so what is there before the rows are looked at and not named is an orphan.
    """
    collected = 0
    try:
        collected += await _collect_logs(store)
        for shelf in await asyncio.to_thread(store.blobs.shelves):
            names = await asyncio.to_thread(_names, shelf)
            for at in range(0, len(names), _AT_ONCE):
                collected += _release_unnamed(store, names[at : at + _AT_ONCE])
                await asyncio.sleep(0)
            await asyncio.sleep(_PAUSE_SECONDS)
    except OSError:
        _log.exception("files that a crash left behind were not all looked for")
    finally:
        store.blobs.fresh = None
    if collected:
        _log.warning("%d files that nothing named were removed", collected)
    return collected


async def _collect_logs(store: Store) -> int:
    files = set(await asyncio.to_thread(store.logs.ids))
    if not files:
        return 0
    orphans = files - store.read(lambda tx: {row.internal["file"] for row in tx.resources.all(LOG_STREAM)})

    await store.write(lambda tx: [tx.forsake_log(file) for file in orphans])
    return len(orphans)


def _release_unnamed(store: Store, names: list[str]) -> int:
    """Give up those of these files that nothing names; how many they were."""
    fresh = store.blobs.fresh or set()
    unnamed = store.read(lambda tx: [name for name in names if not tx.extents.named(name)])
    orphans = [name for name in unnamed if name not in fresh]
    for name in orphans:
        store.release(name)  # which looks again, in the writer's turn
    return len(orphans)


def _names(shelf: Path) -> list[str]:
    return [path.name for path in shelf.iterdir()]
