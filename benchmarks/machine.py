"""What the figures were taken on: the machine, the versions, and how busy it was."""

import os
import platform
import subprocess
import tempfile
import time
from importlib.metadata import distributions
from pathlib import Path
from statistics import median

from load import find_wrk

_PACKAGES = ("fieldstone", "uvicorn", "uvloop", "httptools", "msgspec", "botocore", "xgboost-cpu", "pyarrow", "moto")


def describe() -> str:
    """A few lines about the machine and what is installed."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    installed = ", ".join(
        f"{each.metadata['Name']} {each.version}" for name in _PACKAGES for each in distributions(name=name)
    )
    return (
        f"{_processor()}, {cores} cores, {memory:.0f} GiB, Linux {platform.release()}; "
        f"bringing 4 KiB to disk takes {_sync_milliseconds():.2f} ms\n"
        f"Python {platform.python_version()}, {installed}, {_wrk_version()}"
    )


def load() -> str:
    """The load averages of the last minute, 5 and 15 minutes."""
    return "load " + " ".join(f"{average:.2f}" for average in os.getloadavg())


def _processor() -> str:
    names = [line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _wrk_version() -> str:
    said = subprocess.run([find_wrk(), "-v"], capture_output=True, text=True, check=False).stdout
    return " ".join(said.split()[:2])


def _sync_milliseconds() -> float:
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return median(times) * 1e3
