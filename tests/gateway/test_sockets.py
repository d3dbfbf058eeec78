"""Whatever comes to the socket: no 500, no traceback, no hang, no file where none belongs."""

import random
import re
import socket
import time
from urllib.parse import quote, urlsplit

import pytest
from tests.conftest import wait_until
from tests.gateway.conftest import Gateway, ask

TOKENS = (
    *("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "get", "\0"),
    *(
        " ",
        "  ",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "\r\n\r\n",
        ":",
        ";",
        ",",
        "=",
        "&",
        "?",
        "/",
        "//",
        "/..",
        "%",
        "%00",
        "%ff",
    ),
    *("HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "Host", "localhost", "bucket.localhost", "content-length", "0", "5", "-1"),
    *(
        "99999999999999999999",
        "transfer-encoding",
        "chunked",
        "expect",
        "100-continue",
        "connection",
        "close",
        "upgrade",
    ),
    *("authorization", "AWS4-HMAC-SHA256", "Credential", "AKIA/20261122/us-east-1/s3/aws4_request", "SignedHeaders"),
    *("Signature", "x-amz-date", "20261122T120000Z", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Expires", "AWS a:b"),
    *("x-amz-target", "SageMaker.ListModels", "{", "}", "[", '"', "Action", "GetCallerIdentity", "content-type"),
    *("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "--x", "--x--", "content-disposition"),
    *(
        "x-amz-content-sha256",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length",
        "x-amz-copy-source",
    ),
    *("bucket", "key", "uploadId", "partNumber", "versionId", "list-type", "range", "bytes=0-", "\x7f", "\xff", "é"),
)
FORM = (
    '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--x\r\n'
    'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\ndata\r\n--x--\r\n'
)
CHUNKS = "2b\r\n3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n\r\n0\r\n\r\n"
IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"
PRESIGNED = (
    "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261122%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20261122T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
)
CHUNKED = (
    "Transfer-Encoding: chunked",
    "x-amz-decoded-content-length: 3",
    "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer: x-amz-checksum-crc32",
)


def whole(line, *headers, body=""):
    length = () if CHUNKED[0] in headers else (f"Content-Length: {len(body)}",)
    return "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", *length, *headers, "", body]).encode()


WHOLE = (
    whole("GET /bucket/key?versionId=null", "Range: bytes=0-3"),
    whole("PUT /bucket/key", "x-amz-meta-a: b", body="data"),
    whole("PUT /bucket/key", *CHUNKED, body=CHUNKS),
    whole("POST /bucket", "Content-Type: multipart/form-data; boundary=x", body=FORM),
    whole("POST /", "X-Amz-Target: SageMaker.ListModels", body="{}"),
    whole("POST /", "Content-Type: application/x-www-form-urlencoded", body=IDENTITY),
    whole(f"GET {PRESIGNED}"),
    whole("POST /endpoints/none/invocations", body="1,2"),
)


def noise(rng):
    """Bytes without sense, words without grammar, requests with a few bytes changed."""
    kind = rng.randrange(3)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 300))
    if kind == 1:
        return "".join(rng.choice(TOKENS) for _ in range(rng.randrange(1, 40))).encode("latin-1")
    sent = bytearray(rng.choice(WHOLE))
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(sent))
        change = rng.choice((b"", bytes([rng.randrange(256)]), rng.choice(TOKENS).encode("latin-1")))
        sent[at : at + rng.randrange(3)] = change
    return bytes(sent)


def connect(url):
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def answers(url, data):
    """What comes back until the server hangs up, which it does when it was told that no more will come."""
    with connect(url) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while piece := connection.recv(65536):
                said += piece
        except ConnectionResetError:
            pass
        return said


def statuses(said):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)]


def outside(gateway):
    """The names beside the data folder."""
    return sorted(path.name for path in gateway.data_dir.root.parent.iterdir())


@pytest.mark.parametrize("count", [600, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["strict", "off"])
def test_no_bytes_bring_the_server_down(gateway, open_gateway, complaints, count, kind):
    """Thousands of strings: each is answered or hung up on, and none of the answers is a 500."""
    asked = gateway if kind == "strict" else open_gateway
    ask(open_gateway.url, "PUT", "/bucket")
    before, rng = outside(asked), random.Random(f"{kind}{count}")
    for _ in range(count):
        data = noise(rng)
        found = statuses(answers(asked.url, data))
        assert all(status < 500 or status == 501 for status in found), data

    assert ask(asked.url, "GET", "/_fieldstone/health").status == 200
    assert outside(asked) == before
    wait_until(lambda: not list(asked.data_dir.incoming.iterdir()))
    assert complaints() == []


def test_a_client_may_stop_talking_and_still_listen(open_gateway):
    """A connection closed on one side is answered on the other."""
    said = answers(
        open_gateway.url, b"PUT /half-closed HTTP/1.1\r\nHost: a\r\n\r\nGET /half-closed HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    assert statuses(said) == [200, 200]
    assert b"<Name>half-closed</Name>" in said


@pytest.mark.parametrize("cut", [5, 40, -2])
def test_a_client_that_stops_within_its_request_is_hung_up_on(open_gateway, cut):
    """It will not be whole any more."""
    data = b"PUT /bucket/k HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ndata"[:cut]
    assert answers(open_gateway.url, data) == b""


KEYS = [
    "..",
    "../../etc/passwd",
    "%2e%2e/%2e%2e/x",
    "/",
    "//",
    ".",
    "a/../../b",
    "x" * 1024,
    "%00",
    "a%00b",
    "\\..\\x",
    "con",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_a_name_and_no_path(open_gateway, complaints, key):
    """It comes back as it was, and nothing appears beside the data folder."""
    url, before = open_gateway.url, outside(open_gateway)
    ask(url, "PUT", "/names")
    path = f"/names/{key if '%' in key else quote(key)}"

    assert ask(url, "PUT", path, b"data").status in {200, 400}
    assert ask(url, "GET", path).status in {200, 400, 404}
    assert ask(url, "GET", "/names?encoding-type=url").status == 200
    assert ask(url, "DELETE", path).status in {204, 400}
    assert outside(open_gateway) == before
    assert {path.name for path in open_gateway.data_dir.root.iterdir()} >= {"objects", "incoming"}
    assert complaints() == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/names/{'x' * 1024}", {200}),
        (f"/names/{'x' * 1025}", {400}),
        ("/names/%ff", {400}),
        ("/%ff/k", {400, 404}),
        ("/names/%", {200, 400}),
    ],
)
def test_keys_are_utf_8_of_1024_bytes_at_most(open_gateway, complaints, path, expected):
    """Anything else is refused in words."""
    ask(open_gateway.url, "PUT", "/names")
    assert ask(open_gateway.url, "PUT", path, b"data").status in expected
    assert complaints() == []


@pytest.mark.parametrize("text", [b"\x7f", b"\xff\xfe", b"a\tb", "é".encode(), b"\x80"])
def test_odd_metadata_comes_back_or_is_refused(open_gateway, complaints, text):
    """It never breaks the answer it is a part of."""
    ask(open_gateway.url, "PUT", "/odd")
    head = b"PUT /odd/k HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nx-amz-meta-a: " + text
    put = statuses(answers(open_gateway.url, head + b"\r\nCache-Control: " + text + b"\r\n\r\n"))
    got = statuses(answers(open_gateway.url, b"GET /odd/k HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert put in ([200], [400])
    assert got in ([200], [404])
    assert complaints() == []


@pytest.fixture
def hasty(tmp_path):
    """A gateway that waits for nobody."""
    gateway = Gateway(tmp_path / "data")
    gateway.patience = 0.5
    yield gateway.start("off")
    gateway.stop()


def heard(connection, words):
    """Read until these words are said."""
    said = b""
    while words not in said:
        piece = connection.recv(65536)
        assert piece, said
        said += piece


def hung_up(connection):
    connection.settimeout(10)
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "])
@pytest.mark.parametrize("before", [b"", b"GET /_fieldstone/health HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_a_head_that_comes_byte_by_byte_is_not_waited_for(hasty, begun, before):
    """Others are answered meanwhile; a connection at rest between two requests is no such thing."""
    with connect(hasty.url) as connection:
        if before:
            connection.sendall(before)
            heard(connection, b"ready")
            if not begun:
                time.sleep(1.2)
                connection.sendall(before)
                heard(connection, b"ready")
                return
        for letter in [begun, *([b"x"] * 40)] if begun else []:
            try:
                connection.sendall(letter)
                time.sleep(0.03)
            except OSError:
                break
        assert ask(hasty.url, "GET", "/_fieldstone/health").status == 200
        assert hung_up(connection)


def test_a_body_that_stops_coming_is_not_waited_for(hasty):
    """One that comes slowly is; nothing stays of the other."""
    ask(hasty.url, "PUT", "/bucket")
    with connect(hasty.url) as slow, connect(hasty.url) as stopped:
        head = b"PUT /bucket/k HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
        slow.sendall(head)
        stopped.sendall(head + b"12345")
        for _ in range(10):
            slow.sendall(b"x")
            time.sleep(0.12)
        assert statuses(slow.recv(1000)) == [200]
        assert hung_up(stopped)
    wait_until(lambda: not list(hasty.data_dir.incoming.iterdir()))
    assert ask(hasty.url, "GET", "/bucket/k").body == b"x" * 10


def send_without_end(connection):
    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
    for number in range(100_000):
        connection.sendall(f"x-{number}: {'y' * 1000}\r\n".encode())


def test_a_head_without_end_is_cut_off(hasty):
    """It does not fill the memory."""
    with connect(hasty.url) as connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        send_without_end(connection)


def test_a_client_that_sends_without_asking_gets_to_read_why_it_is_refused(gateway):
    """All of its body is taken and left; the connection is good for its next request."""
    with connect(gateway.url) as connection:
        for _ in range(2):
            connection.sendall(b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n")
            connection.sendall(b"x" * 8_000_000)
            assert statuses(connection.recv(65536)) == [403]
            time.sleep(0.1)
        connection.sendall(b"GET /_fieldstone/health HTTP/1.1\r\nHost: a\r\n\r\n")
        heard(connection, b"ready")


def test_a_client_refused_leave_to_send_may_go_on_with_another_connection(gateway):
    """The body that it announced may come or not: this connection is over, and the client's next call is not hurt."""
    with connect(gateway.url) as connection:
        connection.sendall(b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n")
        said = connection.recv(65536)
        assert statuses(said) == [403]
        assert b"connection: close" in said
    s3 = gateway.client("s3", gateway.owner | {"SecretAccessKey": "wrong"})
    for _ in range(3):
        with pytest.raises(s3.exceptions.ClientError, match="SignatureDoesNotMatch"):
            s3.put_object(Bucket="b", Key="k", Body=b"x" * 100_000)


def test_a_client_that_reads_slowly_gets_all_of_a_large_object(open_gateway):
    """Ever so slowly, and others are answered meanwhile."""
    ask(open_gateway.url, "PUT", "/slow")
    body = random.Random(5).randbytes(12_000_000)
    ask(open_gateway.url, "PUT", "/slow/k", body)
    with connect(open_gateway.url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.sendall(b"GET /slow/k HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        said = connection.recv(1000)
        time.sleep(0.3)
        assert ask(open_gateway.url, "GET", "/_fieldstone/health").status == 200
        while piece := connection.recv(1 << 20):
            said += piece

    assert said.partition(b"\r\n\r\n")[2] == body


def test_a_client_that_leaves_within_a_large_object_hurts_nobody(open_gateway, complaints):
    """It is noticed, and that is all."""
    ask(open_gateway.url, "PUT", "/left")
    ask(open_gateway.url, "PUT", "/left/k", bytes(30_000_000))
    for _ in range(3):
        with connect(open_gateway.url) as connection:
            connection.sendall(b"GET /left/k HTTP/1.1\r\nHost: a\r\n\r\n")
            assert statuses(connection.recv(1000)) == [200]

    assert len(ask(open_gateway.url, "GET", "/left/k").body) == 30_000_000
    assert complaints() == []


def test_an_offer_of_another_protocol_is_passed_by(open_gateway):
    """As Java's client makes one with its first request; HTTP goes on, on the same connection."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    offer = b"GET / HTTP/1.1\r\nHost: a\r\n" + offer + b"\r\n"
    assert statuses(answers(open_gateway.url, offer * 2)) == [200, 200]


def test_what_follows_a_request_and_is_no_http_does_not_cost_its_answer(open_gateway):
    """The request is answered, and that is the end."""
    assert statuses(answers(open_gateway.url, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\0nonsense\r\n\r\n"))[0] == 200
