"""What serving a model takes, for an endpoint as for a batch: its container, its folder, its process, its health."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from tarfile import TarError
from typing import Any, Final

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import objects_below
from fieldstone.control.environment import client_environment, socket_variable, task_environment
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, client_error
from fieldstone.control.programs import program_of
from fieldstone.control.server_keys import renew_key, take_server_key_away
from fieldstone.core.eventlog import tail_events
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.images import Program
from fieldstone.engine.model_server import ModelServer
from fieldstone.engine.task import Task
from fieldstone.engine.workspace import make_workspace, unpack
from fieldstone.services.operation import Caller
from fieldstone.store.objects import StoredObject
from fieldstone.store.resources import Row

STARTUP_SECONDS: Final = 480.0
"""How long a model server may take to answer its first ping, unless the variant says otherwise."""
_PING_SECONDS: Final = 0.02
_GRACE_SECONDS: Final = 5.0
_LAST_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Container:
    """A model's container: as whom it acts, its program, its environment, and where its artifact lies.

    Attributes:
        caller: The model's role, in the account and region of who serves it.
        cache: The folder for what it makes for later ones of its account.
        memory: Bytes that it may take; None for no limit.
    """

    caller: Caller
    cache: str
    image: str
    program: Program
    environment: dict[str, str]
    model_data: str | None
    memory: int | None = None


def container_of(facilities: Facilities, row: Row, model: dict[str, Any]) -> Container:
    """The container of a model's document, for the endpoint or job of a row.

    Raises:
        JobFailedError: It asks for what cannot be served yet.
    """
    containers: list[dict[str, Any]] = model.get("Containers") or [model["PrimaryContainer"]]
    definition = containers[0]
    if len(containers) > 1:
        raise client_error("inference pipelines of several containers are not supported here yet")
    for member in ("ModelPackageName", "ModelDataSource", "MultiModelConfig"):
        if member in definition:
            raise client_error(f"the container's {member} is not supported here yet")
    if definition.get("Mode", "SingleModel") != "SingleModel":
        raise client_error("multi-model containers are not supported here yet")
    program = program_of(facilities, definition.get("Image", ""))
    caller = caller_of(row)
    return Container(
        caller=replace(caller, arn=model.get("ExecutionRoleArn", caller.arn)),
        cache=str(facilities.cache_of(row)),
        image=definition["Image"],
        program=program,
        environment=definition.get("Environment", {}),
        model_data=definition.get("ModelDataUrl"),
    )


def find_artifact(facilities: Facilities, row: Row, container: Container) -> StoredObject | None:
    """The object with the model's artifact; None for a model without one.

    Raises:
        JobFailedError: It is not there.
    """
    if container.model_data is None:
        return None
    try:
        source = parse_s3_uri(container.model_data)
    except ValueError as error:
        raise client_error(f"ModelDataUrl: {error}") from None
    found = facilities.dispatch.read(caller_of(row), lambda ctx: objects_below(ctx, source))
    for _, item in found:
        if item.key == source.key.encode():
            return item
    raise client_error(f"Could not find model data at {source}.")


async def stage_model(facilities: Facilities, task_id: str, artifact: StoredObject | None) -> None:
    """Make the folder of a model server, with its model unpacked.

    Raises:
        JobFailedError: The artifact is no archive.
    """
    layout = Layout(facilities.engine.folder(task_id).contract)
    await in_thread(make_workspace, layout, {})
    if artifact is not None:
        try:
            archive = await facilities.local_file(artifact, facilities.engine.folder(task_id).root / "model.tar")
            await in_thread(unpack, archive, layout.model)
        except TarError as error:
            raise client_error(f"the model data is no tar archive that can be unpacked: {_first_line(error)}") from None


def _first_line(error: TarError) -> str:
    return str(error).partition("\n")[0].removesuffix(":")


async def launch_server(
    facilities: Facilities, task_id: str, container: Container, log: Path, extra: dict[str, str] | None = None
) -> None:
    """Start a model server in its folder, with a key for its model's role; one that runs is left alone."""
    if facilities.engine.running(task_id):
        return
    folder = facilities.engine.folder(task_id)
    base = await facilities.engine.base(task_id)
    credentials = await renew_key(facilities, task_id, container.caller)
    own = client_environment(facilities.url, container.caller.region, credentials)
    own |= {"FIELDSTONE_CACHE": container.cache} | container.environment | (extra or {})
    own |= socket_variable(folder.socket)
    task = Task(
        argv=container.program.command(folder.root, "serve"),
        environment=task_environment(base, 1, own),
        log=str(log),
        grace_seconds=_GRACE_SECONDS,
        folder=str(folder.run),
        most_memory=container.memory,
        needs=container.program.needs,
        cache=container.cache,
        key=credentials["AccessKeyId"],
    )
    await facilities.engine.launch(task_id, task)


async def remove_server(facilities: Facilities, task_id: str) -> None:
    """End a model server at once, and what its key opened, and take its folder away."""
    await take_server_key_away(facilities, task_id)
    await facilities.engine.remove(task_id)


async def become_ready(facilities: Facilities, task_id: str, server: ModelServer, seconds: float, log: Path) -> None:
    """Wait until a model server answers its ping.

    Raises:
        JobFailedError: It ended, or took too long; with the last lines it printed.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while not await server.ping():
        ended = not facilities.engine.running(task_id)
        if ended or asyncio.get_running_loop().time() > deadline:
            printed = " | ".join(event.message for event in tail_events(log)[-_LAST_LINES:])
            raise JobFailedError(
                "The primary container did not pass the ping health check: "
                + ("its process ended" if ended else f"no answer within {seconds:.0f} seconds")
                + (f". Its last words: {printed}" if printed else "")
            )
        await asyncio.sleep(_PING_SECONDS)
