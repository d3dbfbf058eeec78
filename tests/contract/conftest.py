"""A server with the echoing model, and a client that speaks bytes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


class Client:
    """A connection; `receive` gives the next reply as status, headers and body."""

    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")

    def send(self, data):
        self.connection.sendall(data)

    def ask(self, *requests):
        """Send (method, path, body, headers) in one write; body and headers may be missing."""
        self.send(b"".join(compose(*request) for request in requests))

    def post(self, *bodies, **headers):
        self.ask(*(("POST", "/invocations", body, headers) for body in bodies))

    def receive(self):
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, headers, self.file.read(int(headers.get("content-length", 0)))

    def is_closed(self):
        return self.file.read(1) == b""

    def close(self):
        self.file.close()
        self.connection.close()


def compose(method, path, body=b"", headers=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: model", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def connect(tmp_path):
    """Open a connection to the server's socket in the test's folder."""
    clients = []

    def connect():
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(str(tmp_path / "model.sock"))
        clients.append(Client(connection))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def start(tmp_path):
    """Start the echoing program in the test's folder; gives the process once it has printed its first line."""
    processes = []

    def start(**environment):
        environment = {"FIELDSTONE_BIND_TO_SOCKET": "model.sock", **environment}
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("echo.py"))],
            cwd=tmp_path,
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(tmp_path), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        process.first_line = process.stdout.readline().strip()
        return process

    (tmp_path / "model").mkdir()
    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def client(server, connect):
    return connect()
