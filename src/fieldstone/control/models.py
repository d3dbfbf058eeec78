"""Models: their containers, and their artifacts laid out for a server."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tarfile import TarError
from typing import Any, Final, Literal

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, client_error
from fieldstone.control.finding import Finder
from fieldstone.control.programs import program_of
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.feeds import Stored
from fieldstone.engine.images import Program
from fieldstone.engine.placing import join
from fieldstone.engine.workspace import Input, make_workspace, unpack
from fieldstone.services.operation import Caller
from fieldstone.store.resources import Row

_UNSUPPORTED: Final = ("ModelPackageName", "InferenceSpecificationName")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's artifact lies.

    Attributes:
        address: In S3, as the model says it.
        form: An archive that is unpacked, an object that stays as it is, or everything below a prefix.
    """

    address: str
    form: Literal["archive", "object", "prefix"]

    def below(self, name: str) -> "Source":
        """The archive of a name below this prefix: one of many models."""
        return Source(f"{self.address.rstrip('/')}/{name.lstrip('/')}", "archive")


@dataclass(frozen=True, slots=True)
class Container:
    """A model's container: as whom it acts, its program, its environment, and where its artifact lies.

    Attributes:
        caller: The model's role, in the account and region of who serves it.
        cache: The folder for what it makes for later ones of its account.
        name: What it is called among the model's containers.
        many: Whether its source is a prefix with an archive for each of many models.
        cached: Whether those stay loaded after they were asked.
        isolated: Whether it has no network.
        memory: Bytes that it may take; None for no limit.
    """

    caller: Caller
    cache: str
    name: str
    image: str
    program: Program
    environment: dict[str, str]
    source: Source | None
    many: bool = False
    cached: bool = True
    isolated: bool = False
    memory: int | None = None


def containers_of(facilities: Facilities, row: Row, model: dict[str, Any]) -> list[Container]:
    """The containers of a model's document, in their order, for the endpoint or job of a row.

    Raises:
        JobFailedError: One asks for what cannot be served.
    """
    definitions: list[dict[str, Any]] = model.get("Containers") or [model["PrimaryContainer"]]
    caller = caller_of(row)
    common = Container(
        caller=replace(caller, arn=model.get("ExecutionRoleArn", caller.arn)),
        cache=str(facilities.cache_of(row)),
        name="primary",
        image="",
        program=Program(()),
        environment={},
        source=None,
        isolated=model.get("EnableNetworkIsolation", False),
    )
    found = [_container(facilities, common, definition) for definition in definitions]
    if len(found) == 1:
        return found
    names = (definition.get("ContainerHostname", f"container-{n}") for n, definition in enumerate(definitions, 1))
    return [replace(container, name=name) for container, name in zip(found, names, strict=True)]


def container_of(facilities: Facilities, row: Row, model: dict[str, Any]) -> Container:
    """The one container of a model's document.

    Raises:
        JobFailedError: It has several, or asks for what cannot be served.
    """
    containers = containers_of(facilities, row, model)
    if len(containers) > 1:
        raise client_error("batch transform with inference pipelines of several containers is not supported here yet")
    if containers[0].many:
        raise client_error("batch transform with a multi-model container is not possible; AWS has none either")
    return containers[0]


async def stage_model(facilities: Facilities, row: Row, task_id: str, container: Container) -> None:
    """Make the folder of a model server, with its model in it.

    Raises:
        JobFailedError: The artifact is not there, or is none.
    """
    folder = facilities.engine.folder(task_id)
    layout, source = Layout(folder.contract), container.source
    with ExitStack() as pins:
        stored = {} if source is None else await _find(Finder(facilities, row, pins), source)
        if source is None or source.form != "archive":
            may_link = (await facilities.engine.ability()).namespaces
            inputs = [Input(tuple(map(Path, item.files)), layout.model, name) for name, item in stored.items()]
            await in_thread(make_workspace, layout, {}, inputs, may_link=may_link)
            return
        await in_thread(make_workspace, layout, {})
        (archive,) = stored.values()
        await in_thread(_unpack, archive, folder.root / "model.tar", layout.model)


async def _find(finder: Finder, source: Source) -> dict[str, Stored]:
    """The objects of an artifact by their names in the model's folder."""
    try:
        uri = parse_s3_uri(source.address)
    except ValueError as error:
        raise client_error(f"ModelDataUrl: {error}") from None
    try:
        if source.form == "prefix":
            folder = S3Uri(uri.bucket, f"{uri.key.rstrip('/')}/" if uri.key else "")
            records = await finder.records(Channel("model", folder, str(Layout().model)))
            return {record.name: part for record in records for part in record.parts if isinstance(part, Stored)}
        return {Path(uri.key).name: (await finder.find([uri]))[uri]}
    except JobFailedError:
        raise client_error(f"Could not find model data at {uri}.") from None


def _unpack(archive: Stored, scratch: Path, folder: Path) -> None:
    sources = [Path(file) for file in archive.files]
    try:
        if len(sources) != 1:
            join(sources, scratch)
        unpack(sources[0] if len(sources) == 1 else scratch, folder)
    except TarError as error:
        said = str(error).partition("\n")[0].removesuffix(":")
        raise client_error(f"the model data is no tar archive that can be unpacked: {said}") from None
    finally:
        scratch.unlink(missing_ok=True)


def _container(facilities: Facilities, common: Container, definition: dict[str, Any]) -> Container:
    for member in _UNSUPPORTED:
        if member in definition:
            raise client_error(f"the container's {member} is not supported here yet")
    return replace(
        common,
        image=definition.get("Image", ""),
        program=program_of(facilities, definition.get("Image", "")),
        environment=definition.get("Environment", {}),
        source=_source(definition),
        many=definition.get("Mode", "SingleModel") == "MultiModel",
        cached=definition.get("MultiModelConfig", {}).get("ModelCacheSetting", "Enabled") == "Enabled",
    )


def _source(definition: dict[str, Any]) -> Source | None:
    given = definition.get("ModelDataSource", {}).get("S3DataSource")
    if given is None:
        address = definition.get("ModelDataUrl")
        return Source(address, "archive") if address else None
    if given["CompressionType"] == "Gzip":
        return Source(given["S3Uri"], "archive")
    return Source(given["S3Uri"], "prefix" if given["S3DataType"] == "S3Prefix" else "object")
