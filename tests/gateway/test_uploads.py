"""Uploads: on disk before they are rows, and nothing left of those that fail."""

import asyncio
import socket
import threading
from urllib.parse import urlsplit

import pytest
from tests.conftest import wait_until
from tests.gateway.conftest import ask

from fieldstone.services.s3.buckets import BUCKET

SIZE = 8 << 20


@pytest.fixture
def uploads(open_gateway):
    """A gateway with a bucket, and in it a single object: ``key``."""
    ask(open_gateway.url, "PUT", "/bucket")
    ask(open_gateway.url, "PUT", "/bucket/key", b"before")
    return open_gateway


def connect(gateway):
    address = urlsplit(gateway.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def files(gateway):
    """The files of bytes: whole ones, growing ones."""
    return [
        [path for path in folder.rglob("*") if path.is_file()]
        for folder in (gateway.data_dir.objects, gateway.data_dir.incoming)
    ]


def put_head(length, *headers):
    return "\r\n".join(["PUT /bucket/key HTTP/1.1", "Host: a", f"Content-Length: {length}", *headers, "", ""]).encode()


@pytest.mark.parametrize("sent", [0, 1, SIZE // 2, SIZE - 1])
def test_a_connection_closed_in_the_midst_of_an_upload_leaves_nothing(uploads, complaints, sent):
    """No file, no row; what stood under the key stands there still."""
    with connect(uploads) as connection:
        connection.sendall(put_head(SIZE) + b"x" * sent)
        if sent > 2 << 20:
            wait_until(lambda: files(uploads)[1])

    wait_until(lambda: files(uploads)[1] == [])
    assert ask(uploads.url, "GET", "/bucket/key").body == b"before"
    wait_until(lambda: len(files(uploads)[0]) == 1)
    assert complaints() == []


def test_an_upload_in_chunks_is_taken_whole(uploads):
    """HTTP's own chunks are no part of the object."""
    with connect(uploads) as connection:
        connection.sendall(b"PUT /bucket/key HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")

    assert ask(uploads.url, "GET", "/bucket/key").body == b"abcdefg"


def test_chunks_that_break_off_leave_nothing(uploads):
    """They are answered, or hung up on; they are not stored."""
    with connect(uploads) as connection:
        connection.sendall(
            b"PUT /bucket/key HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nrubbish\r\n"
        )
        connection.recv(100)

    wait_until(lambda: files(uploads)[1] == [])
    assert ask(uploads.url, "GET", "/bucket/key").body == b"before"


def test_a_client_that_waits_for_leave_to_send_gets_it(uploads):
    """Expect: 100-continue, as boto3 sends it."""
    with connect(uploads) as connection:
        connection.sendall(put_head(3, "Expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"new")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_waits_for_leave_is_refused_before_it_sends(gateway):
    """What would not be accepted need not come."""
    with connect(gateway) as connection:
        connection.sendall(put_head(SIZE, "Expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 403 Forbidden")


def test_a_large_upload_that_is_refused_at_once_is_still_answered(gateway):
    """A client that sends without waiting gets to read why."""
    s3 = gateway.client("s3", {"AccessKeyId": "AKIAUNKNOWN", "SecretAccessKey": "x"})

    with pytest.raises(s3.exceptions.ClientError, match="InvalidAccessKeyId"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"x" * SIZE)


def test_an_upload_for_an_operation_that_is_not_built_leaves_nothing(uploads):
    """It was taken in before that was known."""
    answer = ask(uploads.url, "PUT", "/bucket/key?annotation&annotationName=a", b"part")

    assert answer.status == 501
    wait_until(lambda: len(files(uploads)[0]) == 1)
    assert ask(uploads.url, "GET", "/bucket/key").body == b"before"


def test_an_upload_whose_bucket_is_not_there_leaves_nothing(uploads):
    """The bytes go when the row is refused."""
    assert ask(uploads.url, "PUT", "/no-such-bucket/key", b"data").status == 404
    wait_until(lambda: len(files(uploads)[0]) == 1)


def test_a_request_cancelled_at_its_commit_leaves_row_and_bytes_together(uploads):
    """At the end of a server a write may still be under way: the object is the old one or the new one, never half."""
    begun, gate = threading.Event(), threading.Event()

    def hold(_):
        begun.set()
        gate.wait(20)

    held = asyncio.run_coroutine_threadsafe(uploads.store.write(hold), uploads._loop)
    begun.wait(20)
    with connect(uploads) as connection:
        connection.sendall(put_head(5) + b"after")
        wait_until(lambda: len(files(uploads)[0]) == 2)
        wait_until(lambda: not uploads.store._writer._queue.empty())
        uploads.run(cancel_requests())
        gate.set()
        held.result(20)

    uploads.run(uploads.store.write(lambda _: None))
    found = uploads.run(find(uploads.store))
    assert uploads.store.blobs.path(found.blob).read_bytes() == b"after"
    wait_until(lambda: [path.name for path in files(uploads)[0]] == [found.blob])


async def cancel_requests():
    """End the requests that are being answered, as a server does that is told to go."""
    for task in asyncio.all_tasks():
        if "_converse" in repr(task):
            task.cancel()


async def find(store):
    bucket = store.read(lambda tx: tx.resources.find(BUCKET, "", "", "bucket"))
    return store.read(lambda tx: tx.objects.find(bucket.uid, "key"))
