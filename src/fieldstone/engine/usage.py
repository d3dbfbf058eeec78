"""What running programs take of the machine, told from proc(5)."""

import os
import shutil
import time
from contextlib import suppress
from typing import Final, NamedTuple

from fieldstone.engine.births import birth_of
from fieldstone.engine.memory import family, taken
from fieldstone.engine.task import TaskFolder

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_TIMES: Final = slice(11, 15)
"""Among the fields of proc_pid_stat(5) that follow the command: time of its own, and of children that ended."""


class Usage(NamedTuple):
    """What a task's program has taken.

    Attributes:
        born: When it began, in seconds since the machine did.
        now: When this was told, likewise.
        processor: Seconds of a core, since it began.
        memory: Bytes, now.
        disk: The share of its disk that is full.
    """

    born: float
    now: float
    processor: float
    memory: int
    disk: float


def usage_of(folder: TaskFolder) -> Usage | None:
    """What the program of a task takes, all its processes together; None where none runs."""
    attendance = folder.read_attendance()
    if attendance is None or birth_of(attendance.warden) != attendance.born:
        return None
    disk = shutil.disk_usage(folder.root)
    return Usage(
        attendance.born / _TICKS,
        time.clock_gettime(time.CLOCK_BOOTTIME),
        _processor(attendance.warden),
        taken(attendance.warden),
        disk.used / (disk.used + disk.free),
    )


def _processor(warden: int) -> float:
    total = 0
    for process in family(warden):
        with suppress(OSError):  # it has ended meanwhile
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[_TIMES]))
    return total / _TICKS
