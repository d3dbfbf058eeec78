"""What a model server's client writes and reads: against a real socket, whose other end says what the test wants."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldstone.core.prediction import ModelLostError, ModelTooTalkativeError, ModelUnreadError, Question, Reply
from fieldstone.engine.heads import read_head
from fieldstone.engine.model_server import ModelServer

USUAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
UNUSUAL = [
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%b",
    b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 3000 + b"\r\nContent-Length: %d\r\n\r\n%b",
]
ANSWERS = st.lists(st.tuples(st.sampled_from([USUAL, *UNUSUAL]), st.binary(max_size=40)), min_size=1, max_size=6)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(folder: Path, serve: Serve, **limits):
    """A client of a server of the test's own."""

    async def closing(reader, writer):
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    path = folder / "socket"
    path.unlink(missing_ok=True)
    async with await asyncio.start_unix_server(closing, path):
        client = ModelServer(path, pipelined=True, **limits)
        try:
            yield client
        finally:
            client.close()


def question(body=b"1"):
    return Question(body, {"content-type": "text/csv"})


async def take(reader, count):
    """Read so many requests; what came in each read."""
    reads, data = [], b""
    while len(re.findall(rb"POST /invocations", data)) < count:
        reads.append(await reader.read(1 << 20))
        data += reads[-1]
    return reads


def ask(folder, serve, bodies, **limits):
    """Ask several questions at once; an answer, or what went wrong, for each."""

    async def run():
        async with serving(folder, serve, **limits) as client:
            return await asyncio.gather(*(client.predict(question(body)) for body in bodies), return_exceptions=True)

    return asyncio.run(run())


def test_what_is_asked_in_one_turn_of_the_loop_is_sent_in_one_write(tmp_path):
    """So that the model sees a batch."""
    seen = []

    async def serve(reader, writer):
        for count in (1, 8):
            seen.append(len(await take(reader, count)))
            writer.write(USUAL % (1, b"a") * count)

    async def run():
        async with serving(tmp_path, serve) as client:
            await client.predict(question())  # now it is connected
            return await asyncio.gather(*(client.predict(question()) for _ in range(8)))

    assert [reply.body for reply in asyncio.run(run())] == [b"a"] * 8
    assert seen == [1, 1]


@given(answers=ANSWERS, cuts=st.sets(st.integers(1, 4000), max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_answers_are_the_same_however_they_are_framed_and_wherever_they_are_cut(tmp_path, answers, cuts):
    """Usual heads are read by themselves, others by the parser, in any order on one connection."""
    wire = b"".join(form % (len(body), body) for form, body in answers if body or b"chunked" not in form)
    bodies = [body for form, body in answers if body or b"chunked" not in form]

    async def serve(reader, writer):
        await take(reader, len(bodies))
        edges = [0, *sorted(cut for cut in cuts if cut < len(wire)), len(wire)]
        for start, end in pairwise(edges):
            writer.write(wire[start:end])
            await writer.drain()
            await asyncio.sleep(0.001)

    assert [reply.body for reply in ask(tmp_path, serve, [b"1"] * len(bodies))] == bodies


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: \u00b2\r\n\r\n".encode("latin-1"),
    ],
)
def test_a_head_that_is_not_as_usual_is_left_to_the_parser(head):
    """Whatever bears on where the answer ends."""
    assert read_head(head) is None


def test_an_answer_larger_than_may_be_fails_alone(tmp_path):
    """Its neighbours on the connection are answered."""

    async def serve(reader, writer):
        await take(reader, 3)
        for size in (3, 30, 5):
            writer.write(USUAL % (size, b"x" * size))

    first, second, third = ask(tmp_path, serve, [b"1"] * 3, most=10)
    assert isinstance(first, Reply)
    assert isinstance(second, ModelTooTalkativeError)
    assert isinstance(third, Reply)
    assert (first.body, third.body) == (b"xxx", b"xxxxx")


def test_questions_on_a_connection_that_breaks_are_lost_and_the_next_one_is_answered(tmp_path):
    """On a new connection."""

    async def serve(reader, writer):
        if await take(reader, 1) and not broken:
            broken.append(True)
            writer.write(USUAL % (9, b"half"))
        else:
            writer.write(USUAL % (1, b"a"))

    broken = []

    async def run():
        async with serving(tmp_path, serve) as client:
            lost = await asyncio.gather(*(client.predict(question()) for _ in range(3)), return_exceptions=True)
            return lost, await client.predict(question())

    lost, found = asyncio.run(run())
    assert [type(failure) for failure in lost] == [ModelLostError] * 3
    assert found.body == b"a"


def test_a_question_to_a_program_that_ends_before_it_accepts_was_not_read(tmp_path):
    """Though there was a connection: the kernel made it."""

    async def run():
        with socket.socket(socket.AF_UNIX) as ending:
            ending.bind(str(tmp_path / "socket"))
            ending.listen()
            asked = asyncio.ensure_future(ModelServer(tmp_path / "socket", pipelined=False).predict(question()))
            await asyncio.sleep(0.1)
        return await asked

    with pytest.raises(ModelUnreadError):
        asyncio.run(run())
