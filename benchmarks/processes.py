"""Processes: the CPU time they have used, and those that belong to a data folder."""

import os
import signal
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROCESSES = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """The CPU seconds that a process and its threads have used, in the system and outside; counted in 10 ms."""
    fields = (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


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
