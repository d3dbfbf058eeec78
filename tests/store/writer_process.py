"""Writes rows with their objects until it is killed, and says which ones were acknowledged."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from fieldstone.core.settings import DataDir
from fieldstone.store.objects import StoredObject
from fieldstone.store.resources import Row
from fieldstone.store.store import Store


async def write_on(store, writer):
    for at in count():
        name = f"w{writer}-{at}"
        blob = await asyncio.to_thread(store.blobs.store, [name.encode()])

        def work(tx, name=name, blob=blob):
            tx.resources.insert(Row("Thing", "1", "r", name, name, {}))
            tx.objects.put(StoredObject(1, name.encode(), blob.id, blob.size, blob.md5, 0.0))

        await store.write(work)
        print(name, flush=True)  # noqa: T201  # this is the acknowledgement


async def main():
    data_dir = DataDir(Path(sys.argv[1]))
    data_dir.create()
    store = Store(data_dir)
    await asyncio.gather(*(write_on(store, writer) for writer in range(4)))


if __name__ == "__main__":
    asyncio.run(main())
