"""The composition root: every part made, plugged together, started and stopped."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, Final

import uvicorn

from fieldstone.control.alarms import alarms, rolling
from fieldstone.control.endpoints import EndpointController
from fieldstone.control.facilities import Facilities
from fieldstone.control.fleet import Fleet
from fieldstone.control.forgetting import forgetting
from fieldstone.control.invocation_metrics import Tallies, invocation_metrics
from fieldstone.control.loop import Loop
from fieldstone.control.processing import ProcessingController
from fieldstone.control.programs import images
from fieldstone.control.retention import retention
from fieldstone.control.storage.lifecycle import lifecycle
from fieldstone.control.storage.orphans import collect_orphans
from fieldstone.control.sweeping import sweep
from fieldstone.control.training import TrainingController
from fieldstone.control.transform.controller import TransformController
from fieldstone.control.upkeep import Upkeep
from fieldstone.core.prediction import Routes
from fieldstone.core.settings import DataDir, Settings
from fieldstone.engine.capacity import Cores
from fieldstone.engine.local import LocalEngine
from fieldstone.gateway.app import App, make_app
from fieldstone.gateway.patience import PatientProtocol
from fieldstone.services.catalog import SERVICES
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Registry
from fieldstone.store.store import Store

_BACKLOG: Final = 2048


class StartError(Exception):
    """The server cannot start; its text says why and what to do."""


async def serve(settings: Settings, ready: Callable[[Settings], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: With port 0, a free one is chosen.
        ready: Called once requests are answered, with the settings as they turned out.

    Raises:
        StartError: The data folder or the address is in use, or would be open to others without signatures.
    """
    data_dir = DataDir(settings.data_dir)
    data_dir.create()
    _refuse_open_door(settings)
    with data_dir.server.open("a+") as lock:
        _lock(lock, settings)
        with _listen(settings) as listening:
            settings = replace(settings, port=listening.getsockname()[1])
            _announce(lock, settings)
            await _serve(settings, data_dir, listening, ready)
        lock.truncate(0)


_CHORES = (retention, alarms, rolling, forgetting, lifecycle)
"""What is done now and then, whoever asks."""


async def _serve(
    settings: Settings, data_dir: DataDir, listening: socket.socket, ready: Callable[[Settings], None]
) -> None:
    store = Store(data_dir)
    dispatch = Dispatch(store, Registry(SERVICES, store.logs, images(data_dir.programs)), time.time)
    facilities = _facilities(settings, data_dir, dispatch)
    routes: Routes = {}
    tallies: Tallies = {}
    fleet = Fleet(facilities)
    controllers = (
        TrainingController(facilities),
        ProcessingController(facilities),
        TransformController(facilities),
        EndpointController(facilities, fleet, routes, tallies),
    )
    loop = Loop(store, controllers)
    upkeep = Upkeep(store, [*(chore(facilities) for chore in _CHORES), invocation_metrics(facilities, tallies)])

    async def reset() -> None:
        await loop.close()
        await fleet.close()
        routes.clear()
        await facilities.engine.remove_all()
        await store.write(lambda tx: tx.clear())
        store.logs.clear()

    app = make_app(settings, dispatch, routes, time.time, reset if settings.testing else None)
    await sweep(facilities)
    loop.start()
    upkeep.start()
    orphans = asyncio.create_task(collect_orphans(store))
    try:
        await _Server(_config(app), lambda: ready(settings)).serve(sockets=[listening])
    finally:
        orphans.cancel()
        await upkeep.close()
        await loop.close()
        await fleet.close()
        store.close()


def _facilities(settings: Settings, data_dir: DataDir, dispatch: Dispatch) -> Facilities:
    engine = LocalEngine(data_dir.tasks, data_dir.root)
    return Facilities(dispatch, engine, Cores(), settings.url, data_dir.programs, data_dir.cache)


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )


class _Server(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start answering."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End in good order on SIGINT and SIGTERM; uvicorn's own way ends the process before we can clear up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def _refuse_open_door(settings: Settings) -> None:
    if settings.auth == "off" and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        raise StartError(
            f"--auth off is for this machine alone, and {settings.host} is open to others. "
            "Leave --auth off away, or use --host 127.0.0.1."
        )


def _lock(file: IO[str], settings: Settings) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(
            f"A server runs already on {settings.data_dir}. `fieldstone status` tells its address, "
            "`fieldstone down` ends it, --data-dir names another folder."
        ) from None


def _announce(file: IO[str], settings: Settings) -> None:
    file.truncate(0)
    json.dump({"pid": os.getpid(), "url": settings.url}, file)
    file.flush()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise StartError(
            f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}. "
            "Use --port for another port (0 for any free one)."
        ) from None
    listening.listen(_BACKLOG)
    return listening
