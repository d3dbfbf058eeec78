"""A store with S3's operations over it, and a clock that a test can turn."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldstone.core.settings import DataDir
from fieldstone.services.catalog import SERVICES
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Caller, Registry
from fieldstone.store.store import Store

DAY = 86_400.0
NOON = 20_000 * DAY + DAY / 2
OWNER = Caller("111122223333", "us-east-1", "arn:aws:iam::111122223333:root")


class House:
    """A store with a bucket named ``bucket``."""

    def __init__(self, root: Path) -> None:
        self.data_dir = DataDir(root)
        self.data_dir.create()
        self.runner = asyncio.Runner()
        self.now = NOON
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.store = Store(self.data_dir)
        self.dispatch = Dispatch(self.store, Registry(SERVICES, self.store.logs), self.clock)

    def clock(self) -> float:
        return self.now

    def do(self, operation: str, **request: Any) -> dict[str, Any]:
        """Perform an operation of S3."""
        return self.runner.run(self.dispatch.perform("s3", operation, {"Bucket": "bucket", **request}, OWNER))

    def put(self, key: str, data: bytes = b"data", **request: Any) -> dict[str, Any]:
        return self.do("put_object", Key=key, Body=self.store.blobs.store([data]), **request)

    def keys(self) -> list[str]:
        return [item["Key"] for item in self.do("list_objects_v2")["Contents"] or []]

    def files(self) -> set[str]:
        return {path.name for path in self.data_dir.objects.glob("*/*")}

    def settle(self) -> set[str]:
        """Let the store do what it has begun, and tell the files there are then: they go a moment after the commit."""
        self.runner.run(asyncio.sleep(0.01))
        return self.files()

    def close(self) -> None:
        self.store.close()
        self.runner.close()


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[Callable[[], House]]:
    """Open the test's data folder, as often as wanted, one after the other."""
    opened: list[House] = []

    def open_house() -> House:
        for earlier in opened:
            earlier.close()
        opened[:] = [House(tmp_path / "data")]
        return opened[0]

    yield open_house
    for house in opened:
        house.close()


@pytest.fixture
def house(houses: Callable[[], House]) -> House:
    house = houses()
    house.do("create_bucket")
    return house
