"""What serving a model takes, for an endpoint as for a batch: its process, its key, its health."""

import asyncio
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fieldstone.control.environment import client_environment, socket_variable, task_environment
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError
from fieldstone.control.models import Container
from fieldstone.control.server_keys import renew_key, take_server_key_away
from fieldstone.core.eventlog import tail_events
from fieldstone.engine.local import PORT_VARIABLE
from fieldstone.engine.model_server import LARGEST_ANSWER, SECONDS, ModelServer
from fieldstone.engine.task import Task

STARTUP_SECONDS: Final = 480.0
"""How long a model server may take to answer its first ping, unless the variant says otherwise."""
_PORT: Final = 8080
"""Where AWS's containers listen."""
_HTTP: Final = 80
_CHOICE: Final = "FIELDSTONE_NETWORK"
"""A model's variable: ``host`` has its server in the machine's network, on a port that it is told."""
_PING_SECONDS: Final = 0.02
_GRACE_SECONDS: Final = 5.0
_LAST_LINES: Final = 5


async def launch_server(
    facilities: Facilities, task_id: str, container: Container, log: Path, extra: dict[str, str] | None = None
) -> None:
    """Start a model server in its folder, with a key for its model's role; one that runs is left alone."""
    if facilities.engine.running(task_id):
        return
    folder = facilities.engine.folder(task_id)
    base = await facilities.engine.base(task_id)
    credentials = await renew_key(facilities, task_id, container.caller)
    network = await _network(facilities, container)
    own = client_environment(network.url, container.caller.region, credentials)
    own |= {"FIELDSTONE_CACHE": container.cache} | container.environment | (extra or {})
    own |= socket_variable(folder.socket)
    if network.port is not None:
        own[PORT_VARIABLE] = str(network.port)
    task = Task(
        argv=container.program.command(folder.root, "serve"),
        environment=task_environment(base, 1, own),
        log=str(log),
        grace_seconds=_GRACE_SECONDS,
        folder=str(folder.run),
        most_memory=container.memory,
        needs=container.program.needs,
        cache=container.cache,
        isolated=network.apart,
        port=network.port,
        outward=network.outward,
        key=credentials["AccessKeyId"],
    )
    await facilities.engine.launch(task_id, task)


class _Network(NamedTuple):
    """The network of a model server.

    Attributes:
        url: Where this server is in it.
        apart: Whether it is the model server's own.
        port: Where the model server may listen.
        outward: The port that leads to this server, and the socket that it leads to.
    """

    url: str
    apart: bool
    port: int | None = None
    outward: tuple[int, str] | None = None


async def _network(facilities: Facilities, container: Container) -> _Network:
    """The network for a container's server: a program of the owner's has one of its own, and so any port it likes."""
    if container.program.home is None:
        return _Network(facilities.url, container.isolated)
    if container.isolated:
        return _Network(facilities.url, True, _PORT)
    if container.environment.get(_CHOICE) == "host" or not (await facilities.engine.ability()).own_network:
        return _Network(facilities.url, False, _PORT)
    here = urlsplit(facilities.url).port or _HTTP
    return _Network(f"http://127.0.0.1:{here}", True, _PORT, (here, str(facilities.socket)))


def server_of(
    facilities: Facilities,
    task_id: str,
    container: Container,
    *,
    seconds: float | None = SECONDS,
    most: int | None = LARGEST_ANSWER,
) -> ModelServer:
    """A container's server as its clients see it.

    Args:
        facilities: What controllers work with.
        task_id: Its task.
        container: What it runs.
        seconds: How long an answer may take; None for any time.
        most: Bytes that an answer may have; None for any number.
    """
    folder = facilities.engine.folder(task_id)
    built_in = container.program.home is None
    return ModelServer(folder.socket, None if built_in else folder.port, pipelined=built_in, seconds=seconds, most=most)


async def remove_server(facilities: Facilities, task_id: str) -> None:
    """End a model server at once, and what its key opened, and take its folder away."""
    await take_server_key_away(facilities, task_id)
    await facilities.engine.remove(task_id)


async def become_ready(
    facilities: Facilities, task_id: str, server: ModelServer, seconds: float, log: Path, *, since: float | None = None
) -> None:
    """Wait until a model server answers its ping.

    Args:
        facilities: What controllers work with.
        task_id: Its task.
        server: The server as its clients see it.
        seconds: How long it may take.
        log: The event file with what it printed.
        since: When its time began, by the event loop's clock; now if none is given.

    Raises:
        JobFailedError: It ended, or took too long; with the last lines it printed.
    """
    deadline = (asyncio.get_running_loop().time() if since is None else since) + seconds
    while not await _answers(server, deadline):
        ended = not facilities.engine.running(task_id)
        if ended or asyncio.get_running_loop().time() > deadline:
            lines = [event.message.strip() for event in tail_events(log) if event.message.strip(" ~^")]
            printed = " | ".join(lines[-_LAST_LINES:])
            raise JobFailedError(
                "The primary container did not pass the ping health check: "
                + ("its process ended" if ended else f"no answer within {seconds:.0f} seconds")
                + (f". Its last words: {printed}" if printed else "")
            )
        await asyncio.sleep(_PING_SECONDS)


async def _answers(server: ModelServer, deadline: float) -> bool:
    """Whether it answers its ping in time; one that has taken the question may never do."""
    try:
        async with asyncio.timeout_at(deadline):
            return await server.ping()
    except TimeoutError:
        return False
