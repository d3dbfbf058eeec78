"""When a process began: with its number, what tells it from every other that has had the same number."""

from pathlib import Path

_START_TIME = 19
"""Its place among the fields of proc_pid_stat(5) that follow the command."""


def birth_of(pid: int) -> int:
    """When a process began, in the kernel's ticks since the machine did; 0 where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[_START_TIME])
