"""The way to and from a program in a network of its own: ``python -m fieldstone.engine.relay …``.

It lives in the program's network. Who connects to the task's Unix socket reaches the port that the program serves on,
and hears one byte first, ``TAKEN``, once there is a connection: who hears nothing knows that nothing of what it sent
has arrived. One that is reset before the program says anything ends in ``UNREAD``. Where the program connects to a
certain port of its loopback, it reaches the Unix socket that is named, this server's.
"""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from fieldstone.core import namespaces
from fieldstone.core.sockets import listen_at, short_path
from fieldstone.engine.task import Task, TaskFolder

TAKEN: Final = b"\x06"
UNREAD: Final = b"\x15"
_CHUNK: Final = 1 << 16
_BACKLOG: Final = 2048

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def relaying(task: Task, folder: TaskFolder) -> Generator[None]:
    """Have what a task's program serves on a port be reached while it runs. This process is in its network."""
    if task.port is None:
        yield
        return
    said = json.dumps([str(folder.port), task.port, *(task.outward or ())])
    command = [sys.executable, "-P", "-m", "fieldstone.engine.relay", said]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True) as relay:
        try:
            yield
        finally:
            relay.kill()


def main() -> None:
    """Pass on what comes, until the supervisor or the program's namespace ends."""
    namespaces.control(namespaces.DIE_WITH_PARENT, signal.SIGKILL)
    asyncio.run(_serve(*json.loads(sys.argv[1])))


async def _serve(door: str, port: int, outer_port: int | None = None, outer: str = "") -> None:
    to_program = partial(_join, partial(asyncio.open_connection, "127.0.0.1", port), TAKEN, UNREAD)
    servers = [await asyncio.start_unix_server(to_program, sock=listen_at(Path(door)), backlog=_BACKLOG)]
    if outer_port is not None:
        listener = socket.create_server(("127.0.0.1", outer_port), backlog=_BACKLOG)
        to_server = partial(_join, partial(_connect, Path(outer)), b"", b"")
        servers.append(await asyncio.start_server(to_server, sock=listener))
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _connect(path: Path) -> Ends:
    with short_path(path) as address:
        return await asyncio.open_unix_connection(address)


async def _join(
    connect: Callable[[], Awaitable[Ends]],
    greeting: bytes,
    regret: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Say the greeting, and pass on in both directions until either side hangs up; the regret if nothing was said."""
    try:
        other_reader, other_writer = await connect()
    except OSError:
        writer.close()
        return
    writer.write(greeting)
    asking = asyncio.ensure_future(_copy(reader, other_writer))
    answering = asyncio.ensure_future(_answer(other_reader, writer, regret))
    try:
        await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
        if other_reader.exception() is not None:  # which the one that asks may learn first
            await answering
    finally:
        asking.cancel()
        answering.cancel()
        writer.close()
        other_writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, regret: bytes) -> None:
    try:
        writer.write(await reader.read(_CHUNK))
    except OSError:
        writer.write(regret)
    else:
        await _copy(reader, writer)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


if __name__ == "__main__":
    main()
