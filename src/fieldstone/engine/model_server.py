"""A model server as its clients see it: HTTP over a Unix socket, on connections that stay open.

Requests are pipelined: several may be on their way on one connection, and answers come in their order. So a server that
takes all that has come in one read sees a batch, and neither side waits for the other.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

import httptools

from fieldstone.core.prediction import ModelUnavailableError, ModelUnreachableError, Question, Reply
from fieldstone.core.threads import in_thread

_CONNECTIONS: Final = 4
_PING: Final = b"GET /ping HTTP/1.1\r\nhost: model\r\n\r\n"
_PARAMETERS: Final = b"GET /execution-parameters HTTP/1.1\r\nhost: model\r\n\r\n"


class ModelServer:
    """Speaks to the server that listens on one Unix socket.

    Args:
        socket: The path of the socket; it may be longer than the system allows for sockets.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._connections: list[_Connection] = []

    async def predict(self, question: Question) -> Reply:
        """Post the question to ``/invocations``.

        Raises:
            ModelUnavailableError: The server was not there, or went before it answered.
        """
        return await self._send(_head(question.headers, f"content-length: {len(question.body)}") + question.body)

    async def predict_in_chunks(self, headers: Mapping[str, str], chunks: Iterator[bytes]) -> Reply:
        """Post a body of any size to ``/invocations``, on a connection of its own, as fast as the server takes it.

        Args:
            headers: What the container is told.
            chunks: The body in pieces, none of them empty; each is got in a thread.

        Raises:
            ModelUnavailableError: The server was not there, or went before it answered.
        """
        connection = await _connect(self._socket)
        answer = connection.send(_head(headers, "transfer-encoding: chunked"))
        try:
            while not answer.done() and (chunk := await in_thread(next, chunks, None)) is not None:
                await connection.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await connection.write(b"0\r\n\r\n")
            return await answer
        finally:
            connection.close()

    async def execution_parameters(self) -> Reply:
        """What the model says of how it wants to be asked in batch.

        Raises:
            ModelUnavailableError: The server was not there, or went before it answered.
        """
        return await self._send(_PARAMETERS)

    async def _send(self, request: bytes) -> Reply:
        connection = self._least_busy()
        if connection is None:
            connection = await _connect(self._socket)
            self._connections.append(connection)
        return await connection.send(request)

    async def ping(self) -> bool:
        """Whether the server says that it is well."""
        try:
            return (await self._send(_PING)).status == 200
        except ModelUnavailableError:
            return False

    def close(self) -> None:
        """Close every connection; who still waits for an answer gets ModelUnavailableError."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _least_busy(self) -> "_Connection | None":
        self._connections = [connection for connection in self._connections if connection.open]
        best = min(self._connections, key=_Connection.waiting, default=None)
        if best is None or (best.waiting() and len(self._connections) < _CONNECTIONS):
            return None
        return best


class _Connection(asyncio.Protocol):
    """One connection; its answers come in the order of its requests."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport | None = None
        self._pending: deque[asyncio.Future[Reply]] = deque()
        self._writable = asyncio.Event()
        self._writable.set()
        self._begin()

    def waiting(self) -> int:
        """How many answers are still to come."""
        return len(self._pending)

    def send(self, request: bytes) -> "asyncio.Future[Reply]":
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self._transport is None or not self.open:
            answer.set_exception(ModelUnavailableError("the model server closed the connection"))
        else:
            self._pending.append(answer)
            self._transport.write(request)
        return answer

    async def write(self, data: bytes) -> None:
        """Send more of a request, once the server has taken what was sent before; nothing on a closed connection."""
        await self._writable.wait()
        if self._transport is not None and self.open:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever the reason, the answers will not come
        self.open = False
        self._writable.set()
        for answer in self._pending:
            if not answer.done():
                answer.set_exception(ModelUnavailableError("the model server closed the connection"))
        self._pending.clear()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_message_begin(self) -> None:
        self._headers, self._body = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._pending:
            answer = self._pending.popleft()
            if not answer.done():
                answer.set_result(Reply(self._parser.get_status_code(), self._headers, b"".join(self._body)))


def _head(headers: Mapping[str, str], framing: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /invocations HTTP/1.1\r\nhost: model\r\n{lines}{framing}\r\n\r\n".encode("latin-1", "replace")


async def _connect(socket: Path) -> _Connection:
    loop = asyncio.get_running_loop()
    async with _short_path(socket) as path:
        try:
            _, connection = await loop.create_unix_connection(_Connection, path)
        except OSError as error:
            raise ModelUnreachableError(f"the model server cannot be reached: {error.strerror}") from None
    return connection


@asynccontextmanager
async def _short_path(socket: Path) -> AsyncGenerator[str, None]:
    """The socket's path by way of its open folder: a socket's path may have 107 letters, a data folder more."""
    try:
        folder = os.open(socket.parent, os.O_PATH | os.O_DIRECTORY)
    except OSError:
        raise ModelUnreachableError("the model server's folder is gone") from None
    try:
        yield f"/proc/self/fd/{folder}/{socket.name}"
    finally:
        os.close(folder)
