"""The servers that are measured: Fieldstone and its peers, each in a process of its own."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from account import ANY_KEY, Key
from processes import cpu_seconds, end_processes, find_processes, find_tree

_BIN = Path(sys.executable).parent
_HERE = Path(__file__).parent
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        url: Where it answers.
        pid: Its process.
        key: What its requests are signed with; a server that does not check takes any.
        folder: Everything it keeps, if it keeps anything.
    """

    url: str
    pid: int
    key: Key
    folder: Path | None = None

    def cpu(self) -> float:
        """The CPU seconds it has used so far."""
        return cpu_seconds(self.pid)

    def processes(self) -> list[int]:
        """The process ids of all that runs for it, itself too."""
        return list(find_tree(self.pid) if self.folder is None else find_processes(self.folder))

    def model_servers(self) -> list[int]:
        """The process ids of the model servers that run for it, if it is Fieldstone."""
        if self.folder is None:
            return []
        return [pid for pid, command in find_processes(self.folder).items() if command[-1] == "serve"]


@contextmanager
def run_fieldstone() -> Generator[Server]:
    """Fieldstone as it comes, signatures checked, on a fresh data folder."""
    root = Path(tempfile.mkdtemp(prefix="fieldstone-benchmark-"))
    folder = root / "data"
    process = start_fieldstone(folder)
    try:
        yield Server(first_address(process), process.pid, read_key(folder), folder)
    finally:
        stop(process)
        end_processes(folder)
        shutil.rmtree(root, ignore_errors=True)


def start_fieldstone(folder: Path, port: int = 0) -> "subprocess.Popen[str]":
    """Start Fieldstone on a folder; its first line has the address."""
    command = [str(_BIN / "fieldstone"), "up", "--port", str(port), "--data-dir", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def first_address(process: "subprocess.Popen[str]") -> str:
    """The address on the first line that a server prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://" in line, f"the server said {line!r}"
    return line.split()[-1]


def read_key(folder: Path) -> Key:
    """The access key that Fieldstone made for a data folder."""
    values = json.loads((folder / "credentials.json").read_bytes())
    return Key(values["AccessKeyId"], values["SecretAccessKey"])


@contextmanager
def run_moto() -> Generator[Server]:
    """Moto's server as it comes; it looks at no signature."""
    port = free_port()
    process = start_moto(port)
    try:
        wait_for_port(port)
        yield Server(f"http://127.0.0.1:{port}", process.pid, ANY_KEY)
    finally:
        stop(process)


def start_moto(port: int) -> "subprocess.Popen[bytes]":
    """Start moto's server on a port."""
    command = [str(_BIN / "moto_server"), "-p", str(port)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def run_constant() -> Generator[Server]:
    """A bare HTTP server, with an app that reads the body and answers a constant."""
    process = subprocess.Popen([sys.executable, str(_HERE / "constant.py")], stdout=subprocess.PIPE, text=True)
    try:
        yield Server(first_address(process), process.pid, ANY_KEY)
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """End a server, and insist if it does not."""
    process.terminate()
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Wait until somebody listens on a port."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.005)
        else:
            return


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a server's address."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
