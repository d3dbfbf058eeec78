"""One model server of a transform job: started, asked with patience, started again when it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, failing, from_memory, lost, see_logs, shown
from fieldstone.control.models import Container, stage_model
from fieldstone.control.serving import STARTUP_SECONDS, become_ready, launch_server, remove_server, server_of
from fieldstone.control.transform.payloads import Stream
from fieldstone.control.transform.plan import Plan
from fieldstone.core.prediction import ModelUnavailableError, Question, Reply
from fieldstone.engine.task import Exit
from fieldstone.store.blobs import CHUNK
from fieldstone.store.resources import Row

_PAUSE_SECONDS: Final = 0.1
_ENDING_SECONDS: Final = 1.0
"""How long a server whose connections broke may take to end, before it is taken to be alive."""
_PARAMETERS_SECONDS: Final = 10.0
_ATTEMPTS: Final = 3
"""How often a server that is lost, together with its supervisor, before it is ready is started."""


Source = Callable[[], AbstractContextManager[Stream]]
"""Opens the bytes of an object."""


class NoAnswerError(Exception):
    """A model server did not answer, however often it was asked."""


class Host:
    """One model server of a transform job.

    Args:
        facilities: What controllers work with.
        task_id: Its task.
        container: What it runs.
        environment: What it is told besides.
        log: The event file for what it prints.
    """

    def __init__(
        self, facilities: Facilities, task_id: str, container: Container, environment: dict[str, str], log: Path
    ) -> None:
        self._facilities = facilities
        self._task_id = task_id
        self._container = container
        self._environment = environment
        self._log = log
        self._server = server_of(facilities, task_id, container, seconds=None, most=None)
        self._starting = asyncio.Lock()
        self._lost = False

    async def start(self, row: Row) -> None:
        """Bring the server up for the first time, for the job of a row.

        Raises:
            JobFailedError: It does not become ready.
        """
        with failing("The model server cannot be started"):
            await stage_model(self._facilities, row, self._task_id, self._container)
            await self._launch()

    async def parameters(self) -> Reply:
        """What the model says of how it wants to be asked; 404 if it does not answer."""
        with suppress(ModelUnavailableError, TimeoutError):
            async with asyncio.timeout(_PARAMETERS_SECONDS):
                return await self._server.execution_parameters()
        return Reply(404, {}, b"")

    async def ask(self, body: bytes, plan: Plan) -> Reply:
        """The model's answer to a payload; asked again as often as the plan says, if it fails or does not come.

        Raises:
            NoAnswerError: None came.
            JobFailedError: The server was lost and does not come up again.
        """
        question = Question(body, plan.headers)
        return await self._insist(lambda: self._server.predict(question), plan)

    async def ask_in_chunks(self, source: Source, plan: Plan) -> Reply:
        """The same for a body of any size, which is opened anew each time.

        Raises:
            NoAnswerError: None came.
            JobFailedError: The server was lost and does not come up again.
        """

        async def ask() -> Reply:
            with source() as stream:
                return await self._server.predict_in_chunks(plan.headers, iter(lambda: stream.read(CHUNK), b""))

        return await self._insist(ask, plan)

    async def close(self) -> None:
        """Let go of the server, and end it."""
        self._server.close()
        await remove_server(self._facilities, self._task_id)

    async def _insist(self, ask: Callable[[], Awaitable[Reply]], plan: Plan) -> Reply:
        reply, trouble = None, ""
        for attempt in range(plan.retries + 1):
            if attempt:
                await asyncio.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
            await self._revive()
            try:
                async with asyncio.timeout(plan.seconds):
                    reply = await ask()
            except TimeoutError:
                reply, trouble = None, f"no answer within {plan.seconds:g} seconds"
            except ModelUnavailableError as error:
                reply, trouble = None, await self._lose(str(error))
            if reply is not None and reply.status < 500:
                return reply
        if reply is None:
            raise NoAnswerError(f"Unable to get response from algorithm: {trouble}; asked {plan.retries + 1} times")
        return reply

    async def _revive(self) -> None:
        """Start the server again, if it was lost and has ended."""
        if not self._lost:
            return
        async with self._starting:
            if not self._facilities.engine.running(self._task_id):
                await self._launch()
            self._lost = False

    async def _lose(self, trouble: str) -> str:
        """Note that the connection to the server broke, and see whether the server has ended; the trouble in words.

        Raises:
            JobFailedError: It took more memory than it may.
        """
        self._lost = True
        end = await self._end()
        return trouble if end is None or end.code is None else f"{trouble} and ended, exit code: {shown(end.code)}"

    async def _end(self) -> Exit | None:
        try:
            async with asyncio.timeout(_ENDING_SECONDS):
                end = await self._facilities.engine.wait(self._task_id)
        except TimeoutError:
            return None
        if end.cause == "memory":
            raise from_memory()
        return end

    async def _launch(self) -> None:
        for _ in range(_ATTEMPTS):
            await launch_server(self._facilities, self._task_id, self._container, self._log, self._environment)
            try:
                return await become_ready(self._facilities, self._task_id, self._server, STARTUP_SECONDS, self._log)
            except JobFailedError as failure:
                end = await self._end()
                if end is None or end.cause != "lost":
                    raise see_logs("AlgorithmError", str(failure)) from None
        raise lost(_ATTEMPTS)
