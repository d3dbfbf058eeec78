"""The way to a program's port, and what a client learns when the program is not there any more."""

import asyncio
import json
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from tests.conftest import wait_until

from fieldstone.core.prediction import ModelLostError, ModelUnreachableError, ModelUnreadError, Question
from fieldstone.engine.model_server import ModelServer

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwell"


def listens(door):
    """Whether one can connect to a Unix socket."""
    with socket.socket(socket.AF_UNIX) as trial:
        return trial.connect_ex(str(door)) == 0


@contextmanager
def relay(folder, port):
    """A relay to a port; the socket that leads to it."""
    door = folder / "port"
    with subprocess.Popen([sys.executable, "-m", "fieldstone.engine.relay", json.dumps([str(door), port])]) as process:
        wait_until(lambda: listens(door))
        yield door
        process.kill()


def ask(door, port, serve=None):
    """Ask a program behind a relay, if there is any."""

    async def run():
        client = ModelServer(door.parent / "socket", door, pipelined=False)
        if serve is None:
            return await client.predict(Question(b"1", {}))
        async with await asyncio.start_server(serve, "127.0.0.1", port):
            return await client.predict(Question(b"1", {}))

    return asyncio.run(run())


@pytest.fixture
def reached(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with relay(tmp_path, port) as door:
        yield lambda serve=None: ask(door, port, serve)


def test_a_program_behind_a_relay_is_asked_and_answers(reached):
    """With nothing of the relay's own in the answer."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n1")
        writer.write(ANSWER)
        writer.close()

    assert reached(serve).body == b"well"


def test_a_question_to_a_program_that_is_gone_was_never_asked(reached):
    """Though the relay took the connection: it may be asked again."""
    with pytest.raises(ModelUnreachableError):
        reached()


def test_a_question_that_the_program_did_not_read_may_be_asked_again(reached):
    """It hangs up at once, as one does that ends before it accepts a connection."""

    async def serve(reader, writer):
        writer.transport.pause_reading()
        await asyncio.sleep(0.2)
        writer.transport.abort()

    with pytest.raises(ModelUnreadError):
        reached(serve)


def test_a_question_that_the_program_took_is_lost_with_it(reached):
    """It may have done something already."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n1")
        writer.close()

    with pytest.raises(ModelLostError) as lost:
        reached(serve)
    assert not isinstance(lost.value, ModelUnreadError)
