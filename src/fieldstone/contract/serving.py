"""The serving half: a model behind /ping, /execution-parameters and /invocations."""

import asyncio
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import uvloop

from fieldstone.contract.batching import Batcher
from fieldstone.contract.connection import Connection, Site
from fieldstone.contract.messages import Invocation, Model, Reply
from fieldstone.contract.paths import Layout

__all__ = ["Invocation", "Model", "Reply", "serve"]

MAX_CONTENT_LENGTH = 6 * 1024 * 1024
"""Bytes of body that a request may have, unless the environment variable of this name says otherwise.

In a batch transform SAGEMAKER_MAX_PAYLOAD_IN_MB may allow more; 0 allows any number.
"""
BACKLOG = 4096
"""Clients that may wait to be accepted."""


def serve(load: Callable[[Layout], Model], layout: Layout | None = None, *, apart: bool = False) -> int:
    """Load the model and serve it until SIGTERM; give back the exit code, 1 when the model does not load.

    Listens on the Unix socket that FIELDSTONE_BIND_TO_SOCKET names, else on 127.0.0.1 at SAGEMAKER_BIND_TO_PORT (8080).
    Nothing listens before the model is loaded, so an answer to /ping means that predictions can be asked for. A model
    that may take its time is one to keep `apart`: it answers in a thread of its own, and /ping never waits for it.
    """
    try:
        model = load(layout or Layout.from_environment())
    except Exception as error:  # noqa: BLE001 - the program ends here, and says why
        traceback.print_exc()
        _say(f"Unable to load model: {error}")
        return 1
    # The name stays as it was given: relative to the working directory it may be short enough for a socket's address.
    name = os.environ.get("FIELDSTONE_BIND_TO_SOCKET")
    with _bind_to_socket(Path(name)) if name else _bind_to_port() as listener:
        uvloop.run(_serve(model, listener, apart=apart))
    if name:
        Path(name).unlink(missing_ok=True)
    return 0


def _bind_to_port() -> socket.socket:
    return socket.create_server(("127.0.0.1", int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))))


def _bind_to_socket(path: Path) -> socket.socket:
    if path.is_socket():
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    return listener


async def _serve(model: Model, listener: socket.socket, *, apart: bool) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    limit = int(os.environ.get("MAX_CONTENT_LENGTH", MAX_CONTENT_LENGTH))
    batcher = Batcher(model, loop, large=-1) if apart else Batcher(model, loop, workers=_workers())
    site = Site(_pages(limit), batcher, _in_batch(limit))
    start = loop.create_unix_server if listener.family is socket.AF_UNIX else loop.create_server
    server = await start(lambda: Connection(site), sock=listener, backlog=BACKLOG)
    _say(f"Serving on {listener.getsockname()}")
    await stopped.wait()
    server.close()
    await site.batcher.drain()


def _in_batch(limit: int) -> int:
    """The bytes that a body may have, where a batch transform may allow more."""
    megabytes = os.environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB")
    if megabytes is None:
        return limit
    return max(limit, int(megabytes) << 20 or sys.maxsize)


def _workers() -> int:
    """How many large requests are answered at a time: in a batch transform one a core, else one."""
    return int(os.environ.get("OMP_NUM_THREADS", "1")) if os.environ.get("SAGEMAKER_BATCH") else 1


def _pages(limit: int) -> dict[bytes, Reply]:
    parameters = {
        "MaxConcurrentTransforms": os.cpu_count() or 1,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": limit >> 20,
    }
    return {
        b"/ping": Reply(b""),
        b"/execution-parameters": Reply(json.dumps(parameters).encode(), "application/json"),
    }


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the program's log is its standard output
