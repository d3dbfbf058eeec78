"""HTTP as the server speaks it: keep-alive, pipelining, limits, and what is not HTTP."""

import threading

import pytest


def test_the_model_sees_body_and_headers(client):
    """Accept reaches the model as it was sent."""
    client.post(b"1,2,3", Accept="text/csv")

    assert client.receive()[2] == b"1 text/csv 1,2,3"


def test_a_connection_serves_one_request_after_the_other(client):
    """Keep-alive needs no header in HTTP/1.1."""
    for body in (b"a", b"b", b"c"):
        client.post(body)
        assert client.receive()[2] == b"1  " + body


def test_pipelined_requests_are_answered_in_order_whatever_they_ask(client):
    """Pages are ready at once, predictions a tick later; the order is that of the requests."""
    client.ask(("POST", "/invocations", b"a"), ("GET", "/ping"), ("POST", "/invocations", b"b"), ("GET", "/nothing"))
    replies = [client.receive() for _ in range(4)]

    assert [(status, body) for status, _, body in replies] == [(200, b"2  a"), (200, b""), (200, b"2  b"), (404, b"")]


def test_a_large_request_keeps_its_place_before_the_small_ones_behind_it(client, tmp_path):
    """The small ones are answered sooner, and sent later."""
    client.post(b"wait for go " + b"x" * 70_000, b"small")
    (tmp_path / "go").touch()

    assert [client.receive()[2] for _ in range(2)] == [b"1  wait for go xxxxxxxx", b"1  small"]


def test_a_request_may_arrive_in_pieces(client):
    """The parser waits for the rest, wherever it was cut."""
    for piece in (b"POST /invo", b"cations HTTP/1.1\r\nContent-Le", b"ngth: 4\r\nAcc", b"ept: x\r\n\r\nab", b"cd"):
        client.send(piece)

    assert client.receive()[2] == b"1 x abcd"


def test_a_chunked_body_is_put_together(client):
    """Transfer-Encoding works as Content-Length does."""
    client.send(b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")

    assert client.receive()[2] == b"1  abcd"


def test_a_client_that_asks_first_is_told_to_go_on(client):
    """`Expect: 100-continue` is answered before the body comes."""
    client.send(b"POST /invocations HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert client.receive()[0] == 100

    client.send(b"ab")
    assert client.receive()[2] == b"1  ab"


def test_connection_close_is_honoured(client):
    """The reply says so too, and nothing after the request is answered."""
    client.ask(("POST", "/invocations", b"a", {"Connection": "close"}), ("GET", "/ping"))
    status, headers, _ = client.receive()

    assert (status, headers["connection"]) == (200, "close")
    assert client.is_closed()


def test_a_body_over_the_limit_is_refused_and_the_connection_goes_on(start, connect):
    """413, whether its size was announced or not."""
    start(MAX_CONTENT_LENGTH="100")
    client = connect()
    client.post(b"x" * 101, b"x" * 100)
    client.send(
        b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n"
    )

    assert [client.receive()[0] for _ in range(3)] == [413, 200, 413]


@pytest.mark.parametrize("megabytes", ["1", "0"])
def test_a_batch_transform_may_allow_more(start, connect, megabytes):
    """Its largest payload, or none."""
    start(MAX_CONTENT_LENGTH="100", SAGEMAKER_MAX_PAYLOAD_IN_MB=megabytes)
    client = connect()
    client.post(b"x" * (1 << 20))
    client.post(b"x" * ((1 << 20) + 1))

    assert [client.receive()[0] for _ in range(2)] == [200, 413 if megabytes == "1" else 200]


def test_a_client_that_asks_first_for_too_much_is_turned_away(start, connect):
    """It need not send the body; the connection ends."""
    start(MAX_CONTENT_LENGTH="100")
    client = connect()
    client.send(b"POST /invocations HTTP/1.1\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n")

    assert client.receive()[0] == 413
    assert client.is_closed()


def test_what_is_not_http_ends_the_connection_after_the_answers_before_it(client):
    """400, in its turn."""
    client.ask(("POST", "/invocations", b"a"))
    client.send(b"HELO example\r\n\r\n")

    assert [client.receive()[0] for _ in range(2)] == [200, 400]
    assert client.is_closed()


def test_headers_without_end_are_refused(client):
    """431: memory is not for the taking."""
    client.send(b"GET /ping HTTP/1.1\r\n" + b"X-Padding: " + b"x" * 70_000 + b"\r\n\r\n")

    assert client.receive()[0] == 431
    assert client.is_closed()


def test_a_client_may_send_faster_than_it_reads(client):
    """Thousands of requests sent blindly are all answered, in order, as the client reads."""
    bodies = [str(number).encode() for number in range(20_000)]
    sender = threading.Thread(target=client.post, args=bodies)
    sender.start()

    assert [client.receive()[2].split()[1] for _ in bodies] == bodies
    sender.join()
