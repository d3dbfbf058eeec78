"""Pipes that are filled by a process of its own."""

import asyncio
import gzip
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import kill_tasks, wait_until

from fieldstone.core.eventlog import read_events
from fieldstone.engine.ability import measure
from fieldstone.engine.dealing import Share
from fieldstone.engine.feeder import feeding
from fieldstone.engine.feeds import Feed, Stored, lay_feeds, read_failure
from fieldstone.engine.local import LocalEngine
from fieldstone.engine.task import Exit, Task, TaskFolder

CHUNK = bytes(range(256)) * 8192


@pytest.fixture
def pipes(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def lay(pipes: Path, *bodies: bytes, **members: object) -> list[str]:
    """A feed of some stored files; they are removed once it is laid out."""
    records = []
    for number, body in enumerate(bodies):
        file = pipes.parent / f"blob-{number}"
        file.write_bytes(body)
        records.append((Stored(f"s3://b/{number}", (str(file),)),))
    feed = Feed(str(pipes / "train"), tuple(records), **members)  # type: ignore[arg-type]
    documents = lay_feeds(pipes.parent / "feeds", [feed])
    for number in range(len(bodies)):
        (pipes.parent / f"blob-{number}").unlink()
    return documents


@pytest.fixture
def supervise() -> Iterator[Callable[[list[str]], "subprocess.Popen[bytes]"]]:
    """Start a process that has pipes filled, and does nothing else."""
    started: list[subprocess.Popen[bytes]] = []

    def start(documents: list[str]) -> "subprocess.Popen[bytes]":
        script = (
            f"import time; from fieldstone.engine.feeder import feeding\nwith feeding({documents!r}): time.sleep(99)"
        )
        started.append(subprocess.Popen([sys.executable, "-c", script]))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_one_pipe_is_there_at_a_time(pipes: Path) -> None:
    """The next appears when one is opened; one that has been read is gone."""
    with feeding(lay(pipes, CHUNK, b"end")):
        assert [path.name for path in pipes.iterdir()] == ["train_0"]
        assert stat.S_IMODE((pipes / "train_0").stat().st_mode) == 0o644
        for epoch in range(3):
            assert (pipes / f"train_{epoch}").read_bytes() == CHUNK + b"end"
        wait_until(lambda: [path.name for path in pipes.iterdir()] == ["train_3"])


def test_a_host_gets_its_share(pipes: Path) -> None:
    """Which may be nothing."""
    with feeding(lay(pipes, b"a", b"b", b"c", share=Share(1, 2))):
        assert (pipes / "train_0").read_bytes() == b"b"
    with feeding(lay(pipes, b"a", share=Share(1, 2))):
        assert (pipes / "train_0").read_bytes() == b""


def test_zipped_bytes_are_wrapped_plain(pipes: Path) -> None:
    """The length of a record is that of what it holds, padded to four bytes."""
    with feeding(lay(pipes, gzip.compress(CHUNK) + bytes(7), unzip=True, wrap=True)):
        data = (pipes / "train_0").read_bytes()

    assert data == (0xCED7230A).to_bytes(4, "little") + len(CHUNK).to_bytes(4, "little") + CHUNK


@pytest.mark.parametrize("body", [b"plain", gzip.compress(CHUNK)[:-20]], ids=["plain", "cut short"])
def test_what_cannot_be_unzipped_ends_the_task(pipes: Path, supervise: Any, body: bytes) -> None:
    """Its supervisor is asked to, and the reason left beside the feed."""
    documents = lay(pipes, body, unzip=True)
    supervisor = supervise(documents)
    wait_until((pipes / "train_0").exists)
    (pipes / "train_0").read_bytes()

    assert supervisor.wait(20) == -signal.SIGTERM
    assert (read_failure(pipes.parent / "feeds") or "").startswith("channel train: s3://b/0 cannot be unzipped")


def test_the_feeder_dies_with_its_supervisor(pipes: Path, supervise: Any) -> None:
    """However that ends; a reader sees the end of its pipe."""
    documents = lay(pipes, CHUNK)
    supervisor = supervise(documents)
    wait_until((pipes / "train_0").exists)
    with (pipes / "train_0").open("rb") as reading:
        assert reading.read(10) == CHUNK[:10]
        supervisor.kill()
        supervisor.wait()
        assert len(reading.read()) < len(CHUNK) - 10


def test_a_task_whose_feeder_dies_is_lost(tmp_path: Path) -> None:
    """It does not wait for ever on a pipe that nobody fills."""
    engine = LocalEngine(tmp_path)
    folder = engine.folder("task")
    pipes = folder.contract / "data"
    pipes.mkdir(parents=True)
    documents = lay(pipes, b"all of it\n")
    at = "/opt/ml" if asyncio.run(measure()).namespaces else folder.contract
    script = f"cat {at}/data/train_0; sleep 600"
    task = Task(["sh", "-c", script], {"PATH": os.environ["PATH"]}, str(folder.root / "log"), feeds=documents)

    async def scenario() -> Exit:
        await engine.launch("task", task)
        log = folder.root / "log"
        await asyncio.to_thread(wait_until, lambda: [event.message for event in read_events(log)] == ["all of it"])
        os.kill(feeder_of(folder), signal.SIGKILL)
        return await engine.wait("task")

    try:
        assert asyncio.run(scenario()).cause == "lost"
    finally:
        kill_tasks(tmp_path)


def feeder_of(folder: TaskFolder) -> int:
    """The process that fills a task's pipes."""
    attendance = folder.read_attendance()
    assert attendance is not None
    children = Path(f"/proc/{attendance.supervisor}/task/{attendance.supervisor}/children").read_text().split()
    (feeder,) = {int(child) for child in children} - {attendance.warden}
    return feeder


def test_nothing_is_written_to_what_stands_in_a_pipes_place(pipes: Path, supervise: Any) -> None:
    """The job may put a link there, and the feeder may write where the job may not."""
    precious = pipes.parent / "precious"
    precious.write_bytes(b"kept")
    documents = lay(pipes, CHUNK)  # more than a pipe takes: the feeder waits for the reader
    supervisor = supervise(documents)
    wait_until((pipes / "train_0").exists)
    with (pipes / "train_0").open("rb"):
        wait_until((pipes / "train_1").exists)
        (pipes / "train_1").unlink()
        os.link(precious, pipes / "train_1")

    assert supervisor.wait(20) == -signal.SIGTERM
    assert precious.read_bytes() == b"kept"
    assert read_failure(pipes.parent / "feeds") == "channel train: train_1 is not the pipe that was put there"
