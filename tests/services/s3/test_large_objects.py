"""Large objects pass through the server, they do not fill it."""

import hashlib
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.conftest import client

SIZE = 64 << 20
ROOM = 40 << 20
"""Bytes that the server's memory may grow by."""


def peak_memory(server):
    """The most memory the server had in use, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


@pytest.fixture
def own(own_server):
    """A server of its own, and its client, both warm."""
    server = own_server("--auth", "off")
    s3 = client(server.url, "s3", "123456789012")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="small", Body=b"x" * (1 << 20))
    s3.get_object(Bucket="bucket", Key="small")["Body"].read()
    return server, s3


def test_64_megabytes_go_through_and_leave_the_servers_memory_flat(own):
    """The same bytes come back, by a put and by a get; a reader that stalls does not fill the server either."""
    server, s3 = own
    before = peak_memory(server)
    body = hashlib.shake_128(b"seed").digest(SIZE)
    s3.put_object(Bucket="bucket", Key="large", Body=body)
    answer = s3.get_object(Bucket="bucket", Key="large")["Body"]

    digest = hashlib.sha256()
    for chunk in answer.iter_chunks(1 << 20):
        digest.update(chunk)
    assert digest.digest() == hashlib.sha256(body).digest()
    stall(server.url)
    assert s3.get_object(Bucket="bucket", Key="large", Range=f"bytes=-{1 << 20}")["Body"].read() == body[-(1 << 20) :]
    assert peak_memory(server) - before < ROOM


def stall(url):
    """Ask for the object and read nothing of it."""
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=20) as connection:
        connection.sendall(b"GET /bucket/large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
