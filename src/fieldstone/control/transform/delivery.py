"""One object through the model: payloads sent, some at a time, and the answers written in their order."""

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from fieldstone.control.transform.association import AssociationError
from fieldstone.control.transform.blame import ObjectFailedError, blame, place_of, refusal
from fieldstone.control.transform.framing import MalformedError
from fieldstone.control.transform.host import Host, NoAnswerError, Source
from fieldstone.control.transform.payloads import DAMAGE, Payload, RecordTooLargeError, cut, damaged
from fieldstone.control.transform.plan import Plan
from fieldstone.core.prediction import Reply
from fieldstone.core.threads import in_thread
from fieldstone.store.blobs import CHUNK
from fieldstone.store.faults import FULL, fault_of


async def deliver(host: Host, plan: Plan, source: Source, write: Callable[[bytes], None]) -> None:
    """Transform one object.

    Args:
        host: The model server.
        plan: How.
        source: Opens the object's bytes.
        write: Takes the output, piece by piece; called in threads.

    Raises:
        ObjectFailedError: It cannot be done; says which record is at fault, where one is.
        JobFailedError: The model server was lost and does not come up again.
        OSError: The disk is full.
    """
    try:
        if plan.streams:
            await _deliver_whole(host, plan, source, write)
        else:
            with source() as stream:
                await _Pump(host, plan, cut(stream, plan.cut), write).run()
    except (RecordTooLargeError, MalformedError, AssociationError) as error:
        raise ObjectFailedError("ClientError", str(error)) from None
    except NoAnswerError as error:
        raise ObjectFailedError("AlgorithmError", str(error)) from None
    except FileNotFoundError:
        raise ObjectFailedError("ClientError", "the object was deleted before it was read") from None
    except DAMAGE as error:
        raise ObjectFailedError("ClientError", str(damaged(error))) from None
    except OSError as error:
        if fault_of(error) is FULL:
            raise
        reason = f"We encountered an internal error. Please try again. ({error.strerror})"
        raise ObjectFailedError("InternalServerError", reason) from None


async def _deliver_whole(host: Host, plan: Plan, source: Source, write: Callable[[bytes], None]) -> None:
    with source() as stream:
        if not await in_thread(lambda: stream.read(1)):
            return
    reply = await host.ask_in_chunks(source, plan)
    if reply.status >= 300:
        raise refusal(reply, "at the object")
    await in_thread(write, _ended(plan, reply.body))


class _Pump:
    """Payloads on their way through the model.

    Threads are asked for what is worth the way: short payloads are read, and their answers written, many at a time.
    """

    def __init__(self, host: Host, plan: Plan, payloads: Iterator[Payload], write: Callable[[bytes], None]) -> None:
        self._host = host
        self._plan = plan
        self._payloads = payloads
        self._write = write
        self._asked: deque[tuple[Payload, asyncio.Task[Reply]]] = deque()
        self._answered: list[tuple[Payload, bytes]] = []
        self._size = 0

    async def run(self) -> None:
        """Send them all, as many at a time as the plan says."""
        try:
            while prepared := await in_thread(self._prepare):
                for payload, body in prepared:
                    if len(self._asked) >= self._plan.concurrency:
                        await self._take()
                    self._asked.append((payload, asyncio.create_task(self._host.ask(body, self._plan))))
            while self._asked:
                await self._take()
            await in_thread(self._finish)
        finally:
            for _, task in self._asked:
                task.cancel()
            await asyncio.gather(*(task for _, task in self._asked), return_exceptions=True)

    async def _take(self) -> None:
        """Wait for the oldest answer."""
        payload, task = self._asked[0]
        try:
            reply = await task
        except NoAnswerError as error:
            raise ObjectFailedError("AlgorithmError", f"{error} ({place_of(payload, self._plan)})") from None
        if reply.status >= 300:
            raise await blame(self._host, self._plan, payload, reply)
        self._asked.popleft()
        self._answered.append((payload, reply.body))
        self._size += len(payload.body) + len(reply.body)
        if self._size >= CHUNK:
            await in_thread(self._finish)

    def _prepare(self) -> list[tuple[Payload, bytes]]:
        """Read the next payloads, and filter them."""
        prepared: list[tuple[Payload, bytes]] = []
        size = 0
        while size < CHUNK and (payload := next(self._payloads, None)) is not None:
            association = self._plan.association
            with _placed(payload, self._plan):
                prepared.append((payload, payload.body if association is None else association.outgoing(payload.body)))
            size += len(payload.body)
        return prepared

    def _finish(self) -> None:
        """Join the answers with what they are of, and write them."""
        association = self._plan.association
        for payload, answer in self._answered:
            with _placed(payload, self._plan):
                joined = answer if association is None else association.incoming(payload.body, answer)
            self._write(_ended(self._plan, joined))
        self._answered, self._size = [], 0


@contextmanager
def _placed(payload: Payload, plan: Plan) -> Generator[None, None, None]:
    """Have an error say where in the object it is."""
    try:
        yield
    except AssociationError as error:
        raise AssociationError(f"{error} ({place_of(payload, plan)})") from None


def _ended(plan: Plan, answer: bytes) -> bytes:
    return answer + b"\n" if plan.ends_lines and not answer.endswith(b"\n") else answer
