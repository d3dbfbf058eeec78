"""Requests that mean harm: each is answered or hung up on, soon, and costs the server nothing that lasts."""

import gzip
import os
import re
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.conftest import wait_until
from tests.gateway.conftest import ask
from tests.gateway.test_sockets import answers, connect, statuses

from fieldstone.gateway.door import PATIENCE_SECONDS

JSON = ("X-Amz-Target: SageMaker.CreateModel", "Content-Type: application/x-amz-json-1.1")
FORM = ("Content-Type: application/x-www-form-urlencoded",)
CBOR = ("Smithy-Protocol: rpc-v2-cbor", "Content-Type: application/cbor")
UNSIGNED = ("x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-trailer: x-amz-checksum-crc32")
METRICS = "POST /service/GraniteServiceVersion20100801/operation/PutMetricData"


def request(line, *headers, body=b""):
    """A request that is well formed but for what is asked."""
    body = body.encode("latin-1") if isinstance(body, str) else body
    head = "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", *headers, f"Content-Length: {len(body)}", "", ""])
    return head.encode("latin-1") + body


def lengths():
    for text in ("-1", "+4", "4 4", "4,4", "4, 5", "1e3", "0x4", "9" * 30, str(1 << 64), "4;x", ""):
        yield f"PUT /hostile/k HTTP/1.1\r\nHost: a\r\nContent-Length: {text}\r\n\r\ndata".encode()
    yield b"PUT /hostile/k HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ndata!"
    yield b"PUT /hostile/k HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    yield b"PUT /hostile/k HTTP/1.1\r\nHost: a\r\nContent-Length: 6000000000\r\n\r\ndata"
    yield b"PUT /hostile/k HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\ndata"


def chunks():
    head = "PUT /hostile/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
    for coding in ("chunked, chunked", "gzip, chunked", "identity", "xchunked", "chunked;q=1", "gzip"):
        yield f"{head}{coding}\r\n\r\n4\r\ndata\r\n0\r\n\r\n".encode()
    trailers = "".join(f"x{number}: y\r\n" for number in range(20_000))
    for body in (
        *("f" * 20 + "\r\nx", "-4\r\ndata\r\n0\r\n\r\n", "4\ndata\n0\n\n", "4\r\ndata0\r\n\r\n", "z\r\n", "\r\n\r\n"),
        *(f"4;{'x' * 100_000}\r\ndata\r\n0\r\n\r\n", f"0\r\n{trailers}\r\n", "4\r\nda"),
    ):
        yield f"{head}chunked\r\n\r\n{body}".encode()


def signed_chunks():
    for length in ("-1", "x", "9" * 30, "2", "4", "", "3,3", "+3", "3_0"):
        yield request(
            "PUT /hostile/k", *UNSIGNED, f"x-amz-decoded-content-length: {length}", body="3\r\nabc\r\n0\r\n\r\n"
        )
    for body in (
        *("", "\r\n", "0\r\n\r\n", "3\r\nabc\r\n", "fffffffffffffff\r\nabc", "-3\r\nabc\r\n0\r\n\r\n", "3" * 2_000_000),
        f"3;chunk-signature={'a' * 3_000_000}\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\n" + "a:b\r\n" * 300_000,
        *(f"3\r\nabc\r\n0\r\n{trailer}\r\n\r\n" for trailer in ("x-amz-checksum-crc32:\xff", ":", "nocolon", "a:b")),
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\n\r\nmore" * 3,
    ):
        yield request("PUT /hostile/k", *UNSIGNED, "x-amz-decoded-content-length: 3", body=body)
    for kind in ("AWS4-HMAC-SHA256-PAYLOAD", "AWS4-ECDSA-P256-SHA256-PAYLOAD", "", "x" * 10_000):
        yield request("PUT /hostile/k", f"x-amz-content-sha256: STREAMING-{kind}", body="3\r\nabc\r\n0\r\n\r\n")


def heads():
    yield request("GET /hostile/k", *(f"x-h{number}: v" for number in range(10_000)))
    yield request("GET /hostile/k", f"x-h: {'v' * 900_000}")
    yield request(f"GET /hostile/{'v' * 200_000}")
    yield request(f"GET /hostile/k?{'v=1&' * 20_000}")
    for host in (
        "[",
        "a:b:c",
        "..localhost",
        "%00.localhost",
        ".localhost",
        "\xff\xfe",
        "b.s3.localhost:99999",
        "a@b",
        "",
    ):
        yield f"GET /k HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
    yield b"GET /hostile/k\r\n\r\n"
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"
    yield b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"
    yield request("GET /hostile/k", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x")
    yield request("PUT /hostile/k", "Expect: 200-ok", body="x")
    yield request("GET /hostile/k", "Expect: 100-continue")


def documents():
    yield request("POST /", *JSON, body="[" * 1_000_000)
    yield request("POST /", *JSON, body='{"PrimaryContainer":' * 100_000)
    yield request("POST /", *JSON, body='{"x":' + "[" * 100_000 + "]" * 100_000 + "}")
    for text in (
        '{"MaxResults": 1e999}',
        f'{{"MaxResults": {"9" * 10_000}}}',
        '{"NameContains": "\\ud800"}',
        "\xef\xbb\xbf{}",
    ):
        yield request("POST /", "X-Amz-Target: SageMaker.ListModels", body=text)
    entities = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
    bomb = f'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">{entities}]><Delete><Object><Key>&j;</Key></Object></Delete>'
    for text in (
        *(bomb, "<Delete>" * 500_000, "<Delete>" * 100_000 + "</Delete>" * 100_000),
        "<Delete " + " ".join(f'a{at}="x"' for at in range(20_000)) + "/>",
        *(f'<?xml version="1.0" encoding="{name}"?><Delete/>' for name in ("utf-16", "utf-7", "nonsense")),
    ):
        yield request("POST /hostile?delete", body=text)
    yield request("POST /hostile?delete", body=f'<?xml version="1.0" encoding="utf-16"?>{bomb}'.encode("utf-16"))
    for text in (
        *("a=1&" * 500_000, ".".join(["a"] * 50_000) + "=1&Action=GetUser", "Action=GetUser&UserName=%ed%a0%80"),
        "Action=SimulatePrincipalPolicy&PolicySourceArn=a&ActionNames.member.99999999999=x",
    ):
        yield request("POST /", *FORM, body=text)
    deep = (b"\x81" * 1_000_000, b"\xa1\x61a" * 300_000, b"\x9f" * 100_000)
    for data in (
        *deep,
        b"\x9b" + b"\xff" * 8,
        b"\x7b\x7f" + b"\xff" * 7,
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\xa1\x80\x01",
        b"\xf7",
    ):
        yield request(METRICS, *CBOR, body=data)


def bombs():
    bomb = gzip.compress(bytes(200_000_000), 1)
    yield request("POST /", *FORM, "Content-Encoding: gzip", body=bomb)
    yield request(METRICS, *CBOR, "Content-Encoding: gzip", body=bomb)
    yield request(
        "POST /", "X-Amz-Target: GraniteServiceVersion20100801.PutMetricData", "Content-Encoding: gzip", body=bomb
    )


def fields():
    for query in (
        *(
            "list-type=2&max-keys=abc",
            f"list-type=2&max-keys={'9' * 100}",
            "max-keys=-1",
            "list-type=2&continuation-token=z",
        ),
        *("list-type=2&start-after=%ff", "prefix=%ff", "delimiter=%ff", "marker=%ed%a0%80", "versions&key-marker=%ff"),
        *(
            "uploads&upload-id-marker=%00",
            "list-type=3",
            f"prefix={'x' * 5000}",
            "list-type=2&continuation-token=%00%ff",
        ),
    ):
        yield request(f"GET /hostile?{query}")
    for query in (
        *(
            "partNumber=0",
            f"partNumber={'9' * 30}",
            "versionId=%00",
            "versionId=%ff",
            "uploadId=%ff",
            "x=%",
            "=",
            "&&&",
        ),
        *("response-content-type=%0d%0ax:y", "response-content-type=%ff", "partNumber=1&uploadId=x", "torrent"),
    ):
        yield request(f"GET /hostile/k?{query}")
    nines = "9" * 5000
    for header in (
        *(
            f"Range: bytes={text}"
            for text in ("-", "5-1", "-0", "0-0,2-3", f"{nines}-", f"0-{nines}", f"-{nines}", "a-b")
        ),
        *("If-Modified-Since: Thu, 99 Jan 99999 00:00:00 GMT", f"If-Unmodified-Since: {nines}", "If-Match: \xff"),
    ):
        yield request("GET /hostile/k", header)
    for header in (
        *("x-amz-tagging: a=%ff", f"x-amz-tagging: {'a=b&' * 1000}", "Content-MD5: x", "x-amz-checksum-crc32: x"),
        *("x-amz-copy-source: /", "x-amz-copy-source: hostile/%ff", "x-amz-copy-source: %00/%00", "x-amz-copy-source:"),
        *(f"x-amz-meta-a: {'x' * 100_000}", "x-amz-meta-\xff: x", "Expires: x", "Content-Type: \x01", "x-amz-date: x"),
        *("Authorization: \xff", "Authorization: AWS4-HMAC-SHA256", "x-amz-security-token: \xff", "x-amz-acl: x"),
    ):
        yield request("PUT /hostile/h", header)
    yield request("GET /?max-buckets=0")


def forms():
    kind = "Content-Type: multipart/form-data; boundary=x"
    field = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    for body in (
        *("", "--x", "--x\r\n\r\n", "--x--", "--x\r\n" + "a: b\r\n" * 200_000, field.format("key", "k" * 3_000_000)),
        *(field.format("\xff", "k") + "--x--", field.format("f", "v") * 20_000),
        field.format("key", "${filename}") + field.format('file"; filename="../../\0', "x") + "--x--\r\n",
    ):
        yield request("POST /hostile", kind, body=body)
    for boundary in ("", "; boundary=", f"; boundary={'x' * 100_000}", "; boundary=\xff", '; boundary="'):
        yield request("POST /hostile", f"Content-Type: multipart/form-data{boundary}", body="--x--")


def names(gateway):
    """What is in the data folder and beside it."""
    root = gateway.data_dir.root
    return [sorted(path.name for path in folder.iterdir()) for folder in (root.parent, root)]


def under_way(gateway):
    """What there is only while a request is being answered: uploads that grow, open files of bytes."""
    places = (str(gateway.data_dir.objects), str(gateway.data_dir.incoming))
    growing = [str(path) for path in gateway.data_dir.incoming.iterdir()]
    return growing + [path for path in open_files() if path.startswith(places)]


def leaves_nothing(gateway, before, most_sockets):
    """See that the data folder has the names of before, that nothing is under way any more, and no connection open.

    A connection that its client has left may be noticed by the second look at it.
    """
    found = ()

    def settled():
        nonlocal found
        found = (names(gateway), under_way(gateway), max(sockets(), most_sockets))
        return found == (before, [], most_sockets)

    with suppress(AssertionError):
        wait_until(settled, 3 * PATIENCE_SECONDS)
    assert found == (before, [], most_sockets)


def open_files():
    """What the descriptors of this process, which is the gateway's too, are for."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            found.append(str(path.readlink()))
    return sorted(found)


def sockets():
    return sum(name.startswith("socket:") for name in open_files())


@pytest.mark.parametrize("sort", [lengths, chunks, signed_chunks, heads, documents, bombs, fields, forms])
def test_what_means_harm_is_refused_and_leaves_nothing(open_gateway, complaints, sort):
    """No 500, no traceback, no hang, no descriptor, no file: not of its lengths, chunks, heads, documents nor forms."""
    ask(open_gateway.url, "PUT", "/hostile")
    ask(open_gateway.url, "PUT", "/hostile/k", b"data")
    before, open_before = names(open_gateway), sockets()
    for data in sort():
        found = statuses(answers(open_gateway.url, data))
        assert all(status < 500 or status == 501 for status in found), (data[:200], found)

    assert ask(open_gateway.url, "GET", "/_fieldstone/health").status == 200
    leaves_nothing(open_gateway, before, open_before)
    assert complaints() == []


def test_requests_sent_together_are_answered_in_their_order(open_gateway):
    """Hundreds on one connection, reads and writes, before the first answer is read."""
    ask(open_gateway.url, "PUT", "/hostile")
    turn = [
        request("PUT /hostile/p", body="1"), request("GET /hostile/p"),
        request("DELETE /hostile/p"), request("GET /hostile/p"),
    ]  # fmt: skip
    assert statuses(answers(open_gateway.url, b"".join(turn) * 100)) == [200, 200, 204, 404] * 100


@pytest.mark.parametrize("sent", [0, 5, 70_000, 2_000_000])
def test_a_body_that_was_asked_for_and_breaks_off_leaves_nothing(open_gateway, complaints, sent):
    """Its client was given leave to send it, and left."""
    ask(open_gateway.url, "PUT", "/hostile")
    before, open_before = names(open_gateway), sockets()
    with connect(open_gateway.url) as connection:
        connection.sendall(
            b"PUT /hostile/broken HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"x" * sent)
    leaves_nothing(open_gateway, before, open_before)
    assert ask(open_gateway.url, "GET", "/hostile/broken").status == 404
    assert complaints() == []


def test_nobody_reads_on_for_a_client_that_has_left(open_gateway, complaints):
    """A large object is read no further than its reader; its file is let go of."""
    ask(open_gateway.url, "PUT", "/hostile")
    ask(open_gateway.url, "PUT", "/hostile/large", os.urandom(1 << 20) * 64)
    before, open_before = names(open_gateway), sockets()
    address = urlsplit(open_gateway.url)
    for _ in range(5):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(request("GET /hostile/large"))
            assert re.match(rb"HTTP/1.1 200", connection.recv(1000))
    leaves_nothing(open_gateway, before, open_before)
    assert complaints() == []
