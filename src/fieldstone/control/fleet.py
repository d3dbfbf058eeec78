"""The model servers of all endpoints: one process for each model, whoever serves it, kept up until nobody does."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError
from fieldstone.control.server_keys import take_server_key_away
from fieldstone.control.serving import STARTUP_SECONDS, Container, become_ready, launch_server, stage_model
from fieldstone.core.prediction import ModelUnavailableError, ModelUnreachableError, Question, Reply
from fieldstone.engine.model_server import ModelServer
from fieldstone.store.objects import StoredObject

_PATIENCE_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.02
_CHECK_SECONDS: Final = 5.0
_LONGEST_PAUSE: Final = 10.0
_log = logging.getLogger(__name__)


class Host:
    """One model's server: started, watched, started again.

    Args:
        facilities: What controllers work with.
        task_id: Its task.
        container: What it runs.
        log: The event file for what it prints.
    """

    def __init__(self, facilities: Facilities, task_id: str, container: Container, log: Path) -> None:
        self._facilities = facilities
        self._container = container
        self._log = log
        self._server = ModelServer(facilities.engine.folder(task_id).socket)
        self._ready = asyncio.Event()
        self.task_id = task_id

    async def predict(self, question: Question) -> Reply:
        """Ask the model; while its server is being started again, wait a little.

        Raises:
            ModelUnavailableError: It is not there, or went before it answered.
        """
        if self._ready.is_set():
            try:
                return await self._server.predict(question)
            except ModelUnreachableError:
                pass  # it has just ended, and will be started again
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._predict_patiently(question)
        except TimeoutError:
            raise ModelUnavailableError("the model server is being started again") from None

    async def _predict_patiently(self, question: Question) -> Reply:
        while True:
            await self._ready.wait()
            try:
                return await self._server.predict(question)
            except ModelUnreachableError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def start(self) -> None:
        """Start the server, or find it running, and wait until it is ready.

        Raises:
            JobFailedError: It does not become ready.
        """
        await launch_server(self._facilities, self.task_id, self._container, self._log)
        await become_ready(self._facilities, self.task_id, self._server, STARTUP_SECONDS, self._log)
        self._ready.set()

    async def keep(self) -> None:
        """Watch the server, and start it again whenever it ends or stops answering; runs until it is cancelled."""
        pause = 0.1
        while True:
            try:
                if not self._ready.is_set():
                    await self.start()
                pause = 0.1
                await self._watch()
            except JobFailedError as failure:
                _log.warning("%s: %s", self.task_id, failure)
            self._ready.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _watch(self) -> None:
        """Until the server ends, or is ended for not answering."""
        ending = asyncio.ensure_future(self._facilities.engine.wait(self.task_id))
        try:
            while not (await asyncio.wait((ending,), timeout=_CHECK_SECONDS))[0]:
                try:
                    healthy = await asyncio.wait_for(self._server.ping(), _CHECK_SECONDS)
                except TimeoutError:
                    healthy = False
                if not healthy:
                    _log.warning("%s does not answer its ping and is started again", self.task_id)
                    self._facilities.engine.stop(self.task_id)
                    await ending
        finally:
            ending.cancel()

    async def stop(self) -> None:
        """End the server, and what its key opened; its folder stays."""
        self._ready.clear()
        self._server.close()
        self._facilities.engine.stop(self.task_id)
        if self._facilities.engine.launched(self.task_id):
            await self._facilities.engine.wait(self.task_id)
        await take_server_key_away(self._facilities, self.task_id)


@dataclass(slots=True)
class _Entry:
    host: Host
    staged: "asyncio.Task[None]"
    users: set[int] = field(default_factory=set[int])
    keeper: "asyncio.Task[None] | None" = None


class Fleet:
    """Every model server in use, and by which endpoints (the uids of their rows)."""

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities
        self._entries: dict[str, _Entry] = {}

    def join(self, user: int, task_id: str, container: Container, log: Path, artifact: StoredObject | None) -> Host:
        """Use the server of a task, which is made if nobody uses it yet; it may not be ready."""
        entry = self._entries.get(task_id)
        if entry is None:
            host = Host(self._facilities, task_id, container, log)
            staged = asyncio.create_task(self._bring_up(host, artifact))
            entry = self._entries[task_id] = _Entry(host, staged)
        entry.users.add(user)
        return entry.host

    async def ready(self, host: Host) -> None:
        """Wait until a server is ready for the first time; from then on it is kept up.

        Raises:
            JobFailedError: It does not become ready.
        """
        entry = self._entries[host.task_id]
        await asyncio.shield(entry.staged)
        if entry.keeper is None:
            entry.keeper = asyncio.create_task(host.keep())

    async def leave(self, user: int) -> None:
        """Use no server any more; those that nobody uses are ended and their folders removed."""
        for task_id, entry in list(self._entries.items()):
            entry.users.discard(user)
            if not entry.users:
                del self._entries[task_id]
                await _cancel(entry)
                await entry.host.stop()
                await self._facilities.engine.remove(task_id)

    async def close(self) -> None:
        """End every server; the next start brings them up again."""
        entries, self._entries = list(self._entries.values()), {}
        for entry in entries:
            await _cancel(entry)
        await asyncio.gather(*(entry.host.stop() for entry in entries))

    async def _bring_up(self, host: Host, artifact: StoredObject | None) -> None:
        if not self._facilities.engine.launched(host.task_id):
            await stage_model(self._facilities, host.task_id, artifact)
        await host.start()


async def _cancel(entry: _Entry) -> None:
    tasks = [task for task in (entry.staged, entry.keeper) if task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
