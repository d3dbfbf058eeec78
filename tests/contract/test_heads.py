"""Requests with known heads are answered as the parser of HTTP would have them, wherever the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldstone.contract import heads
from fieldstone.contract.batching import Batcher
from fieldstone.contract.connection import Connection, Site
from fieldstone.contract.messages import Reply

PLAIN = b"POST /invocations HTTP/1.1\r\nhost: model\r\ncontent-type: text/csv\r\ncontent-length: %d\r\n\r\n"
FORMS = [
    PLAIN.replace(b"%d", b"3") + b"1,2",
    PLAIN.replace(b"%d", b"0"),
    PLAIN.replace(b"%d", b"7") + b"\r\n\r\nabc",
    PLAIN.replace(b"%d", b"2000") + b"x" * 2000,
    b"POST /invocations HTTP/1.1\r\nX-Custom:  a=b\r\nAccept: x\r\nContent-Length: 1\r\n\r\n1",
    b"\r\nPOST /invocations HTTP/1.1\r\nContent-Length: 1\r\n\r\n1",
    b"POST /invocations?a=b HTTP/1.1\r\nContent-Length: 1\r\n\r\n1",
    b"POST /invocations HTTP/1.0\r\nContent-Length: 1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 20\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nContent-Length: +1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 1,1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nContent-Length : 1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n1",
    b"POST /invocations HTTP/1.1\nContent-Length: 1\n\n1\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 2\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nab",
    b"GET /invocations HTTP/1.1\r\n\r\n",
    b"GET /ping HTTP/1.1\r\n\r\n",
    b"GET /ping HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
    b"PUT /nothing HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
    b"CONNECT /invocations HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
    b"HELO example\r\n\r\n",
]


class Mirror:
    """A model that replies with all that it was told."""

    def answer(self, requests, /):
        return [Reply(repr((*request[:3], sorted(request.headers.items()))).encode()) for request in requests]


class Peer:
    """A connection without a socket, which is its own event loop."""

    def __init__(self, limit=1000):
        self.sent = b""
        self.closed = False
        self.connection = Connection(Site({b"/ping": Reply(b"well")}, Batcher(Mirror(), self), limit))
        self.connection.connection_made(self)

    def call_soon(self, tick):
        self.tick = tick

    def write(self, data):
        assert not self.closed
        self.sent += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def receive(self, pieces):
        """All that was replied to some pieces, without the leave to go on, and whether that was the end."""
        for piece in pieces:
            self.tick = lambda: None
            self.connection.data_received(piece)
            self.tick()
        return self.sent.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""), self.closed


def bytewise(data):
    return [data[index : index + 1] for index in range(len(data))]


@given(requests=st.lists(st.sampled_from(FORMS), min_size=1, max_size=5), cuts=st.lists(st.integers(0, 4000)))
@example(FORMS, [])
@example([FORMS[0]] * 5, [len(FORMS[0]) * 2 + 40])
def test_wherever_the_bytes_are_cut_the_replies_are_the_same(requests, cuts):
    """One byte at a time they all go through the parser."""
    data = b"".join(requests)
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    pieces = [data[start:end] for start, end in pairwise(places)]

    assert Peer().receive(pieces) == Peer().receive(bytewise(data))


@given(request=st.sampled_from(FORMS), place=st.integers(0, 200), put=st.binary(max_size=2), taken=st.integers(0, 2))
def test_whatever_a_head_is_changed_to_the_replies_are_the_same(request, place, put, taken):
    """Between two that are plain."""
    place %= len(request)
    data = FORMS[0] + request[:place] + put + request[place + taken :] + FORMS[0]

    assert Peer().receive([data]) == Peer().receive(bytewise(data))


def test_every_form_alone_is_answered_as_by_the_parser():
    """And of the forms only the first five or six are known: the others are the parser's."""
    for form in FORMS:
        assert Peer().receive([form + FORMS[0]]) == Peer().receive(bytewise(form + FORMS[0]))
    known = [heads.read(form[: form.find(heads.END, 2) + len(heads.END)]) is not None for form in FORMS]
    assert known == [index < 6 for index in range(len(FORMS))]


def test_heads_are_read_once(monkeypatch):
    """Then they are known."""
    heads.read.cache_clear()
    Peer().receive([FORMS[0] * 100])

    assert heads.read.cache_info()[:2] == (99, 1)


@pytest.mark.parametrize("padding", [heads.LONGEST, 70_000])
def test_long_heads_are_not_kept(padding):
    """Memory is not for the taking; the parser has a limit of its own."""
    heads.read.cache_clear()
    head = b"POST /invocations HTTP/1.1\r\nX: " + b"x" * padding + b"\r\nContent-Length: 0\r\n\r\n"
    status = Peer().receive([head])[0][9:12]

    assert heads.read.cache_info().currsize == 0
    assert status == (b"200" if padding == heads.LONGEST else b"431")


def test_the_headers_of_a_known_head_cannot_be_changed_by_a_model():
    """They are those of the next request too."""
    head = heads.read(PLAIN % 3)

    with pytest.raises(TypeError):
        head.headers["accept"] = "x"
    assert head.length == 3
