"""One connection that signed requests are sent on, and answers read from, one at a time."""

import http.client
import socket
from typing import Self

from servers import address_of


class Connection:
    """A connection to a server that stays open; use it in a with statement."""

    def __init__(self, url: str) -> None:
        self._socket = socket.create_connection(address_of(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> bytes:
        """Send a request; the body of the answer.

        Raises:
            RuntimeError: The answer is an error.
        """
        self._socket.sendall(request)
        with http.client.HTTPResponse(self._socket, method="POST") as response:
            response.begin()
            body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body.decode(errors='replace')}")
        return body
