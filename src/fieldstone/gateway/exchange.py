"""One request on its way to its response."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fieldstone.core.ids import request_id
from fieldstone.services.operation import Caller
from fieldstone.store.blobs import Blob
from fieldstone.store.objects.reading import Reading
from fieldstone.wire.http import Request, Response
from fieldstone.wire.operation import Operation
from fieldstone.wire.signatures.credentials import Seal

Read = Callable[[], Awaitable[bytes]]


@dataclass(slots=True)
class Exchange:
    """What the steps of ``app`` work on, each adding what the next ones need.

    Attributes:
        request: The request; its body is empty until it is gathered.
        read: Gives the next piece of the body, and nothing at its end.
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
    read: Read
    request_id: str = field(default_factory=request_id)
    gathered: bool = False
    operation: Operation | None = None
    caller: Caller | None = None
    payload_hash: str | None = None
    seal: Seal | None = None
    staged: Blob | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    answer: dict[str, Any] = field(default_factory=dict[str, Any])
    file: Reading | None = None
    response: Response | None = None


async def read_body(read: Read, most: int) -> bytes | None:
    """The whole body; None where it has more than ``most`` bytes.

    Raises:
        ClientGoneError: The client left.
    """
    body = await read()
    pieces: list[bytes] = []
    size = 0
    while body:
        size += len(body)
        if size > most:
            return None
        pieces.append(body)
        body = await read()
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
