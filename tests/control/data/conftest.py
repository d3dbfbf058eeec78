"""A store with a bucket, and the contract folders of a job's hosts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.control.storage.conftest import OWNER, House

from fieldstone.control.facilities import Facilities
from fieldstone.control.hosts import hosts_of
from fieldstone.control.provisions import provide
from fieldstone.control.training import training_provisions
from fieldstone.engine.capacity import Cores
from fieldstone.engine.local import LocalEngine
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB
from fieldstone.store.resources import Row


class Hosts:
    """The hosts of one job, laid out."""

    def __init__(self, roots: list[Path], feeds: list[list[str]]) -> None:
        self.roots = roots
        self.feeds = feeds

    def files(self, channel: str = "train") -> list[dict[str, bytes] | None]:
        """The files of a channel, host by host; None where there is no such channel."""
        folders = [root / "ml" / "input" / "data" / channel for root in self.roots]
        return [
            {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            if folder.exists()
            else None
            for folder in folders
        ]

    def document(self, name: str) -> list[Any]:
        """A document of ``input/config``, host by host."""
        paths = [root / "ml" / "input" / "config" / f"{name}.json" for root in self.roots]
        return [json.loads(path.read_bytes()) if path.exists() else None for path in paths]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "house")
    house.do("create_bucket")
    yield house
    house.close()


Provide = Callable[..., Hosts]


@pytest.fixture
def provided(house: House, tmp_path: Path) -> Provide:
    """Lay out the hosts of a job with one channel, ``train``."""

    def provided(resources: dict[str, Any], *, may_link: bool = False, **channel: Any) -> Hosts:
        engine = LocalEngine(tmp_path / "tasks")
        facilities = Facilities(house.dispatch, engine, Cores(1), "", tmp_path / "socket", tmp_path, tmp_path)
        job = training_job(resources, **channel)
        row = Row(TRAINING_JOB.name, OWNER.account, OWNER.region, "job", "arn", job)
        folders = [engine.folder(host.name) for host in hosts_of(resources)]
        feeds = house.runner.run(
            provide(facilities, row, folders, training_provisions(row.document), may_link=may_link)
        )
        return Hosts([folder.root for folder in folders], feeds)

    return provided


def training_job(resources: dict[str, Any], source: dict[str, Any] | None = None, **channel: Any) -> dict[str, Any]:
    found = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train/"} | (source or {})
    train = {"ChannelName": "train", "DataSource": {"S3DataSource": found}, **channel}
    return {
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "InputDataConfig": [train],
        "ResourceConfig": resources,
    }
