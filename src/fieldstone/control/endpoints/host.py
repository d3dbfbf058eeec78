"""One container's server on one instance: started, asked, watched, started again."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error, shown
from fieldstone.control.models import Container, stage_model
from fieldstone.control.server_keys import take_server_key_away
from fieldstone.control.serving import STARTUP_SECONDS, become_ready, launch_server, remove_server, server_of
from fieldstone.control.waiting import growing
from fieldstone.core.prediction import (
    ModelFailedError,
    ModelUnavailableError,
    ModelUnreachableError,
    ModelUnreadError,
    Question,
    Reply,
)
from fieldstone.engine.task import Exit
from fieldstone.store.resources import Row

_PATIENCE_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.02
_CHECK_SECONDS: Final = 5.0
_PING_PAUSES: Final = (0.0, 0.5, 1.0)
"""Seconds before each ping of a look at a server, until one is answered."""
_DOWNLOAD_SECONDS: Final = 3600.0
_SHORTEST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 10.0
_STARTS: Final = 5
"""How often a new server is started that somebody kills before it is ready."""
_OUTSIDE: Final = {128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)}
"""The exit statuses of what others end: a person, or the kernel where memory is short."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take before it is ready.

    Attributes:
        download: Seconds until its model must lie in its place.
        startup: Seconds until its first ping must be answered.
    """

    download: float
    startup: float


def patience_of(variant: dict[str, Any]) -> Patience:
    """What a production variant says, or AWS's usual."""
    return Patience(
        variant.get("ModelDataDownloadTimeoutInSeconds", _DOWNLOAD_SECONDS),
        variant.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS),
    )


class Host:
    """One container's server.

    Args:
        facilities: What controllers work with.
        task_id: Its task.
        container: What it runs.
        log: The event file for what it prints.
        patience: How long its model may take to be laid out, and it itself to answer its first ping.
    """

    def __init__(
        self, facilities: Facilities, task_id: str, container: Container, log: Path, patience: Patience
    ) -> None:
        self._facilities = facilities
        self._container = container
        self._log = log
        self._patience = patience
        self._server = server_of(facilities, task_id, container)
        self._ready = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self.task_id = task_id
        self.name = container.name

    @property
    def ready(self) -> bool:
        """Whether it can be asked at once."""
        return self._ready.is_set()

    async def predict(self, question: Question) -> Reply:
        """Ask the model; while its server is being started again, wait a little.

        A question that it has not read is asked once more.

        Raises:
            ModelUnavailableError: It is not there, or went before it answered.
        """
        deadline, again = None, False
        while True:
            if self._ready.is_set():
                try:
                    return await self._server.predict(question)
                except ModelUnreachableError:
                    pass  # it has just ended, and will be started again
                except ModelFailedError as failure:
                    if again or not isinstance(failure, ModelUnreadError):
                        failure.container = self.name
                        raise
                    again = True
            now = asyncio.get_running_loop().time()
            deadline = deadline or now + _PATIENCE_SECONDS
            await self._wait(deadline - now)

    async def _wait(self, seconds: float) -> None:
        """Until the server may be there again, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await asyncio.sleep(_RETRY_SECONDS)
                await self._ready.wait()
        except TimeoutError:
            raise ModelUnavailableError("the model server is being started again") from None

    async def bring_up(self, row: Row) -> None:
        """Start the server for an endpoint, or find it running, if that was not done; from then on it is kept up.

        Raises:
            JobFailedError: It does not become ready.
        """
        if self._keeper is not None:
            return
        if not self._facilities.engine.launched(self.task_id):
            await self._stage(row)
        await self._start_anew()
        self._keeper = asyncio.create_task(self._keep(), name=f"keeper of {self.task_id}")

    async def close(self, *, keep: bool = False) -> None:
        """End the server, and what its key opened, and take its folder away unless it is to be kept."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._ready.clear()
        self._server.close()
        self._facilities.engine.stop(self.task_id)
        if self._facilities.engine.launched(self.task_id):
            await self._facilities.engine.wait(self.task_id)
        if keep:
            await take_server_key_away(self._facilities, self.task_id)
        else:
            await remove_server(self._facilities, self.task_id)

    async def _stage(self, row: Row) -> None:
        try:
            async with asyncio.timeout(self._patience.download):
                await stage_model(self._facilities, row, self.task_id, self._container)
        except TimeoutError:
            raise client_error(
                f"Model data of container {self.name} could not be downloaded within {self._patience.download:.0f} "
                "seconds (ModelDataDownloadTimeoutInSeconds)."
            ) from None

    async def _start_anew(self) -> None:
        """Start a server that has not been ready yet; again if it is killed meanwhile, all in the time that it has."""
        began, pauses = asyncio.get_running_loop().time(), _pauses()
        for _ in range(_STARTS - 1):
            try:
                return await self._start(began)
            except JobFailedError:
                if not await self._was_killed():
                    raise
            _log.warning("%s was killed while it started, and is started again", self.task_id)
            await asyncio.sleep(next(pauses))
        return await self._start(began)

    async def _start(self, since: float | None = None) -> None:
        await launch_server(self._facilities, self.task_id, self._container, self._log)
        startup = self._patience.startup
        await become_ready(self._facilities, self.task_id, self._server, startup, self._log, since=since)
        self._ready.set()

    async def _was_killed(self) -> bool:
        """Whether the server has ended, and not of its own accord."""
        engine = self._facilities.engine
        return not engine.running(self.task_id) and _killed(await engine.wait(self.task_id))

    async def _keep(self) -> None:
        """Watch the server, and start it again whenever it ends or stops answering; runs until it is cancelled."""
        pauses = _pauses()
        while True:
            try:
                if not self._ready.is_set():
                    await self._start()
                pauses = _pauses()
                await self._watch()
            except JobFailedError as failure:
                _log.warning("%s: %s", self.task_id, failure)
            self._ready.clear()
            await asyncio.sleep(next(pauses))

    async def _watch(self) -> None:
        """Until the server ends, or is ended for not answering."""
        ending = asyncio.ensure_future(self._facilities.engine.wait(self.task_id))
        try:
            while not (await asyncio.wait((ending,), timeout=_CHECK_SECONDS))[0]:
                if not await self._healthy():
                    _log.warning("%s does not answer its ping and is started again", self.task_id)
                    self._facilities.engine.stop(self.task_id)
                    await ending
        finally:
            ending.cancel()

    async def _healthy(self) -> bool:
        """Whether it answers its ping, or has ended, which is another matter.

        One that has a question may be able to do one thing at a time. One that is asked by many at once may turn a
        ping away, and is soon asked again; silence counts at once.
        """
        try:
            for pause in _PING_PAUSES:
                await asyncio.sleep(pause)
                if not self._facilities.engine.running(self.task_id):
                    return True
                if await asyncio.wait_for(self._server.ping(), _CHECK_SECONDS + self._server.occupied):
                    return True
        except TimeoutError:
            pass
        return False


def _pauses() -> Iterator[float]:
    return growing(_SHORTEST_PAUSE, _LONGEST_PAUSE)


def _killed(end: Exit) -> bool:
    return end.cause == "lost" or (end.cause == "exited" and shown(end.code) in _OUTSIDE)
