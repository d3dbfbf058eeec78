"""The bare HTTP server: uvicorn with uvloop and httptools, and an app that does nothing."""

import socket
from typing import Any

import uvicorn

_HEADERS = [(b"content-type", b"text/csv; charset=utf-8"), (b"content-length", b"2")]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and answer ``ok``."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b"ok"})


def main() -> None:
    """Say the address, then serve until SIGTERM."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        answer,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
