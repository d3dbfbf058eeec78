"""Processes: the CPU time they have used, and those that belong to a data folder or to another process."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROCESSES = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """The CPU seconds that a process and its threads have used, in the system and outside; counted in 10 ms."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cpu_each(pids: Iterable[int]) -> dict[int, float]:
    """The CPU seconds of each of these processes that still runs, by process id."""
    used: dict[int, float] = {}
    for pid in pids:
        with suppress(OSError):
            used[pid] = cpu_seconds(pid)
    return used


def find_tree(root: int) -> dict[int, str]:
    """A process and all that it has started, directly or not: when each began, by process id."""
    parents: dict[int, int] = {}
    began: dict[int, str] = {}
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it may have ended meanwhile
            fields = _stat(pid := int(folder.name))
            parents[pid], began[pid] = int(fields[1]), fields[19]
    tree = [root]
    for pid in tree:  # it grows meanwhile
        tree += [child for child, parent in parents.items() if parent == pid]
    return {pid: began[pid] for pid in tree if pid in began}


def kill_tree(tree: dict[int, str]) -> None:
    """Kill what still runs of a tree that was found; a process id that is somebody else's by now is left alone."""
    for pid, began in tree.items():
        with suppress(OSError):
            if _stat(pid)[19] == began:
                os.kill(pid, signal.SIGKILL)


def find_processes(mark: Path) -> dict[int, list[str]]:
    """The command lines that name a folder, by process id; this process is not among them."""
    found: dict[int, list[str]] = {}
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it may have ended meanwhile
            command = (folder / "cmdline").read_text()
            if str(mark) in command and int(folder.name) != os.getpid():
                found[int(folder.name)] = command.rstrip("\0").split("\0")
    return found


def end_processes(mark: Path) -> None:
    """Kill what still runs for a folder of ours."""
    for pid in find_processes(mark):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """The fields of a process that come after its name: state, parent and so on."""
    return (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
