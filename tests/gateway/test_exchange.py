"""Whatever arrives at the socket is answered or hung up on, without a traceback and without keeping others waiting."""

import socket
from urllib.parse import urlsplit

import pytest
from tests.conftest import wait_until
from tests.gateway.conftest import ask

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
PUT = b"PUT /bucket/k HTTP/1.1\r\nContent-Length: 1\r\n"
GARBAGE = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "zeros": b"\0" * 100,
    "no path": b"GET\r\n\r\n",
    "no such version": b"GET / HTTP/9.9\r\n\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no such method": b"BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "connect": b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    "no text in the path": b"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n",
    "no text in the query": b"GET /a?%ff=%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    "many fields": b"GET /a?" + b"&".join(b"a%d=1" % at for at in range(2000)) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "long path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "negative length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "huge length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no such encoding": b"PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    "no chunk": b"PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "header without a name": b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
    "zero in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    "bytes as target": b"POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: \xff\r\nContent-Length: 0\r\n\r\n",
    "an empty credential": b"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=/////aws4_request\r\n\r\n",
    "bytes as a form": b"POST / HTTP/1.1\r\n" + FORM + b"Content-Length: 2\r\n\r\n%f",
    "no number": b"GET /bucket?max-keys=abc HTTP/1.1\r\nHost: a\r\n\r\n",
    "no xml": b"POST /bucket?delete HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n<a>",
    "nothing": b"POST /bucket?delete HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "bytes as md5": b"PUT /bucket/k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-MD5: \xff\r\n\r\nx",
    "bytes as source": b"PUT /bucket/k HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nx-amz-copy-source: \xff\r\n\r\n",
}
HARMLESS = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "http 1.0": b"GET / HTTP/1.0\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: a\r\n" % at for at in range(5000)) + b"\r\n",
    "bytes as authorization": b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: \xff\xfe\r\n\r\n",
    "bytes as metadata": PUT + b"x-amz-meta-a: \xff\xfe\r\nContent-Type: \xe9\r\n\r\nx",
    "control characters in a key": b"PUT /bucket/k%00%01 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
    "the end of time": PUT + b"Expires: Fri, 31 Dec 99999 23:59:59 GMT\r\n\r\nx",
}
HALVES = {
    "nothing": b"",
    "half a line": b"GET /buck",
    "a line": b"GET / HTTP/1.1\r\n",
    "half the headers": b"GET / HTTP/1.1\r\nHost: a\r\nX-",
    "half a document": b"POST / HTTP/1.1\r\nX-Amz-Target: SageMaker.ListModels\r\nContent-Length: 100\r\n\r\n{",
    "half a form": b"POST / HTTP/1.1\r\n" + FORM + b"Content-Length: 9\r\n\r\nA",
    "half an upload": b"PUT /bucket/k HTTP/1.1\r\nContent-Length: 100\r\n\r\nx",
    "half a question": b"POST /endpoints/a/invocations HTTP/1.1\r\nContent-Length: 100\r\n\r\n1,2",
}


@pytest.fixture
def gateway(open_gateway):
    """A gateway with a bucket."""
    ask(open_gateway.url, "PUT", "/bucket")
    return open_gateway


def connect(gateway):
    address = urlsplit(gateway.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def exchange(gateway, data):
    """Send bytes as they stand; the status of the answer, 0 for a connection that was closed."""
    with connect(gateway) as connection:
        connection.sendall(data)
        try:
            answer = connection.recv(1 << 16)
        except ConnectionResetError:
            return 0
    return int(answer.split(b" ", 2)[1]) if answer else 0


def is_well(gateway):
    return ask(gateway.url, "GET", "/_fieldstone/health").status == 200


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused(gateway, complaints, data):
    """As the client's mistake; the server goes on."""
    status = exchange(gateway, data)

    assert status == 0 or 400 <= status < 500
    assert complaints() == []
    assert is_well(gateway)


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS)
def test_what_is_merely_strange_is_answered(gateway, complaints, data):
    """And what was stored can be read again."""
    assert exchange(gateway, data) == 200
    assert ask(gateway.url, "GET", "/bucket/k").status in {200, 404}
    assert ask(gateway.url, "GET", "/bucket?encoding-type=url").status == 200
    assert complaints() == []


@pytest.mark.parametrize("data", HALVES.values(), ids=HALVES)
def test_half_a_request_keeps_nobody_else_waiting(gateway, complaints, data):
    """Others are served meanwhile; when it breaks off, nothing is left of it."""
    with connect(gateway) as connection:
        connection.sendall(data)
        assert is_well(gateway)

    assert is_well(gateway)
    assert complaints() == []
    wait_until(lambda: list(gateway.data_dir.incoming.iterdir()) == [])


def test_many_half_requests_keep_nobody_else_waiting(gateway):
    """A hundred of them at a time."""
    connections = [connect(gateway) for _ in range(100)]
    for connection in connections:
        connection.sendall(b"PUT /bucket/k HTTP/1.1\r\nContent-Length: 100\r\n\r\nx")

    assert is_well(gateway)
    for connection in connections:
        connection.close()


def test_requests_in_one_packet_are_answered_in_order(gateway):
    """A client need not wait for an answer before it asks again."""
    answers = b""
    with connect(gateway) as connection:
        connection.sendall(b"HEAD /_fieldstone/health HTTP/1.1\r\n\r\nHEAD /none HTTP/1.1\r\n\r\n")
        while answers.count(b"\r\n\r\n") < 2:
            answers += connection.recv(1 << 16)

    assert [line for line in answers.split(b"\r\n") if line.startswith(b"HTTP")] == [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 404 Not Found",
    ]
