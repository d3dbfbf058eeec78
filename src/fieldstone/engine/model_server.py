"""A model server as its clients see it: HTTP over a Unix socket, on connections that stay open.

Requests are pipelined: several may be on their way on one connection, and answers come in their order. So a server that
takes all that has come in one read sees a batch, and neither side waits for the other.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

import httptools

from fieldstone.core.prediction import ModelUnavailableError, ModelUnreachableError, Question, Reply

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
        headers = "".join(f"{name}: {value}\r\n" for name, value in question.headers.items())
        head = f"POST /invocations HTTP/1.1\r\nhost: model\r\n{headers}content-length: {len(question.body)}\r\n\r\n"
        return await self._send(head.encode("latin-1", "replace") + question.body)

    async def execution_parameters(self) -> Reply:
        """What the model says of how it wants to be asked in batch.

        Raises:
            ModelUnavailableError: The server was not there, or went before it answered.
        """
        return await self._send(_PARAMETERS)

    async def _send(self, request: bytes) -> Reply:
        connection = self._least_busy()
        if connection is None:
            connection = await self._connect()
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

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        async with _short_path(self._socket) as path:
            try:
                _, connection = await loop.create_unix_connection(_Connection, path)
            except OSError as error:
                raise ModelUnreachableError(f"the model server cannot be reached: {error.strerror}") from None
        self._connections.append(connection)
        return connection


class _Connection(asyncio.Protocol):
    """One connection; its answers come in the order of its requests."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport | None = None
        self._pending: deque[asyncio.Future[Reply]] = deque()
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

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever the reason, the answers will not come
        self.open = False
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
