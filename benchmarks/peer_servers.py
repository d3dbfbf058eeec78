"""The peers that serve models, and a way to run each of them with a model of ours.

Each is a program of `peer_services`, written as a user of that tool would for speed on two cores, with one process that
has the model. They live in an environment of their own, .venv-peers, and report to nobody.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from account import ANY_KEY
from processes import find_tree, kill_tree
from servers import Server, free_port

_SERVICES = Path(__file__).with_name("peer_services")
_BIN = Path(sys.prefix).with_name(".venv-peers") / "bin"
_PATIENCE_SECONDS = 60.0
_ENOUGH_ANSWERS = 10

_ENVIRONMENT = {
    "BENTOML_DO_NOT_TRACK": "True",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "OMP_NUM_THREADS": "1",  # rows are few: more threads would only wait for each other
    "UVICORN_ACCESS_LOG": "0",
}
_RAY_FOLDER = "{folder}/haproxy"
_RAY = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": f"{_RAY_FOLDER}/haproxy.cfg",
    "RAY_SERVE_HAPROXY_SOCKET_PATH": f"{_RAY_FOLDER}/admin.sock",
    "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": f"{_RAY_FOLDER}/metrics.sock",
    "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": _RAY_FOLDER,
    "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": f"{_RAY_FOLDER}/server-state",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool that serves models.

    Attributes:
        name: What the tables call it.
        package: What pip calls it.
        program: Its program in `peer_services`; it gets `MODEL`, a file, and `PORT`.
        path: Where it is asked.
        wrap: From a row to the JSON it wants.
        read: From the JSON it answers to the prediction.
        environment: What else it is told, where `{folder}` stands for a folder that is its own.
    """

    name: str
    package: str
    program: str
    path: str
    wrap: Callable[[list[float]], Any]
    read: Callable[[Any], float]
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def requests(self, server: Server, rows: list[list[float]]) -> list[bytes]:
        """A request for each row."""
        return [self._request(server, json.dumps(self.wrap(row)).encode()) for row in rows]

    def _request(self, server: Server, body: bytes) -> bytes:
        host = server.url.partition("://")[2]
        head = f"POST {self.path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        return head.encode() + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


PEERS = (
    Peer(
        "FastAPI",
        "fastapi",
        "with_fastapi.py",
        "/predict",
        lambda row: {"features": row},
        lambda answer: answer["prediction"],
    ),
    Peer(
        "MLflow",
        "mlflow",
        "with_mlflow.py",
        "/invocations",
        lambda row: {"inputs": [row]},
        lambda answer: answer["predictions"][0],
    ),
    Peer(
        "BentoML",
        "bentoml",
        "with_bentoml.py",
        "/predict",
        lambda row: {"features": [row]},
        lambda answer: answer[0],
    ),
    Peer(
        "LitServe",
        "litserve",
        "with_litserve.py",
        "/predict",
        lambda row: {"features": row},
        lambda answer: answer["prediction"],
    ),
    Peer(
        "Ray Serve",
        "ray",
        "with_ray.py",
        "/predict",
        lambda row: {"features": row},
        lambda answer: answer["prediction"],
        _RAY,
    ),
)


def versions() -> str:
    """The peers' versions, as they are pinned."""
    pinned = dict(line.split("==") for line in (_SERVICES / "requirements.txt").read_text().split() if "==" in line)
    return ", ".join(f"{peer.name} {pinned[peer.package]}" for peer in PEERS)


@contextmanager
def run_peer(peer: Peer, model: bytes, row: list[float]) -> Generator[Server]:
    """A peer that has answered a row already; nothing of it is left afterwards.

    Raises:
        RuntimeError: It ended, or did not come to answer; with its last words.
    """
    if not (_BIN / "python").exists():
        raise RuntimeError("there is no .venv-peers; make bench installs it")
    with tempfile.TemporaryDirectory(prefix="peer-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "model.ubj").write_bytes(model)
        port = free_port()
        own = {key: value.format(folder=folder) for key, value in peer.environment.items()}
        own |= {"MODEL": str(folder / "model.ubj"), "PORT": str(port), "HOME": name, "TMPDIR": name}
        own |= {"PATH": f"{_BIN}:{os.environ['PATH']}"}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [_BIN / "python", _SERVICES / peer.program],
                cwd=folder,
                env=os.environ | _ENVIRONMENT | own,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            server = Server(f"http://127.0.0.1:{port}", process.pid, ANY_KEY)
            body = json.dumps(peer.wrap(row)).encode()
            question = urllib.request.Request(server.url + peer.path, body, {"Content-Type": "application/json"})
            _wait(process, question, folder / "log")
            yield server
        finally:
            tree = find_tree(process.pid)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_SECONDS / 10)
            kill_tree(tree)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", question: urllib.request.Request, log: Path) -> None:
    """Wait until a server has answered a question several times running: a proxy may be replaced after the first."""
    answered = 0
    deadline = time.monotonic() + _PATIENCE_SECONDS
    said: Exception | None = None
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(question, timeout=5).close()
        except (OSError, http.client.HTTPException) as error:
            said, answered = error, 0
        else:
            answered += 1
        if answered == _ENOUGH_ANSWERS:
            return
        time.sleep(0.1)
    words = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    raise RuntimeError(f"it does not answer ({said}); its last words: {words[-1] if words else 'none'}")
