"""Load from wrk: one thread, some connections that stay open, requests that take turns."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).with_name("rotate.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw.

    Attributes:
        answers: How many came with a status below 400.
        seconds: In how long.
        p50, p99: Latencies in milliseconds.
        cpu: wrk's own CPU seconds.
        failures: How many requests were refused, lost, or not answered within two seconds.
    """

    answers: int
    seconds: float
    p50: float
    p99: float
    cpu: float
    failures: int

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds


def drive(url: str, requests: Sequence[bytes], *, connections: int, seconds: int) -> Load:
    """Send requests, one after the other on each connection, in turns.

    Raises:
        RuntimeError: A request failed, as one does that is sent twice and must not be.
    """
    seen = attempt(url, requests, connections=connections, seconds=seconds)
    if seen.failures:
        raise RuntimeError(f"{seen.failures} requests to {url} failed, and {seen.answers} did not")
    return seen


def attempt(url: str, requests: Sequence[bytes], *, connections: int, seconds: int) -> Load:
    """Send requests as `drive` does; failures are counted."""
    before = _children_cpu()
    with tempfile.NamedTemporaryFile(suffix=".requests") as file:
        file.write(b"".join(b"%d\n%b" % (len(request), request) for request in requests))
        file.flush()
        command = [find_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(_SCRIPT), url, file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.splitlines()[-1])
    cpu = _children_cpu() - before
    latencies = (seen["p50"] / 1e3, seen["p99"] / 1e3)
    return Load(seen["answers"], seen["microseconds"] / 1e6, *latencies, cpu, seen["failures"])


def find_wrk() -> str:
    """Where wrk is; without it, this ends and says what to type."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("The benchmarks need wrk, which is not here: sudo apt-get install wrk, or brew install wrk.")
    return wrk


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
