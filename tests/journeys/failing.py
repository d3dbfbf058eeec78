"""What the tests of the page of failures share: its tables, a program that fails as it is told, and a disk to fill."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.programs import install

from fieldstone.core.settings import DataDir
from fieldstone.engine.task import Attendance, TaskFolder

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"
BREAKING = """
import json, os, pathlib, signal, sys

root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
told = root / "input/config/hyperparameters.json"
way, *more = json.loads(told.read_text())["way"].split() if told.exists() else sys.argv[1:]
match way:
    case "raise":
        json.loads("no json")
    case "exit":
        raise SystemExit(3)
    case "say":
        (root / "output" / "failure").write_text("the sky fell")
        raise SystemExit(1)
    case "die":
        os.kill(os.getpid(), signal.SIGKILL)
    case "wait":
        signal.pause()
    case "eat":
        bytearray(int(more[0]) << 30)
    case "fill":
        with open(root / more[0] / "all", "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 65536)
    case "leave":
        (root / more[0] / "random").write_bytes(os.urandom(int(more[1]) << 20))
"""
"""A program that fails in the way that it is told, by a hyperparameter or an argument."""

SMALL_DISK = 24 << 20
OUT_OF = 4
"""GiB of memory of the smallest instances."""


def rows(heading: str) -> list[tuple[str, ...]]:
    """The rows of the page's table below a heading, without its head."""
    _, _, section = PAGE.read_text().partition(f"\n## {heading}\n")
    table = re.search(r"((?:^\|.*\n)+)", section, re.MULTILINE)
    assert table is not None
    lines = [line.strip("|").split(" | ") for line in table[1].splitlines()[2:]]
    return [tuple(cell.strip() for cell in line) for line in lines]


def tried(table: list[tuple[str, ...]]) -> list[Any]:
    """The rows as parameters of a test; to fill an instance's memory takes long."""
    return [pytest.param(*row, id=row[0], marks=[pytest.mark.slow] if "memory" in row[0] else []) for row in table]


def has_words(said: str, written: str) -> bool:
    """Whether a text is what is written, with anything for every ``…``."""
    words = written.strip("`").split("…")
    return re.fullmatch(".*?".join(map(re.escape, words)), said, re.DOTALL) is not None


def register_breaking(server: Server) -> str:
    """Put the program that fails behind an image; the image."""
    return install(server.data_dir, "breaking", BREAKING)


def need_memory() -> None:
    """Skip a test that takes more memory than the smallest instance has, where this machine has no more."""
    available = re.search(r"^MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    if available is None or int(available[1]) >> 20 < OUT_OF + 2:
        pytest.skip("too little memory here to run out of an instance's")


def attendances(server: Server, arn: str) -> Iterator[tuple[TaskFolder, Attendance]]:
    """The tasks of a job that run, or ran last: their folders, and who runs them."""
    for path in DataDir(server.data_dir).tasks.iterdir():
        folder = TaskFolder(path)
        task, attendance = folder.read_task(), folder.read_attendance()
        if task is not None and attendance is not None and arn in task.environment.values():
            yield folder, attendance


def kill_attempts(server: Server, arn: str, victim: Callable[[Attendance], int], attempts: int = 3) -> None:
    """Kill a process of every attempt of a job."""
    seen: set[str] = set()
    for _ in range(attempts):
        folder, attendance = wait_until(
            lambda: next((pair for pair in attendances(server, arn) if pair[0].root.name not in seen), None)
        )
        seen.add(folder.root.name)
        os.kill(victim(attendance), signal.SIGKILL)


def supervisor_of(attendance: Attendance) -> int:
    """The supervisor, with which the program dies."""
    return attendance.supervisor


def feeder_of(attendance: Attendance) -> int:
    """The process that fills the pipes."""
    children = Path(f"/proc/{attendance.supervisor}/task/{attendance.supervisor}/children").read_text().split()
    (feeder,) = {int(child) for child in children} - {attendance.warden}
    return feeder
