"""What training and processing jobs share: their hosts lent cores, started, waited for, begun again, and put away."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final, TypeVar

from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error, from_memory, from_program, lost
from fieldstone.control.gang import End, Gang
from fieldstone.control.hardware import cores_for, memory_for, require_gpus
from fieldstone.control.hosts import hosts_of
from fieldstone.control.launching import Means, Order, launch, log_of, take_key_away
from fieldstone.control.provisions import provide
from fieldstone.control.waiting import unless
from fieldstone.core.eventlog import tail_events
from fieldstone.engine.feeds import read_failure
from fieldstone.engine.workspace import read_own
from fieldstone.services.operation import Context
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

T = TypeVar("T")

_ATTEMPTS: Final = 3
"""How often a job may begin whose RetryStrategy says nothing."""
_LEAST_SECONDS: Final = 0.1
_LAST_LINES: Final = 10


class _GivenUpError(Exception):
    """The job has waited for as long as it wanted to."""


class JobController(ABC):
    """Runs jobs of one kind, each as a gang of tasks on this machine.

    Attributes:
        kind: Of the jobs.
        group: The log group of what they print.
    """

    kind: Kind
    group: str

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities

    @abstractmethod
    def resources(self, job: dict[str, Any]) -> dict[str, Any]:
        """The member of a job's document that says on which instances it runs."""

    @abstractmethod
    def order(self, row: Row) -> Order:
        """What the hosts of a job run, and what they find.

        Raises:
            JobFailedError: It cannot run.
        """

    @abstractmethod
    async def conclude(self, row: Row, gang: Gang, end: End) -> tuple[str, dict[str, Any]]:
        """Put what a job leaves into S3; its status, and further members of its document.

        Only called where the program ended well, or was cut short.

        Raises:
            JobFailedError: That does not work.
        """

    @abstractmethod
    def settle(self, ctx: Context, job: Row, status: str) -> None:
        """Write down that a job has ended, in its row."""

    @abstractmethod
    async def report(self, row: Row, gang: Gang, end: End) -> dict[str, Any]:
        """Members of a job's document that its program decides on, however it ended."""

    @abstractmethod
    async def enter(self, row: Row, phase: str, message: str | None = None) -> None:
        """Write down that a job enters a phase: Pending, Downloading, Training."""

    @abstractmethod
    def begin_again(self, ctx: Context, job: Row) -> None:
        """Write down that a job begins again, in its row."""

    def companions(self, row: Row, gang: Gang) -> list[AbstractAsyncContextManager[None]]:
        """What shall go on for as long as a job's hosts run."""
        del row, gang
        return []

    def patience(self, row: Row) -> float | None:
        """The seconds after which a job wants to have ended, whether it has begun or not; None for no limit."""
        del row
        return None

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Run the job to its end, from wherever it stands."""
        gang = self._gang(row)
        try:
            end = await self._run(row, gang, halt)
            if end is None or (end.exit.cause == "lost" and halt.is_set()):
                await self._finish(row, gang, "Stopped")
            elif end.exit.cause == "lost":
                await self._try_again(row, gang)
            else:
                await self._conclude(row, gang, end)
        except _GivenUpError:
            await self._finish(row, gang, "MaxWaitTimeExceeded")
        except JobFailedError as failure:
            await self._finish(row, gang, "Failed", {"FailureReason": str(failure)})

    async def _run(self, row: Row, gang: Gang, halt: asyncio.Event) -> End | None:
        """Run the job's hosts; None where it was stopped before it began."""
        resources, cores, launched = self.resources(row.document), self._facilities.cores, gang.launched
        require_gpus(resources)
        wanted = cores_for(resources, cores.total) * len(gang.names)
        if not launched and cores.would_wait(wanted):
            await self.enter(row, "Pending", f"Waiting for {wanted} cores of this machine to become free")
        async with AsyncExitStack() as stack:
            lend = stack.enter_async_context(cores.lend(wanted, at_once=launched))
            lent = await _within(None if launched else self.patience(row), unless(halt, lend))
            if lent is None:
                return None
            if not launched:
                await self._launch(row, gang, max(1, lent // len(gang.names)))
            await self.enter(row, "Training")
            for companion in self.companions(row, gang):
                await stack.enter_async_context(companion)
            if await unless(halt, gang.wait()) is None:
                gang.stop()
            return await gang.wait()

    async def _launch(self, row: Row, gang: Gang, cores: int) -> None:
        order = self.order(row)
        await gang.remove()  # what a server that was killed had laid out, or started
        await self.enter(row, "Downloading")
        folders = [gang.folder(host) for host in gang.names]
        feeds = await provide(self._facilities, row, folders, order.provisions, may_link=await gang.may_link())
        memory = memory_for(self.resources(row.document))
        seconds = min((limit for limit in (_left(row, order), self.patience(row)) if limit is not None), default=None)
        await launch(self._facilities, row, gang, order, Means(self.group, cores, memory, seconds, feeds))

    async def _conclude(self, row: Row, gang: Gang, end: End) -> None:
        members = await self.report(row, gang, end)
        if undelivered := read_failure(gang.folder(end.host).feeds):
            raise client_error(f"Data download failed: {undelivered}")
        if end.exit.cause == "memory" or (end.exit.cause == "exited" and end.exit.code != 0):
            reason = str(self._reason(row, gang, end))
            await self._finish(row, gang, "Failed", members | {"FailureReason": reason})
            return
        status, more = await self.conclude(row, gang, end)
        await self._finish(row, gang, status, members | more)

    async def _finish(self, row: Row, gang: Gang, status: str, members: dict[str, Any] | None = None) -> None:
        """Settle the row, take the job's key away, and remove its folders."""

        def finish(ctx: Context, job: Row) -> None:
            job.document |= members or {}
            self.settle(ctx, job, status)
            take_key_away(ctx, job)

        await self._facilities.change(row, finish)
        await gang.remove()

    async def _try_again(self, row: Row, gang: Gang) -> None:
        """The program was lost together with its supervisor: begin again, a few times."""
        attempt, strategy = _attempt(row), row.document.get("RetryStrategy")
        most = _ATTEMPTS if strategy is None else 1 + strategy["MaximumRetryAttempts"]
        if attempt >= most:
            raise lost(attempt)

        def begin_again(ctx: Context, job: Row) -> None:
            job.internal["attempt"] = attempt + 1
            take_key_away(ctx, job)
            self.begin_again(ctx, job)

        await self._facilities.change(row, begin_again)
        await gang.remove()

    def _reason(self, row: Row, gang: Gang, end: End) -> JobFailedError:
        if end.exit.cause == "memory":
            return from_memory()
        said = read_own(gang.layout(end.host), "output/failure")
        if not said:
            events = tail_events(log_of(self._facilities, row, end.host))
            said = "\n".join(event.message for event in events[-_LAST_LINES:]) or "the program ended without a word"
        return from_program(said, end.exit.code)

    def _gang(self, row: Row) -> Gang:
        name = f"{self.kind.name.removesuffix('Job').lower()}-{row.uid}-{_attempt(row)}"
        return Gang(self._facilities.engine, name, row.uid, hosts_of(self.resources(row.document)))


async def _within(seconds: float | None, waiting: Coroutine[Any, Any, T]) -> T:
    try:
        return await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        raise _GivenUpError from None


def _attempt(row: Row) -> int:
    return row.internal.get("attempt", 1)


def _left(row: Row, order: Order) -> float | None:
    """The seconds that a job may still run: what is given is for all of its attempts together."""
    if order.most_seconds is None:
        return None
    return max(_LEAST_SECONDS, order.most_seconds - (time.time() - row.internal.get("begun", time.time())))
