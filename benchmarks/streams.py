"""Rows that are made while they are read, and processes that are measured by themselves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BATCH = 50_000


def numbers(count: int, features: int, making: list[float] | None = None) -> Iterator[np.ndarray]:
    """Batches of normal numbers, (n, features) of 32 bits; what each costs to make, in CPU seconds, is noted."""
    generator = np.random.default_rng(1)
    for begin in range(0, count, BATCH):
        began = time.process_time()
        batch = generator.standard_normal((min(BATCH, count - begin), features), dtype=np.float32)
        if making is not None:
            making.append(time.process_time() - began)
        yield batch


def megabytes() -> float:
    """The most memory that this process has had."""
    # Not by getrusage: it counts what the process was before it became this program.
    told = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
    return int(told.split()[0]) / 2**10


def measure(benchmark: str, name: str, count: int = 0) -> dict[str, float]:
    """What `benchmark --child name count` prints: a process of its own, of one thread."""
    command = (sys.executable, benchmark, "--child", name, str(count))
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, env=os.environ | single, check=True)
    return json.loads(done.stdout)
