"""Milliseconds until an endpoint answers again after `kill -9`: of the server alone, and of its model servers too.

The clock starts with the new process. It is asked for its health every millisecond until it answers, and from then on
for a prediction, signed by botocore and held against XGBoost's own.
"""

import http.client
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from connection import Connection
from endpoint import deploy, make_questions
from pace import Pace, read_pace
from processes import end_processes
from servers import Server, first_address, free_port, read_key, start_fieldstone, stop
from tables import show, spread

_PATIENCE_SECONDS = 30.0
_CLOSE_ENOUGH = 1e-6
_HEALTH = b"GET /_fieldstone/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """What is killed, and the milliseconds that the tries took until health and until a prediction was answered."""

    label: str
    kill: Callable[[Server], None]
    health: list[float] = field(default_factory=list[float])
    prediction: list[float] = field(default_factory=list[float])


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    cases = (Case("the server", _kill_server), Case("the server and its model servers", _kill_all))
    root = Path(tempfile.mkdtemp(prefix="fieldstone-benchmark-"))
    folder = root / "data"
    port = free_port()
    process = start_fieldstone(folder, port)
    try:
        url = first_address(process)
        server = Server(url, process.pid, read_key(folder), folder)
        questions = make_questions()
        deploy(server, questions)
        request, answer = questions.signed(server)[0], float(questions.answers[0])
        for _ in range(pace.tries):
            for case in cases:
                case.kill(server)
                process.wait()
                began = time.perf_counter()
                process = start_fieldstone(folder, port)
                server = Server(url, process.pid, server.key, folder)
                case.health.append(_until(began, lambda: _ask(url, _HEALTH) is not None))
                case.prediction.append(_until(began, lambda: _predicts(url, request, answer)))
    finally:
        stop(process)
        end_processes(folder)
        shutil.rmtree(root, ignore_errors=True)
    rows = [(case.label, spread(case.health), spread(case.prediction)) for case in cases]
    show(f"Killed and started again, {pace.tries} tries; milliseconds", ("killed", "health", "first prediction"), rows)


def _kill_server(server: Server) -> None:
    os.kill(server.pid, signal.SIGKILL)


def _kill_all(server: Server) -> None:
    assert server.folder is not None
    end_processes(server.folder)


def _until(began: float, happens: Callable[[], bool]) -> float:
    """Milliseconds from a moment until something happens; it is looked at once a millisecond."""
    while not happens():
        if time.perf_counter() - began > _PATIENCE_SECONDS:
            raise TimeoutError(f"{happens} did not happen")
        time.sleep(0.001)
    return (time.perf_counter() - began) * 1e3


def _predicts(url: str, request: bytes, answer: float) -> bool:
    said = _ask(url, request)
    return said is not None and abs(float(said) - answer) <= _CLOSE_ENOUGH


def _ask(url: str, request: bytes) -> bytes | None:
    """What is answered; nothing, while nobody answers or what is answered is an error."""
    try:
        with Connection(url) as connection:
            return connection.ask(request)
    except (OSError, RuntimeError, http.client.HTTPException):
        return None


if __name__ == "__main__":
    run(read_pace(__doc__))
