"""A model server as its clients see it: HTTP over a Unix socket, its own or one that leads to its port.

Built-in programs get requests pipelined, on one connection that stays open: several may be on their way, and answers
come in their order. What came to us in one turn of the event loop is sent in one write, so a server that takes all that
has come in one read sees a batch, and neither side waits for the other. A large request would hold up those behind it,
and goes on a connection of its own.

Of any other program nobody knows how it takes connections: it may answer one at a time, or let one slow answer hold up
all behind it on its connection. So each of its requests has a connection of its own, which ends with the answer.
"""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fieldstone.core.prediction import ModelUnavailableError, ModelUnreachableError, Question, Reply
from fieldstone.core.sockets import short_path
from fieldstone.core.threads import in_thread
from fieldstone.engine.model_connection import Connection

LARGEST_ANSWER: Final = 25 << 20
"""Bytes that the answer to a question may have."""
SECONDS: Final = 60.0
"""How long a question may take."""
STREAM_SECONDS: Final = 480.0
"""How long one may take whose answer comes in pieces, to the last."""
LONGEST_SECONDS: Final = 3600.0
"""How long one may take that may take any time, as AWS has it of asynchronous ones."""
_LARGE: Final = 64 << 10


class ModelServer:
    """Speaks to the server that listens on one of some Unix sockets.

    Args:
        socket: The path of its own; taken if it is there.
        port: That of the one which leads to its port, if there is one.
        pipelined: Whether it takes several requests on one connection: a built-in program.
        seconds: How long it may take to answer; None for any time.
        most: Bytes that an answer may have; None for any number.
    """

    def __init__(
        self,
        socket: Path,
        port: Path | None = None,
        *,
        pipelined: bool,
        seconds: float | None = SECONDS,
        most: int | None = LARGEST_ANSWER,
    ) -> None:
        self._doors = ((socket, False), *(() if port is None else ((port, True),)))
        self._pipelined = pipelined
        self._seconds = seconds
        self._most = most
        self._shared: Connection | None = None
        self._connecting = asyncio.Lock()
        self._single: dict[Connection, float] = {}

    @property
    def occupied(self) -> float:
        """How many seconds the questions that it works on may take, the longest of them."""
        shared = self._shared is not None and self._shared.waiting()
        usual = (self._seconds or LONGEST_SECONDS) if shared else 0
        return max(self._single.values(), default=usual)

    async def predict(self, question: Question) -> Reply:
        """Post the question to ``/invocations``.

        Raises:
            ModelUnavailableError: The server was not there, or gave no whole answer.
        """
        length = len(question.body)
        if not self._pipelined or question.streams or question.unlimited or length > _LARGE:
            return await self._ask_alone(question)
        connection = self._shared
        if connection is None or not connection.open:
            connection = await self._share()
        return await connection.send(
            _head(question.headers, f"content-length: {length}") + question.body, self._seconds
        )

    async def predict_in_chunks(self, headers: Mapping[str, str], chunks: Iterator[bytes]) -> Reply:
        """Post a body of any size to ``/invocations``, on a connection of its own, as fast as the server takes it.

        Args:
            headers: What the container is told.
            chunks: The body in pieces, none of them empty; each is got in a thread.

        Raises:
            ModelUnavailableError: The server was not there, or went before it answered.
        """
        connection = await self._connect(self._most)
        answer = connection.send(_head(headers, "transfer-encoding: chunked"), self._seconds)
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
        return await self._get("/execution-parameters")

    async def ping(self) -> bool:
        """Whether the server says that it is well."""
        try:
            return (await self._get("/ping")).status == 200
        except ModelUnavailableError:
            return False

    def close(self) -> None:
        """Close every connection; who still waits for an answer gets ModelUnavailableError."""
        for connection in self._single:
            connection.close()
        if self._shared is not None:
            self._shared.close()

    async def _get(self, path: str) -> Reply:
        connection = await self._connect(self._most)
        try:
            return await connection.send(
                f"GET {path} HTTP/1.1\r\nhost: model\r\nconnection: close\r\n\r\n".encode(), None
            )
        finally:
            connection.close()

    async def _ask_alone(self, question: Question) -> Reply:
        request = _head(question.headers, f"content-length: {len(question.body)}\r\nconnection: close") + question.body
        seconds = None if question.unlimited else STREAM_SECONDS if question.streams else self._seconds
        connection = await self._connect(None if question.unlimited else self._most)
        self._single[connection] = seconds or LONGEST_SECONDS
        try:
            reply = await connection.send(request, seconds, streams=question.streams)
        except BaseException:
            self._end(connection)
            raise
        reply.after(lambda: self._end(connection))
        return reply

    def _end(self, connection: Connection) -> None:
        self._single.pop(connection, None)
        connection.close()

    async def _share(self) -> Connection:
        """The connection that all small requests share; a new one if there is none."""
        async with self._connecting:
            if self._shared is None or not self._shared.open:
                self._shared = await self._connect(self._most)
            return self._shared

    async def _connect(self, most: int | None) -> Connection:
        loop = asyncio.get_running_loop()
        trouble = "it has no socket"
        for socket, relayed in self._doors:
            connection = Connection(most, relayed=relayed)
            try:
                with short_path(socket) as path:
                    await loop.create_unix_connection(lambda made=connection: made, path)
            except FileNotFoundError:
                continue
            except OSError as error:  # nobody listens, or too many are waiting
                trouble = error.strerror
                break
            return connection
        raise ModelUnreachableError(f"the model server cannot be reached: {trouble}")


def _head(headers: Mapping[str, str], framing: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /invocations HTTP/1.1\r\nhost: model\r\n{lines}{framing}\r\n\r\n".encode("latin-1", "replace")
