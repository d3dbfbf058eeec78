"""A task's state on disk: what to run, who runs it, how it ended. Supervisor and engine meet here."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec

from fieldstone.engine.memory import Keeper
from fieldstone.engine.sandbox import View

T = TypeVar("T")

_ROOM: Final = 1 << 20

Cause = Literal["exited", "stopped", "timeout", "memory", "lost"]


@dataclass(frozen=True, slots=True)
class Task:
    """What to run.

    Attributes:
        argv: The program and its arguments.
        environment: All of its environment; nothing is inherited.
        log: The event file that takes what it prints (``core.eventlog``).
        most_seconds: After so long it is ended; None for no limit.
        grace_seconds: How long it may take to end after SIGTERM, before SIGKILL.
        folder: Where it works; None for the task's own folder.
        most_memory: Bytes that it and what it starts may take; None for no limit.
        keeper: What holds it to that, which the engine fills in.
        host: The name of the host that it believes to be on.
        hosts: The addresses of all its hosts by their names.
        needs: Files and folders of ours that it has to read, wherever they are.
        inputs: Folders, in its eyes, with second names of stored files.
        cache: A folder that it shares with later tasks, by the same path.
        key: The access key that ends with it, for who takes that away.
        view: What it sees of the machine, which the engine fills in; None for all there is.
        isolated: Whether it has no network but loopback.
        peer: The warden of another task whose network it shares then.
        feeds: The documents of what its pipes deliver (``engine.feeds``).
        port: Where it may serve, reached by a Unix socket; the engine fills another in, and tells the program, where it
            cannot have a network of its own.
        outward: A port of its own network, and the Unix socket that is behind it.
    """

    argv: list[str]
    environment: dict[str, str]
    log: str
    most_seconds: float | None = None
    grace_seconds: float = 120.0
    folder: str | None = None
    most_memory: int | None = None
    keeper: Keeper = "watching"
    host: str = "algo-1"
    hosts: dict[str, str] = field(default_factory=dict[str, str])
    needs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    cache: str | None = None
    key: str = ""
    view: View | None = None
    isolated: bool = False
    peer: int | None = None
    feeds: list[str] = field(default_factory=list[str])
    port: int | None = None
    outward: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who runs a task.

    Attributes:
        supervisor: Its process id.
        warden: That of the warden, which leads the program's session.
        born: When the warden began (``births``), as the machine may have been started again since.
    """

    supervisor: int
    warden: int
    born: int


@dataclass(frozen=True, slots=True)
class Exit:
    """How a task ended.

    Attributes:
        cause: Of its own accord, on request, out of time, out of memory, or lost together with its supervisor.
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
        self.run = root / "run"
        self.socket = self.run / "serve.sock"
        self.port = root / "port.sock"
        self.contract = root / "ml"
        self.scratch = root / "tmp"
        self.hosts = root / "hosts"
        self.feeds = root / "feeds"
        self.checkpoints = root / "checkpoints.json"
        self._room = root / "room"
        self._task, self._attendance, self._exit = (root / f"{name}.json" for name in ("task", "attendance", "exit"))

    def keep_room(self) -> None:
        """Keep some of the disk back for the end of the task, which has to be told even where the program fills it.

        Raises:
            OSError: There is not so much.
        """
        with self._room.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _ROOM)

    def make_room(self) -> None:
        """Give back what was kept."""
        self._room.unlink(missing_ok=True)

    def write_task(self, task: Task) -> None:
        """Say what to run, and forget how an earlier run went."""
        for leftover in (self._attendance, self._exit, self.socket, self.port):
            leftover.unlink(missing_ok=True)
        _write(self._task, task, synced=True)

    def read_task(self) -> Task | None:
        """What to run, if that has been said."""
        return _read(self._task, Task)

    def write_attendance(self, attendance: Attendance) -> None:
        """Say who runs the task."""
        _write(self._attendance, attendance)

    def read_attendance(self) -> Attendance | None:
        """Who runs the task, or ran it last."""
        return _read(self._attendance, Attendance)

    def write_exit(self, end: Exit) -> None:
        """Say how the task ended."""
        _write(self._exit, end)

    def read_exit(self) -> Exit | None:
        """How the task ended, if it has."""
        return _read(self._exit, Exit)


def _write(path: Path, value: Any, *, synced: bool = False) -> None:
    """Write a file whole, to be there after a kill of everybody; after a loss of power only if it is synced.

    Who ran a task and how it ended need not be: no process outlives such a loss, and a job whose end nobody saw begins
    again.
    """
    growing = path.with_suffix(".new")
    with growing.open("wb") as file:
        file.write(msgspec.json.encode(value))
        file.flush()
        if synced:
            os.fsync(file.fileno())
    growing.rename(path)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):  # it is not there, or was not when the power went
        return None
