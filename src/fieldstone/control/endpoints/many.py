"""The many models of one container: each a server of its own, started when it is first asked, ended to make room.

Which models there are is what runs: after a kill of the server those that go on are found by the names of their tasks,
which are made of the models' names.
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

from fieldstone.control.endpoints.host import Host
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error
from fieldstone.control.measures import INSTANCES, Place
from fieldstone.control.models import Container
from fieldstone.control.serving import remove_server
from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import BadQuestionError, ModelUnavailableError, Question, Reply
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.store.resources import Row

MOST_MODELS: Final = 64
"""Models that are loaded at a time, on each instance."""
SHARE: Final = 0.8
"""How much of the instance's memory they may take together."""
_MOST_VARIABLE: Final = "FIELDSTONE_MOST_MODELS"
_MEMORY_VARIABLE: Final = "FIELDSTONE_MODELS_MB"
"""Variables of a container's environment that say otherwise."""
_HEADER: Final = "x-amzn-sagemaker-target-model"


@dataclass(slots=True)
class _Model:
    """A model that is loaded, or being loaded.

    Attributes:
        loading: Done once it can be asked.
        users: How many questions it works on.
    """

    host: Host
    loading: asyncio.Task[None]
    users: int = 0

    @property
    def idle(self) -> bool:
        """Whether nobody would miss it now."""
        return not self.users and self.loading.done()


class Models:
    """The models of one container on one instance, the one asked last at the end.

    Args:
        facilities: What controllers work with.
        row: The endpoint.
        place: Its variant.
        task_id: How the names of the models' tasks begin.
        container: With the prefix below which the models' archives lie, and the memory of the instance.
        make: Makes the server of one model.
    """

    ready = True
    """Models are got when they are asked for."""

    def __init__(
        self,
        facilities: Facilities,
        row: Row,
        place: Place,
        *,
        task_id: str,
        container: Container,
        make: Callable[[str, Container], Host],
    ) -> None:
        self._facilities = facilities
        self._row = row
        self._place = place
        self._prefix = f"{task_id}-"
        self._container = container
        self._make = make
        self._most = number_of(container, _MOST_VARIABLE, MOST_MODELS)
        usual = int(SHARE * (container.memory or sys.maxsize)) >> 20
        self._memory = number_of(container, _MEMORY_VARIABLE, usual) << 20
        self._models: dict[str, _Model] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._found = False
        self.name = container.name

    async def predict(self, question: Question) -> Reply:
        """Ask the model that the question names; it is loaded if it is not there.

        Raises:
            ModelUnavailableError: It went before it answered.
            BadQuestionError: The question names none, or one that is not there.
        """
        name = question.target_model
        if name is None:
            raise BadQuestionError("Request is missing a target model header.")
        headers = {**question.headers, _HEADER: name}
        async with self._using(name) as model:
            try:
                await asyncio.wait([model.loading])
                model.loading.result()
            except asyncio.CancelledError:
                if model.loading.cancelled():
                    raise ModelUnavailableError("the endpoint is being taken down") from None
                raise
            except JobFailedError as failure:
                return Reply(500, {"content-type": "text/plain"}, str(failure).encode())
            return await model.host.predict(replace(question, headers=headers, streams=False))

    async def bring_up(self, row: Row) -> None:
        """Find the models that a server of before has left, and take those away that have ended."""
        del row
        if self._found:
            return
        self._found = True
        for task_id in self._facilities.engine.tasks():
            if not task_id.startswith(self._prefix) or task_id in self._models:
                continue
            if self._facilities.engine.running(task_id):
                self._begin(task_id, self._container)
            else:
                await remove_server(self._facilities, task_id)

    async def close(self, *, keep: bool = False) -> None:
        """Unload every model; there is nothing to keep, as each is loaded when it is asked for."""
        del keep
        for task_id in list(self._models):
            self._unload(task_id)
        await asyncio.gather(*self._ending.values(), return_exceptions=True)

    @asynccontextmanager
    async def _using(self, name: str) -> AsyncGenerator[_Model]:
        """The model of a name, which stays as long as this lasts."""
        task_id = self._prefix + hashlib.sha256(name.encode()).hexdigest()[:16]
        model = self._models.pop(task_id, None)
        hit = model is not None and model.loading.done()
        if model is None:
            source = None if self._container.source is None else self._container.source.below(name)
            model = self._begin(task_id, replace(self._container, source=source))
        self._models[task_id] = model
        self._note("ModelCacheHit", float(hit))
        model.users += 1
        try:
            yield model
        finally:
            model.users -= 1
            if not self._container.cached and model.idle and self._models.get(task_id) is model:
                self._unload(task_id)
            self._make_room(0)
            self._facilities.measures.note(self._place, "LoadedModelCount", len(self._models), namespace=INSTANCES)

    def _begin(self, task_id: str, container: Container) -> _Model:
        self._make_room(1)
        host = self._make(task_id, container)
        model = _Model(host, asyncio.create_task(self._load(task_id, host, container), name=f"loading {task_id}"))
        model.loading.add_done_callback(_heard)
        self._models[task_id] = model
        return model

    async def _load(self, task_id: str, host: Host, container: Container) -> None:
        """Start a model's server.

        Raises:
            BadQuestionError: There is no such archive.
            JobFailedError: It does not become ready.
        """
        began = perf_counter()
        try:
            if task_id in self._ending:  # it was just being unloaded
                await asyncio.gather(self._ending[task_id], return_exceptions=True)
            if not self._facilities.engine.running(task_id):
                await self._check(container)
            await host.bring_up(self._row)
        except BaseException:
            if self._models.get(task_id, None) is not None and self._models[task_id].host is host:
                self._unload(task_id)
            raise
        self._note("ModelLoadingTime", (perf_counter() - began) * 1e6, "Microseconds")
        await self._save_memory()

    async def _check(self, container: Container) -> None:
        """See that the archive is there.

        Raises:
            BadQuestionError: It is not.
        """
        uri = parse_s3_uri("" if container.source is None else container.source.address)
        request = {"Bucket": uri.bucket, "Key": uri.key}
        try:
            await self._facilities.dispatch.perform("s3", "head_object", request, self._container.caller)
        except AwsError:
            raise BadQuestionError(
                f"Failed to download model data(bucket: {uri.bucket}, key: {uri.key}). Please ensure that there is an "
                "object located at the URL and that the role passed to CreateModel has permissions to download the "
                "model."
            ) from None

    def _make_room(self, more: int) -> None:
        """Unload those that were asked longest ago, until there is room for so many more."""
        while len(self._models) + more > self._most and self._unload_oldest():
            pass

    async def _save_memory(self) -> None:
        """Unload those that were asked longest ago, until the others have enough memory."""
        engine = self._facilities.engine
        sizes = {task_id: await in_thread(engine.memory, task_id) for task_id in list(self._models)}
        while sum(sizes[task_id] for task_id in self._models if task_id in sizes) > self._memory:
            if not self._unload_oldest():
                return

    def _unload_oldest(self) -> bool:
        """Unload one that nobody asks now; whether there was one."""
        oldest = next((task_id for task_id, model in self._models.items() if model.idle), None)
        if oldest is not None:
            self._unload(oldest)
        return oldest is not None

    def _unload(self, task_id: str) -> None:
        model, before = self._models.pop(task_id), self._ending.get(task_id)
        self._ending[task_id] = asyncio.create_task(self._end(task_id, model, before), name=f"unloading {task_id}")

    async def _end(self, task_id: str, model: _Model, before: "asyncio.Task[None] | None") -> None:
        began = perf_counter()
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        model.loading.cancel()
        await asyncio.gather(model.loading, return_exceptions=True)
        await model.host.close()
        self._note("ModelUnloadingTime", (perf_counter() - began) * 1e6, "Microseconds")
        if self._ending.get(task_id) is asyncio.current_task():
            del self._ending[task_id]

    def _note(self, name: str, value: float, unit: str = "None") -> None:
        self._facilities.measures.note(self._place, name, value, unit)


def number_of(container: Container, variable: str, usual: int) -> int:
    """A whole number from a container's environment.

    Raises:
        JobFailedError: It is none.
    """
    text = container.environment.get(variable, str(usual))
    if not text.isdecimal():
        raise client_error(f"the container's {variable} must be a whole number: {text}")
    return int(text)


def _heard(loading: "asyncio.Task[None]") -> None:
    """Let nobody complain of a failure that all who waited may have given up on."""
    if not loading.cancelled():
        loading.exception()
