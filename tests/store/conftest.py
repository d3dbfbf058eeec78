"""A real store on a loop that runs when it is needed."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import wait_until

from fieldstone.core.settings import DataDir
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.objects import StoredObject
from fieldstone.store.resources import Row
from fieldstone.store.store import Store
from fieldstone.store.transaction import Transaction

THING = Kind("Thing", "sagemaker", "thing/{name}", settled=frozenset({"Done"}))
WIDE = Kind("Wide", "iam", "wide/{name}", scope=Scope.ACCOUNT)
GLOBAL = Kind("Global", "s3", "{name}", scope=Scope.SERVER)

ACCOUNT, REGION = "111122223333", "eu-west-1"


def make_row(name: str, kind: Kind = THING, account: str = ACCOUNT, region: str = REGION, **fields: Any) -> Row:
    """A row of a kind, as an operation would draft it."""
    owner = kind.owner(account, region)
    return Row(kind.name, *owner, name, kind.arn(account, region, name), fields.pop("document", {}), **fields)


class Shelf:
    """A store, and the loop it lives on: each call runs the loop until the writes are settled."""

    def __init__(self, root: Path) -> None:
        self.data_dir = DataDir(root)
        self.data_dir.create()
        self._runner = asyncio.Runner()
        self._closed = False
        self.store = self._runner.run(self._open())

    async def _open(self) -> Store:
        return Store(self.data_dir)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        return self._runner.run(self.store.write(work))

    def write_together(self, *works: Callable[[Transaction], Any]) -> list[Any]:
        """Have the works wait for the writer at the same time; what each gave, or raised."""

        async def together() -> list[Any]:
            begun, gate = threading.Event(), threading.Event()

            def hold(_: Transaction) -> None:
                begun.set()
                gate.wait(20)

            held = asyncio.ensure_future(self.store.write(hold))
            await asyncio.to_thread(begun.wait, 20)
            writes = [asyncio.ensure_future(self.store.write(work)) for work in works]
            await asyncio.sleep(0)
            gate.set()
            await held
            return await asyncio.gather(*writes, return_exceptions=True)

        return self._runner.run(together())

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def insert(self, *rows: Row) -> None:
        self.write(lambda tx: [tx.resources.insert(row) for row in rows])

    def read(self, work: Callable[[Transaction], Any]) -> Any:
        return self.store.read(work)

    def names(self) -> set[str]:
        return {row.name for row in self.read(lambda tx: list(tx.resources.everything()))}

    def put(self, bucket: int, key: str, data: bytes = b"") -> str:
        """Store an object as the service does: its bytes first, then its row. Gives the blob's id."""
        blob = self.store.blobs.store([data])
        self.write(lambda tx: tx.objects.put(make_object(bucket, key, blob.id, size=blob.size)))
        return blob.id

    def blob_files(self) -> set[str]:
        """The blobs that are on disk."""
        return {path.name for path in self.data_dir.objects.glob("*/*")}

    def settle_at(self, *blobs: str) -> bool:
        """Whether soon exactly these blobs are on disk: files go a moment after the commit that orphaned them."""
        return wait_until(lambda: self.blob_files() == set(blobs))

    def close(self) -> None:
        """Close it; a second time it is closed already."""
        if not self._closed:
            self._closed = True
            self.store.close()
            self._runner.close()


def make_object(bucket: int, key: str, blob: str, **fields: Any) -> StoredObject:
    values = {"size": 0, "etag": "e", "modified": 1.0} | fields
    return StoredObject(bucket, key.encode(), blob, **values)


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Callable[[], Shelf]]:
    """Open the test's data folder, as often as wanted."""
    opened: list[Shelf] = []

    def open_shelf() -> Shelf:
        for earlier in opened:
            earlier.close()
        opened.append(Shelf(tmp_path / "data"))
        return opened[-1]

    yield open_shelf
    for shelf in opened:
        shelf.close()


@pytest.fixture
def shelf(shelves: Callable[[], Shelf]) -> Shelf:
    return shelves()
