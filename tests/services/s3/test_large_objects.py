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


class Zeros:
    """A file of so many zeros, read a little at a time."""

    def __init__(self, size):
        self.size, self.at = size, 0

    def read(self, most=-1):
        count = min(self.size - self.at, most if most >= 0 else self.size)
        self.at += count
        return bytes(count)

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def tell(self):
        return self.at


def count_bytes(answer):
    return sum(len(chunk) for chunk in answer["Body"].iter_chunks(1 << 20))


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


@pytest.mark.parametrize("size", [64 << 20, pytest.param(1 << 30, marks=pytest.mark.slow)])
def test_whatever_is_done_with_a_large_object_takes_no_memory(own, size):
    """Put at once and in parts, completed, headed, read whole, by range and by part, copied, and copied into parts."""
    server, s3 = own
    before = peak_memory(server)
    s3.put_object(Bucket="bucket", Key="once", Body=Zeros(size))
    at = {"Bucket": "bucket", "Key": "parts"}
    upload = at | {"UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    told = [{"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=Zeros(size // 2))["ETag"]}]
    half = {"CopySource": "bucket/once", "CopySourceRange": f"bytes=0-{size // 2 - 1}"}
    told.append(
        {"PartNumber": 2, "ETag": s3.upload_part_copy(**upload, PartNumber=2, **half)["CopyPartResult"]["ETag"]}
    )
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": told})

    for key in ("once", "parts"):
        s3.copy_object(Bucket="bucket", Key=f"copy of {key}", CopySource=f"bucket/{key}", ChecksumAlgorithm="SHA256")
        for name in (key, f"copy of {key}"):
            assert s3.head_object(Bucket="bucket", Key=name)["ContentLength"] == size
            assert count_bytes(s3.get_object(Bucket="bucket", Key=name)) == size
        assert count_bytes(s3.get_object(Bucket="bucket", Key=key, Range=f"bytes=1-{size - 2}")) == size - 2
    assert count_bytes(s3.get_object(**at, PartNumber=2)) == size // 2
    assert peak_memory(server) - before < ROOM
