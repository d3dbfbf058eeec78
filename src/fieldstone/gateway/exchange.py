"""One request on its way to its response."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fieldstone.core.ids import request_id
from fieldstone.services.operation import Caller
from fieldstone.store.blobs import Blob
from fieldstone.wire.http import Request, Response
from fieldstone.wire.operation import Operation
from fieldstone.wire.signatures.credentials import Seal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Readable(Protocol):
    """Bytes to send, on disk."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        ...

    def close(self) -> None:
        """Let go of them."""
        ...


class ClientGoneError(Exception):
    """The client closed the connection before its request was whole; nobody waits for an answer."""


class Leave:
    """Reads the body of a client that waits for leave to send it (``Expect: 100-continue``): reading gives the leave.

    Attributes:
        given: Whether it was.
    """

    def __init__(self, receive: Receive) -> None:
        self.given = False
        self._receive = receive

    async def __call__(self) -> Message:
        """Give leave, and wait for the next piece."""
        self.given = True
        return await self._receive()


@dataclass(slots=True)
class Exchange:
    """What the steps of ``app`` work on, each adding what the next ones need.

    Attributes:
        request: The request; its body is empty until it is gathered.
        receive: Gives the next piece of the body.
        request_id: In the answer's headers, and in the server's log of failures.
        gathered: Whether the body was read.
        operation: What is asked for.
        caller: Who asks.
        payload_hash: The SHA-256 that the signature says the body has; None where it says nothing.
        seal: What the chunks of the body are signed with, where they are.
        staged: The body of an upload, on disk; discarded unless the operation keeps it.
        params: The operation's input.
        answer: The operation's output.
        file: The bytes to send, for an answer that is a part of a blob.
        response: The response.
    """

    request: Request
    receive: Receive
    request_id: str = field(default_factory=request_id)
    gathered: bool = False
    operation: Operation | None = None
    caller: Caller | None = None
    payload_hash: str | None = None
    seal: Seal | None = None
    staged: Blob | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    answer: dict[str, Any] = field(default_factory=dict[str, Any])
    file: Readable | None = None
    response: Response | None = None


def read_request(scope: Message) -> Request:
    """The request line and headers of an ASGI scope."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return Request(scope["method"], path.decode("latin-1"), query.decode("latin-1"), headers, b"")


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The whole body; None where it has more than ``most`` bytes.

    Raises:
        ClientGoneError: The client left.
    """
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        return body if len(body) <= most else None
    pieces: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            return None
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()
