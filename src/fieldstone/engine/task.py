"""A task's state on disk: what to run, who runs it, how it ended. Supervisor and engine meet here."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Cause = Literal["exited", "stopped", "timeout", "lost"]


@dataclass(frozen=True, slots=True)
class Task:
    """What to run.

    Attributes:
        argv: The program and its arguments.
        environment: All of its environment; nothing is inherited.
        log: The event file that takes what it prints (``core.eventlog``).
        most_seconds: After so long it is ended; None for no limit.
        grace_seconds: How long it may take to end after SIGTERM, before SIGKILL.
        feeds: The documents of what its pipes deliver (``engine.feeds``).
    """

    argv: list[str]
    environment: dict[str, str]
    log: str
    most_seconds: float | None = None
    grace_seconds: float = 120.0
    feeds: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who runs a task: the supervisor's and the program's process ids."""

    supervisor: int
    program: int


@dataclass(frozen=True, slots=True)
class Exit:
    """How a task ended.

    Attributes:
        cause: Of its own accord, on request, out of time, or lost together with its supervisor.
        code: The exit status; negative for the signal that ended it; None where nobody saw it end.
        ended: Seconds since the epoch.
    """

    cause: Cause
    code: int | None
    ended: float


class TaskFolder:
    """The folder of one task."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = root / "lock"
        self.socket = root / "serve.sock"
        self.contract = root / "ml"
        self.feeds = root / "feeds"
        self.checkpoints = root / "checkpoints.json"
        self._task, self._attendance, self._exit = (root / f"{name}.json" for name in ("task", "attendance", "exit"))

    def write_task(self, task: Task) -> None:
        """Say what to run, and forget how an earlier run went."""
        for leftover in (self._attendance, self._exit, self.socket):
            leftover.unlink(missing_ok=True)
        _write(self._task, task)

    def read_task(self) -> Task | None:
        """What to run, if that has been said."""
        return None if (values := _read(self._task)) is None else Task(**values)

    def write_attendance(self, attendance: Attendance) -> None:
        """Say who runs the task."""
        _write(self._attendance, attendance)

    def read_attendance(self) -> Attendance | None:
        """Who runs the task, or ran it last."""
        return None if (values := _read(self._attendance)) is None else Attendance(**values)

    def write_exit(self, end: Exit) -> None:
        """Say how the task ended."""
        _write(self._exit, end)

    def read_exit(self) -> Exit | None:
        """How the task ended, if it has."""
        return None if (values := _read(self._exit)) is None else Exit(**values)


def _write(path: Path, value: Any) -> None:
    growing = path.with_suffix(".new")
    with growing.open("w") as file:
        json.dump(asdict(value), file)
        file.flush()
        os.fsync(file.fileno())
    growing.rename(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
