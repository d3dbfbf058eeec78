"""Objects put and got: Fieldstone against moto's server, and 1 GB against a raw copy of the file through a socket.

Small objects and those of 64 MB go by boto3's way: signed by botocore beforehand, sent on one connection. Fieldstone
checks signatures and hashes, and syncs what it is given to disk before it answers; moto keeps it in memory. The raw
copy is what `cp` would be through a socket: a process that hands the file to the kernel, for a client that drops it.
"""

import hashlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from account import BUCKET, REGION, make_client
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from load import drive
from pace import QUICK, Pace, read_pace
from servers import Server, address_of, first_address, run_fieldstone, run_moto, stop
from tables import ratios, show, spread

_MEGABYTE = 1 << 20
_SMALL, _LARGE, _HUGE = 4096, 64 * _MEGABYTE, 1024 * _MEGABYTE


def run(pace: Pace) -> None:
    """Measure, and print the tables."""
    huge = _HUGE // 4 if pace is QUICK else _HUGE
    with run_fieldstone() as ours, run_moto() as theirs, tempfile.TemporaryDirectory() as folder:
        for server in (ours, theirs):
            make_client(server.url, server.key, "s3").create_bucket(Bucket=BUCKET)
        _compare_small(ours, theirs, pace)
        _compare_large(ours, theirs, pace)
        _compare_copies(ours, Path(folder) / "file", huge, pace)


def _compare_small(ours: Server, theirs: Server, pace: Pace) -> None:
    """4 KB on 8 connections, per CPU second of the server."""
    rows = []
    for label, method in (("put 4 KB", "PUT"), ("get 4 KB", "GET")):
        tries = [(_per_cpu(ours, method, pace), _per_cpu(theirs, method, pace)) for _ in range(pace.tries)]
        mine, other = zip(*tries, strict=True)
        rows.append((label, spread(mine), spread(other), spread(ratios(mine, other))))
    show(
        f"Objects of 4 KB, 8 connections, {pace.tries} tries of {pace.seconds} s; per CPU second of the server",
        ("what", "Fieldstone", "moto_server", "ratio"),
        rows,
    )


def _per_cpu(server: Server, method: str, pace: Pace) -> float:
    body = bytes(_SMALL)
    requests = [sign(server, method, f"small-{number}", body if method == "PUT" else b"") for number in range(64)]
    before = server.cpu()
    seen = drive(server.url, requests, connections=8, seconds=pace.seconds)
    return seen.answers / (server.cpu() - before)


def _compare_large(ours: Server, theirs: Server, pace: Pace) -> None:
    """64 MB on one connection, in megabytes a second."""
    body = bytes(_LARGE)
    rows = []
    for label, method in (("put 64 MB", "PUT"), ("get 64 MB", "GET")):
        mine, other = [], []
        for _ in range(pace.tries):
            for server, rates in ((ours, mine), (theirs, other)):
                request = sign(server, method, "large", body if method == "PUT" else b"")
                rates.append(_LARGE / _MEGABYTE / _timed(lambda server=server, request=request: _ask(server, request)))
        rows.append((label, spread(mine), spread(other), spread(ratios(mine, other))))
    show("Objects of 64 MB, one connection; MB per second", ("what", "Fieldstone", "moto_server", "ratio"), rows)


def _compare_copies(ours: Server, file: Path, size: int, pace: Pace) -> None:
    """One file put and got, against the same file copied raw."""
    with file.open("wb") as out:
        for _ in range(size // _MEGABYTE):
            out.write(bytes(range(256)) * (_MEGABYTE // 256))
    make_client(ours.url, ours.key, "s3").upload_file(str(file), BUCKET, "whole")
    request = sign(ours, "GET", "whole", b"")
    got, put, raw, copied = [], [], [], []
    with _raw_sender(file) as sender:
        for _ in range(pace.tries):
            raw.append(_timed(lambda: _drain(sender, b"", size)))
            got.append(_timed(lambda: _drain(ours.url, request, size)))
            copied.append(_timed(lambda: subprocess.run(["cp", file, f"{file}.copy"], check=True)))
            put.append(_timed(lambda: _put_file(ours, file, size)))
    rows = [
        ("get", _rates(got, size), _rates(raw, size), spread(ratios(got, raw))),
        ("put, on disk and hashed five ways", _rates(put, size), _rates(copied, size), spread(ratios(put, copied))),
    ]
    header = ("what", "Fieldstone, MB/s", "raw (get: through a socket; put: cp), MB/s", "times as long")
    show(f"A file of {size // _MEGABYTE} MB", header, rows)


def _rates(seconds: list[float], size: int) -> str:
    return spread([size / _MEGABYTE / each for each in seconds])


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def sign(server: Server, method: str, key: str, body: bytes, payload_hash: str | None = None) -> bytes:
    """A request for an object, as boto3 signs it; a body that comes later is given by its hash."""
    return _head(server, method, key, payload_hash or hashlib.sha256(body).hexdigest(), len(body)) + body


def _head(server: Server, method: str, key: str, payload_hash: str, length: int) -> bytes:
    request = AWSRequest(method, f"{server.url}/{BUCKET}/{key}", headers={"X-Amz-Content-SHA256": payload_hash})
    auth = S3SigV4Auth(Credentials(server.key.access, server.key.secret), "s3", REGION)
    auth.payload = lambda _: payload_hash  # type: ignore[method-assign]
    auth.add_auth(request)
    host, port = address_of(server.url)
    fields = {**dict(request.headers.items()), "Host": f"{host}:{port}", "Content-Length": str(length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} /{BUCKET}/{key} HTTP/1.1\r\n{lines}\r\n".encode()


def _ask(server: Server, request: bytes) -> None:
    with socket.create_connection(address_of(server.url)) as connection:
        connection.sendall(request)
        _read_answer(connection)


def _put_file(server: Server, file: Path, size: int) -> None:
    with file.open("rb") as source, socket.create_connection(address_of(server.url)) as connection:
        connection.sendall(_head(server, "PUT", "copy", "UNSIGNED-PAYLOAD", size))
        connection.sendfile(source)
        _read_answer(connection)


def _drain(url: str, request: bytes, size: int) -> None:
    """Ask, and read at least so many bytes."""
    with socket.create_connection(address_of(url)) as connection:
        connection.sendall(request)
        _read_answer(connection, size)


def _read_answer(connection: socket.socket, size: int | None = None) -> None:
    buffer = bytearray(_MEGABYTE)
    count = connection.recv_into(buffer)
    head, _, begun = bytes(buffer[:count]).partition(b"\r\n\r\n")
    if size is None or head.startswith(b"HTTP/"):
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace"))
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        size, count = int(lengths[0].partition(b":")[2]) if lengths else 0, len(begun)
    while count < size and (more := connection.recv_into(buffer)):
        count += more
    if count < size:
        raise RuntimeError(f"{count} of {size} bytes came")


class _raw_sender:  # noqa: N801  # reads as the context manager it is
    """A process that hands a file to the kernel for whoever connects; its address."""

    def __init__(self, file: Path) -> None:
        self._command = [sys.executable, __file__, "--send", str(file)]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return first_address(self._process)

    def __exit__(self, *_: object) -> None:
        stop(self._process)


def send_raw(path: str) -> None:
    """Send a file to each who connects."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listening.accept()
        with connection, Path(path).open("rb") as file:
            connection.sendfile(file)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        send_raw(sys.argv[2])
    else:
        run(read_pace(__doc__))
