"""Variants without instances of their own: model servers started when somebody asks, ended when nobody does."""

import asyncio
import logging
from dataclasses import replace
from time import monotonic, perf_counter
from typing import Any, Final

from fieldstone.control.endpoints.instance import Instance
from fieldstone.control.endpoints.many import number_of
from fieldstone.control.endpoints.pool import Pool
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError
from fieldstone.control.models import Container, containers_of
from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import ModelUnavailableError, Question, Reply
from fieldstone.store.resources import Row

IDLE_SECONDS: Final = 300
"""After so long without a question a model server is ended."""
_IDLE_VARIABLE: Final = "FIELDSTONE_IDLE_SECONDS"
"""The variable of a container's environment that says another time."""
_SHORTEST_PAUSE: Final = 0.1
_log = logging.getLogger(__name__)


def make_pool(facilities: Facilities, row: Row, place: tuple[int, int], entry: dict[str, Any]) -> Pool:
    """The pool of a variant: of its instances, or without."""
    kind = ServerlessPool if "ServerlessConfig" in entry["variant"] else Pool
    return kind(facilities, row, place, entry)


class ServerlessPool(Pool):
    """The model servers of a serverless variant: none while nobody asks, but those that are provisioned.

    There are never more than the machine has cores; beyond that they share what is asked.
    """

    def __init__(self, facilities: Facilities, row: Row, place: tuple[int, int], entry: dict[str, Any]) -> None:
        super().__init__(facilities, row, place, entry)
        self._count = 0
        self._busy = 0
        self._proven = row.internal["serving"] == place[0]
        self._numbers: dict[Instance, int] = {}
        self._used: dict[Instance, float] = {}
        self._lock = asyncio.Lock()
        self._starting: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """How many instances it is said to have; they are no servers here."""
        return self._count

    async def predict(self, question: Question) -> Reply:
        """Ask a server that has the fewest questions; one is started if there is none.

        Raises:
            ModelUnavailableError: None can be started, or it went before it answered.
            AwsError: More is asked at a time than ``MaxConcurrency`` allows.
        """
        most = self._config["MaxConcurrency"]
        if self._busy >= most:
            raise AwsError("ThrottlingException", "Rate exceeded", 400)
        self._busy += 1
        self._note("ServerlessConcurrentExecutionsUtilization", self._busy / most)
        try:
            instance = await self._awake()
            try:
                return await instance.predict(question)
            finally:
                self._used[instance] = monotonic()
        finally:
            self._busy -= 1

    async def join(self, count: int) -> None:
        """Take up the servers that run already.

        Raises:
            JobFailedError: The model asks for what cannot be served.
        """
        self._count = count
        containers = self._containers()
        idle = number_of(containers[0], _IDLE_VARIABLE, IDLE_SECONDS)
        for number in range(self._limit):
            if self._facilities.engine.running(f"{self._task(number)}-0"):
                instance = await self._instance(number, containers)
                self._numbers[instance] = number
                self._add(instance)
        self._keeper = asyncio.create_task(self._let_go(idle), name=f"keeper of {self.name}")

    async def resize(self, count: int) -> None:
        """Nothing: there are as many servers as are asked."""
        self._count = count

    async def adapt(self, entry: dict[str, Any]) -> None:
        """Take over another MaxConcurrency and ProvisionedConcurrency.

        Raises:
            JobFailedError: A server that is to be provisioned does not become ready.
        """
        self._entry = entry
        await self.bring_up()

    async def bring_up(self) -> None:
        """Have the servers that are provisioned; at first one in any case, to see that the model can be served.

        Raises:
            JobFailedError: One does not become ready.
        """
        await super().bring_up()
        wanted = max(self._config.get("ProvisionedConcurrency", 0), 0 if self._proven else 1)
        while len(self._instances) < min(wanted, self._limit):
            await self._start()
        self._proven = True

    async def close(self, *, keep: bool = False) -> None:
        """End every server; their folders stay for later ones, unless all that is the variant's is taken away."""
        tasks = [task for task in (self._keeper, self._starting) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await super().close(keep=keep)

    @property
    def _config(self) -> dict[str, int]:
        return self._entry["variant"]["ServerlessConfig"]

    @property
    def _limit(self) -> int:
        return min(self._config["MaxConcurrency"], self._facilities.cores.total)

    def _containers(self) -> list[Container]:
        """What every server runs, held to the variant's memory."""
        memory = self._config["MemorySizeInMB"] << 20
        found = containers_of(self._facilities, self._row, self._entry["model"])
        return [replace(container, memory=memory) for container in found]

    async def _awake(self) -> Instance:
        """A server that can be asked; where all have something to do, another is started for those who come later."""
        while True:
            ready = [instance for instance in self._instances if instance.ready] or self._instances
            chosen = min(ready, key=lambda instance: instance.busy, default=None)
            if chosen is None or (chosen.busy and len(self._instances) < self._limit):
                self._start_another()
            if chosen is not None:
                return chosen
            assert self._starting is not None
            try:
                await asyncio.wait([self._starting])
                self._starting.result()
            except JobFailedError as failure:
                raise ModelUnavailableError(str(failure)) from None

    def _start_another(self) -> None:
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start(), name=f"starting {self.name}")
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _start(self) -> None:
        """Start one more server, if there may be one.

        Raises:
            JobFailedError: It does not become ready.
        """
        async with self._lock:
            number = min(set(range(self._limit)) - set(self._numbers.values()), default=None)
            if number is None:
                return
            began = perf_counter()
            instance = await self._instance(number, self._containers())
            self._numbers[instance] = number
            try:
                await instance.bring_up(self._row)
            except BaseException:
                await self._end(instance)
                raise
            self._add(instance)
            self._note("ModelSetupTime", (perf_counter() - began) * 1e6, "Microseconds")

    def _add(self, instance: Instance) -> None:
        self._used[instance] = monotonic()
        self._instances.append(instance)

    async def _end(self, instance: Instance) -> None:
        """End a server; its folder stays, so that the next one has its model at once."""
        await instance.close(keep=True)
        del self._numbers[instance]

    async def _let_go(self, seconds: float) -> None:
        """End servers that have had nothing to do for so long; runs until it is cancelled."""
        while True:
            await asyncio.sleep(max(seconds / 4, _SHORTEST_PAUSE))
            async with self._lock:
                for instance in self._idle(monotonic() - seconds):
                    self._instances.remove(instance)
                    del self._used[instance]
                    try:
                        await self._end(instance)
                    except Exception:  # noqa: BLE001  # whatever it is, the others are still to be ended
                        _log.exception("a server of variant %s of endpoint %s", self.name, self._row.name)

    def _idle(self, since: float) -> list[Instance]:
        """The servers that nobody has asked since then, but those that are provisioned."""
        spare = len(self._instances) - self._config.get("ProvisionedConcurrency", 0)
        idle = [instance for instance in self._instances if not instance.busy and self._used[instance] <= since]
        return sorted(idle, key=self._used.__getitem__)[: max(0, spare)]
