"""The composition root: every part made, plugged together, started and stopped."""

import asyncio
import fcntl
import gc
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import IO

from fieldstone.control.alarms import alarms, rolling
from fieldstone.control.endpoints.asynchronous import AsyncController
from fieldstone.control.endpoints.components import ComponentController
from fieldstone.control.endpoints.controller import EndpointController
from fieldstone.control.endpoints.journals import Journals
from fieldstone.control.endpoints.lines import Lines, async_metrics
from fieldstone.control.facilities import Facilities
from fieldstone.control.forgetting import forgetting
from fieldstone.control.instance_metrics import instance_metrics
from fieldstone.control.invocation_metrics import Tallies, invocation_metrics
from fieldstone.control.loop import Loop
from fieldstone.control.measuring import measuring
from fieldstone.control.notifications import DeliveryController
from fieldstone.control.processing import ProcessingController
from fieldstone.control.programs import images
from fieldstone.control.retention import retention
from fieldstone.control.scaling import scaling
from fieldstone.control.storage.lifecycle import lifecycle
from fieldstone.control.storage.orphans import collect_orphans
from fieldstone.control.sweeping import forget_keys, remove_strays
from fieldstone.control.training import TrainingController
from fieldstone.control.transform.controller import TransformController
from fieldstone.control.upkeep import Chore, Upkeep
from fieldstone.core.digests import warm_up
from fieldstone.core.prediction import Routes
from fieldstone.core.settings import DataDir, Settings
from fieldstone.core.sockets import listen_at
from fieldstone.engine.capacity import Cores
from fieldstone.engine.local import LocalEngine
from fieldstone.gateway.app import App, make_app
from fieldstone.gateway.door import Door
from fieldstone.services.catalog import SERVICES
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Registry
from fieldstone.store.store import Store


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
        with _listen(settings) as listening, listen_at(data_dir.socket) as inner:
            settings = replace(settings, port=listening.getsockname()[1])
            _announce(lock, settings)
            await _serve(settings, data_dir, (listening, inner), ready)
        lock.truncate(0)


_CHORES = (retention, alarms, rolling, forgetting, lifecycle, measuring, instance_metrics, scaling)
"""What is done now and then, whoever asks."""


async def _serve(
    settings: Settings, data_dir: DataDir, listening: Sequence[socket.socket], ready: Callable[[Settings], None]
) -> None:
    store = Store(data_dir)
    dispatch = Dispatch(store, Registry(SERVICES, store.logs, images(data_dir.programs), settings.url), time.time)
    facilities = _facilities(settings, data_dir, dispatch)
    routes: Routes = {}
    tallies: Tallies = {}
    journals = Journals(facilities, data_dir.captures)
    serving = (
        EndpointController(facilities, routes, tallies, lines := Lines(), journals),
        ComponentController(facilities, routes, tallies),
    )
    controllers = (
        TrainingController(facilities),
        ProcessingController(facilities),
        TransformController(facilities),
        *serving,
        AsyncController(facilities, lines),
        DeliveryController(facilities),
    )
    loop = Loop(store, controllers)
    upkeep = Upkeep(store, [*_chores(facilities, tallies, lines), journals.chore])

    async def reset() -> None:
        await loop.close()
        await _end(serving)
        routes.clear()
        await _clear(facilities, journals)

    app = make_app(settings, dispatch, routes, time.time, reset if settings.testing else None)
    strays = await _resume(facilities, serving)
    loop.start()
    upkeep.start()
    clearing = asyncio.create_task(_clear_away(facilities, strays))
    try:
        await _answer(app, listening, lambda: ready(settings))
    finally:
        clearing.cancel()
        await upkeep.close()
        await loop.close()
        await _end(serving)
        _close(facilities, store)


async def _clear(facilities: Facilities, journals: Journals) -> None:
    store = facilities.dispatch.store
    await facilities.engine.remove_all()
    await store.write(lambda tx: tx.clear())
    store.logs.clear()
    journals.clear()


_Serving = tuple[EndpointController, ComponentController]
"""Who answers predictions."""


async def _resume(facilities: Facilities, serving: _Serving) -> list[str]:
    """Have endpoints asked again from the first request on; which tasks nobody comes back to."""
    for controller in serving:
        await controller.restore()
    return await forget_keys(facilities)


async def _clear_away(facilities: Facilities, strays: list[str]) -> None:
    """Remove what the last run has left, while requests are answered."""
    await asyncio.gather(remove_strays(facilities, strays), collect_orphans(facilities.dispatch.store))


async def _end(serving: _Serving) -> None:
    """End the model servers, which the next start brings up again."""
    for controller in serving:
        await controller.close()


def _chores(facilities: Facilities, tallies: Tallies, lines: Lines) -> list[Chore]:
    counting = (invocation_metrics(facilities, tallies), async_metrics(facilities, lines))
    return [*(chore(facilities) for chore in _CHORES), *counting]


def _close(facilities: Facilities, store: Store) -> None:
    facilities.engine.close()
    store.close()


def _facilities(settings: Settings, data_dir: DataDir, dispatch: Dispatch) -> Facilities:
    engine = LocalEngine(data_dir.tasks, data_dir.root)
    return Facilities(dispatch, engine, Cores(), settings.url, data_dir.socket, data_dir.programs, data_dir.cache)


async def _answer(app: App, listening: Sequence[socket.socket], ready: Callable[[], None]) -> None:
    """Answer requests until SIGINT or SIGTERM."""
    loop, told, door = asyncio.get_running_loop(), asyncio.Event(), Door(app.converse)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    for one in listening:
        await door.open(one)
    gc.freeze()  # what is there by now stays: no use in looking through it for garbage
    ready()
    warming = asyncio.create_task(asyncio.to_thread(warm_up))
    await told.wait()
    await warming
    await door.close()


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
    return listening
