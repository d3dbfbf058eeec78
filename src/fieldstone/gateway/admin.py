"""Fieldstone's own addresses: is it ready, and, for tests, begin anew."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from fieldstone import __version__
from fieldstone.wire.http import Request, Response

Reset = Callable[[], Awaitable[None]]


class Admin:
    """Answers ``/_fieldstone/…``.

    Args:
        reset: Clears everything; None where that is not allowed.
    """

    def __init__(self, reset: Reset | None) -> None:
        self._reset = reset

    async def answer(self, request: Request) -> Response:
        """Answer one of Fieldstone's own requests."""
        match request.method, request.path:
            case (("GET" | "HEAD"), "/_fieldstone/health"):
                return _json(200, {"status": "ready", "version": __version__})
            case "POST", "/_fieldstone/reset" if self._reset is not None:
                await self._reset()
                return _json(200, {"status": "reset"})
            case "POST", "/_fieldstone/reset":
                return _json(403, {"message": "Reset is for tests: start the server with --testing to allow it."})
            case _:
                return _json(404, {"message": f"There is no {request.method} {request.path}."})


def _json(status: int, document: dict[str, Any]) -> Response:
    return Response(status, {"content-type": "application/json"}, msgspec.json.encode(document))
