"""How much memory a program may take: held by a control group where we may make one, else watched.

A control group's kernel ends a program at the very moment; watching sees it within half a second, and counts what
processes share for each in part (``Pss`` of proc_pid_smaps_rollup(5)).
"""

import errno
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, Protocol

Keeper = Literal["cgroup v1", "cgroup v2", "watching"]

_ROOT: Final = Path("/sys/fs/cgroup")
_OOM_KILL: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_PSS: Final = re.compile(rb"^Pss:\s+(\d+) kB$", re.MULTILINE)
_PREFIX: Final = "fieldstone-"
_ENDING_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.01


class MemoryLimit(Protocol):
    """The memory of one program."""

    keeper: Keeper

    def join(self) -> None:
        """Have this process, and what it starts, be limited."""

    def exceeded(self, warden: int) -> bool:
        """Whether the program took, or tried to take, more; ``warden`` is its first process."""
        ...

    def close(self) -> None:
        """Take away what was made for it."""


def limit_memory(folder: Path, most: int | None, keeper: Keeper) -> MemoryLimit:
    """A limit for a program.

    Args:
        folder: That of the program's task.
        most: Bytes; None limits nothing.
        keeper: What works here, as ``best_keeper`` found.
    """
    if most is not None and keeper != "watching":
        with suppress(OSError):  # there may be too many groups by now
            return _GROUPS[keeper](_name(folder), most)
    return _Watch(most)


def best_keeper() -> Keeper:
    """What can hold programs to their memory here: tried out."""
    for keeper, group in _GROUPS.items():
        with suppress(OSError):
            group(f"{_PREFIX}trial-{os.getpid()}", 1 << 30).close()
            return keeper
    return "watching"


def forget_limit(folder: Path) -> None:
    """Take away what a supervisor that was killed has left of a limit, once its program has ended."""
    for place in _places():
        _remove(place / _name(folder))


def groups_of(tasks: Path) -> list[Path]:
    """The control groups that there are for the tasks in a folder."""
    return [group for place in _places() for group in place.glob(_name(tasks / "*"))]


def _places() -> tuple[Path, ...]:
    return _version_1_folder(), _ROOT / "fieldstone"


def _name(folder: Path) -> str:
    """A task's group: other servers on this machine have tasks of the same ids."""
    return f"{_PREFIX}{zlib.crc32(os.fsencode(folder.parent)):08x}-{folder.name}"


def _remove(group: Path) -> None:
    """Remove a group; what is still in it is ending."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while time.monotonic() < deadline:
        try:
            return group.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY:
                return None
            time.sleep(_PAUSE_SECONDS)
    return None


class _Watch:
    keeper: Keeper = "watching"

    def __init__(self, most: int | None) -> None:
        self._most = most

    def join(self) -> None:
        """Nothing has to be joined to be watched."""

    def exceeded(self, warden: int) -> bool:
        """Whether all its processes together take more now."""
        return self._most is not None and taken(warden) > self._most

    def close(self) -> None:
        """Nothing was made."""


class _Group:
    def __init__(self, keeper: Keeper, folder: Path, events: str) -> None:
        self.keeper: Keeper = keeper
        self._folder = folder
        self._events = folder / events

    def join(self) -> None:
        """Enter the group."""
        (self._folder / "cgroup.procs").write_text("0")

    def exceeded(self, warden: int) -> bool:  # noqa: ARG002  # the kernel counts
        """Whether the kernel has ended a process for it."""
        found = _OOM_KILL.search(self._events.read_text())
        return found is not None and int(found[1]) > 0

    def close(self) -> None:
        """Remove the group."""
        _remove(self._folder)


def _version_1(name: str, most: int) -> _Group:
    folder = _made(_version_1_folder() / name)
    _set(folder, "memory.limit_in_bytes", most)
    with suppress(OSError):  # where swap is accounted for
        _set(folder, "memory.memsw.limit_in_bytes", most)
    return _Group("cgroup v1", folder, "memory.oom_control")


def _version_1_folder() -> Path:
    """Where groups of version 1 can be made, if there is such a controller."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            return _ROOT / "memory" / path.lstrip("/")
    return _ROOT / "none"


def _version_2(name: str, most: int) -> _Group:
    above = _ROOT / "fieldstone"
    above.mkdir(exist_ok=True)
    for folder in (_ROOT, above):
        _set(folder, "cgroup.subtree_control", "+memory")
    folder = _made(above / name)
    _set(folder, "memory.max", most)
    with suppress(OSError):
        _set(folder, "memory.swap.max", 0)
    return _Group("cgroup v2", folder, "memory.events")


def _made(folder: Path) -> Path:
    with suppress(FileExistsError):
        folder.mkdir()
    return folder


def _set(folder: Path, name: str, value: object) -> None:
    descriptor = os.open(folder / name, os.O_WRONLY)  # never made: a file that is not there is a controller less
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


_GROUPS: Final[dict[Keeper, Callable[[str, int], MemoryLimit]]] = {"cgroup v1": _version_1, "cgroup v2": _version_2}


def taken(warden: int) -> int:
    """Bytes that a process and all below it take."""
    total = 0
    for process in family(warden):
        with suppress(OSError):  # it has ended meanwhile
            found = _PSS.search((process / "smaps_rollup").read_bytes())
            total += int(found[1]) * 1024 if found else 0
    return total


def family(warden: int) -> Iterator[Path]:
    """The folders in proc(5) of a process and all below it."""
    waiting = [warden]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        with suppress(OSError):  # it has ended meanwhile
            for task in (process / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
            yield process
