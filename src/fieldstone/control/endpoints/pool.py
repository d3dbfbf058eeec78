"""The instances of one variant, as many as it wants; who is asked is chosen among those that are ready."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from fieldstone.control.endpoints.host import Host, patience_of
from fieldstone.control.endpoints.instance import Instance, Server
from fieldstone.control.endpoints.many import Models
from fieldstone.control.endpoints.vacancy import Vacancy
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.hardware import memory_for
from fieldstone.control.measures import Place
from fieldstone.control.models import Container, containers_of
from fieldstone.control.waiting import together
from fieldstone.core.prediction import ModelUnavailableError, Question, Reply
from fieldstone.services.logs.groups import open_stream
from fieldstone.store.resources import Row

_DRAIN_SECONDS: Final = 60.0
"""How long an instance that is let go may take for the questions that it has: as long as one may take."""


class Pool:
    """The instances of one variant of an endpoint.

    Args:
        facilities: What controllers work with.
        row: The endpoint, or the inference component.
        place: The numbers of its fleet, and of itself in there.
        entry: The variant and its model, as the endpoint's row has them.
    """

    def __init__(self, facilities: Facilities, row: Row, place: tuple[int, int], entry: dict[str, Any]) -> None:
        self._facilities = facilities
        self._row = row
        self._place = place
        self._entry = entry
        self.name: str = entry["variant"]["VariantName"]
        self._instances: list[Instance] = []
        self._measured = Place(row.account, row.region, row.name, self.name)
        self._random = entry["variant"].get("RoutingConfig", {}).get("RoutingStrategy") == "RANDOM"

    @property
    def size(self) -> int:
        """How many instances there are."""
        return len(self._instances)

    async def predict(self, question: Question) -> Reply:
        """Ask the instance with the fewest questions, or one by chance if the variant says so.

        Raises:
            ModelUnavailableError: There is none, or it went before it answered.
            BadQuestionError: The question cannot be asked here.
        """
        instances = self._instances
        if len(instances) == 1:
            return await instances[0].predict(question)
        ready = [instance for instance in instances if instance.ready] or instances
        if not ready:
            raise ModelUnavailableError("the variant has no instances")
        chosen = random.choice(ready) if self._random else min(ready, key=_busy)  # noqa: S311  # traffic is no secret
        return await chosen.predict(question)

    async def join(self, count: int) -> None:
        """Take up so many instances, which may be running already; they need not be ready.

        Raises:
            JobFailedError: The model asks for what cannot be served.
        """
        self._instances += await self._make(count)

    async def resize(self, count: int) -> None:
        """Have so many instances, all of them ready; those that are let go answer what they were asked.

        Raises:
            JobFailedError: One does not become ready; then there are as many as before.
        """
        added = await self._make(count)
        try:
            await self._bring_up(added)
        except BaseException:
            await _close(added)
            raise
        removed = self._instances[count:]
        self._instances = [*self._instances[:count], *added]
        await asyncio.gather(*map(_drain, removed))
        await _close(removed)

    async def adapt(self, entry: dict[str, Any]) -> None:
        """Take over what of the variant has been changed besides weight and count: nothing of instances is."""
        self._entry = entry

    async def bring_up(self) -> None:
        """Have every instance ready.

        Raises:
            JobFailedError: One does not become ready.
        """
        await self._bring_up(self._instances)

    async def drain(self) -> None:
        """Wait until nothing is asked any more, for as long as a question may take."""
        await asyncio.gather(*map(_drain, self._instances))

    async def close(self, *, keep: bool = False) -> None:
        """End every instance, and take its folders away unless they are to be kept."""
        await _close(self._instances, keep=keep)

    async def _bring_up(self, instances: Sequence[Instance]) -> None:
        await together(instance.bring_up(self._row) for instance in instances)

    async def _make(self, count: int) -> list[Instance]:
        """The instances that are missing, up to so many."""
        if self._entry["model"] is None:
            return [Instance(self._row.name, [Vacancy()]) for _ in range(self.size, count)]
        memory = memory_for(self._entry["variant"])
        found = containers_of(self._facilities, self._row, self._entry["model"])
        containers = [replace(container, memory=memory) for container in found]
        return [await self._instance(number, containers) for number in range(self.size, count)]

    async def _instance(self, number: int, containers: Sequence[Container]) -> Instance:
        (fleet, position), model = self._place, self._entry["model"]
        task = self._task(number)
        stream = f"{self.name}/i-{self._row.uid:08x}{fleet:04x}{position:02x}{number:03x}"
        hosts: list[Server] = []
        for place, container in enumerate(containers):
            log = await self._log(stream if len(containers) == 1 else f"{stream}/{container.name}")
            hosts.append(self._server(f"{task}-{place}", container, log))
        direct = model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
        return Instance(self._row.name, hosts, direct=direct, many=any(container.many for container in containers))

    def _task(self, number: int) -> str:
        """How the names of an instance's tasks begin."""
        fleet, position = self._place
        return f"endpoint-{self._row.uid}-{fleet}-{position}-{number}"

    def _note(self, metric: str, value: float, unit: str = "None") -> None:
        self._facilities.measures.note(self._measured, metric, value, unit)

    def _server(self, task_id: str, container: Container, log: Path) -> Server:
        def make(task_id: str, container: Container) -> Host:
            return Host(self._facilities, task_id, container, log, patience_of(self._entry["variant"]))

        if not container.many:
            return make(task_id, container)
        return Models(self._facilities, self._row, self._measured, task_id=task_id, container=container, make=make)

    async def _log(self, stream: str) -> Path:
        group = f"/aws/sagemaker/{self._row.kind}s/{self._row.name}"
        dispatch = self._facilities.dispatch
        file = await dispatch.write(caller_of(self._row), lambda ctx: open_stream(ctx, group, stream))
        return dispatch.store.logs.path(file)


def _busy(instance: Instance) -> int:
    return instance.busy


async def _drain(instance: Instance) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(instance.idle(), _DRAIN_SECONDS)


async def _close(instances: Sequence[Instance], *, keep: bool = False) -> None:
    await asyncio.gather(*(instance.close(keep=keep) for instance in instances))
