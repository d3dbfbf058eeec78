"""A server that checks signatures, and the gateway in this process, with a clock and routes of the test's own."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from tests.conftest import Server, kill_tasks, start_server

from fieldstone.core.prediction import Routes
from fieldstone.core.settings import DataDir, Settings
from fieldstone.gateway.app import make_app
from fieldstone.gateway.door import PATIENCE_SECONDS, Door
from fieldstone.services.catalog import SERVICES
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Registry
from fieldstone.store.store import Store

ACCOUNT = "123456789012"


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(url: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """Send a request as it stands."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read())
    connection.close()
    return answer


def signing_client(url: str, service: str, key: dict[str, str], region: str = "us-east-1", **config: Any) -> Any:
    """A boto3 client that signs with a key: the owner's file, or a session's credentials."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
        config=Config(**{"retries": {"max_attempts": 0}, "parameter_validation": False} | config),
    )


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that checks every signature."""
    data_dir = tmp_path_factory.mktemp("strict") / "data"
    running = start_server(data_dir)
    yield running
    running.stop()
    kill_tasks(data_dir)


@pytest.fixture(scope="session")
def owner(strict: Server) -> dict[str, str]:
    """The key that was made at the strict server's first start."""
    return json.loads(DataDir(strict.data_dir).owner_key.read_text())


class Gateway:
    """The app on a socket of its own, over a real store.

    Attributes:
        ahead: Seconds by which its clock is ahead of the time.
        routes: The routing table of its predictions.
        services: What it serves; may be changed before the start.
        patience: How long it waits for a client to come to the point; may be changed before the start.
    """

    def __init__(self, root: Path) -> None:
        self.data_dir = DataDir(root)
        self.data_dir.create()
        self.ahead = 0.0
        self.routes: Routes = {}
        self.services = dict(SERVICES)
        self.patience = PATIENCE_SECONDS
        self.url = ""
        self.store: Store
        self._loop: asyncio.AbstractEventLoop
        self._told: asyncio.Event
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._auth = "strict"

    def start(self, auth: str = "strict") -> "Gateway":
        self._auth = auth
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._listening = listening
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def now(self) -> float:
        return time.time() + self.ahead

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the gateway's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    @property
    def owner(self) -> dict[str, str]:
        return json.loads(self.data_dir.owner_key.read_text())

    def client(self, service: str, key: dict[str, str] | None = None, **config: Any) -> Any:
        return signing_client(self.url, service, key or self.owner, **config)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._told.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.store = Store(self.data_dir)
        dispatch = Dispatch(self.store, Registry(self.services, self.store.logs), self.now)
        settings = Settings(self.data_dir.root, auth=self._auth)
        app = make_app(settings, dispatch, self.routes, self.now, None)
        door, self._told = Door(app.converse, self.patience), asyncio.Event()
        await door.open(self._listening)
        self._ready.set()
        await self._told.wait()
        await door.close()
        self.store.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that checks signatures, for all tests of a module."""
    gateway = Gateway(tmp_path_factory.mktemp("gateway") / "data").start()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(running: Gateway) -> Iterator[Gateway]:
    """A gateway that checks signatures, its clock right and its routes empty."""
    yield running
    running.ahead = 0.0
    running.routes.clear()


@pytest.fixture(scope="module")
def open_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that checks no signatures, for all tests of a module."""
    gateway = Gateway(tmp_path_factory.mktemp("gateway") / "data").start("off")
    yield gateway
    gateway.stop()


Log = Callable[[], list[str]]


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Log:
    """What gateways in this process have logged as errors, tracebacks above all."""
    return lambda: [
        f"{record.message} {record.exc_text or ''}"
        for record in caplog.records
        if record.levelname in {"ERROR", "CRITICAL"}
    ]
