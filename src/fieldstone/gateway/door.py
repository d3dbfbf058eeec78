"""The listening socket, and the connections that came by it."""

import asyncio
import socket
from typing import Final

from fieldstone.gateway.connection import Connection, Converse

_GRACE_SECONDS: Final = 3.0
PATIENCE_SECONDS: Final = 30.0
_BACKLOG: Final = 2048


class Door:
    """Takes connections and has their requests answered.

    Args:
        converse: Answers a request.
        patience: Seconds until a connection is looked at again; what is the same for so long is given up.
    """

    def __init__(self, converse: Converse, patience: float = PATIENCE_SECONDS) -> None:
        self._converse = converse
        self._patience = patience
        self._connections: set[Connection] = set()
        self._servers: list[asyncio.Server] = []

    async def open(self, listening: socket.socket) -> None:
        """Begin to take connections from a socket that is bound."""
        loop = asyncio.get_running_loop()
        start = loop.create_unix_server if listening.family is socket.AF_UNIX else loop.create_server
        server = await start(
            lambda: Connection(self._converse, self._connections, self._patience), sock=listening, backlog=_BACKLOG
        )
        self._servers.append(server)

    async def close(self) -> None:
        """Take no more, let what was asked be answered, and give up after a few seconds what is not."""
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.retire()
        closing = [connection.closed for connection in self._connections]
        if closing:
            await asyncio.wait(closing, timeout=_GRACE_SECONDS)
        for connection in list(self._connections):
            connection.cut()
        await asyncio.sleep(0)  # for what was cut to end
