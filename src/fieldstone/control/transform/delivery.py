"""One object through the model: payloads sent, some at a time, and the answers written in their order."""

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final

from fieldstone.control.transform.association import AssociationError
from fieldstone.control.transform.framing import MalformedError
from fieldstone.control.transform.host import Host, NoAnswerError, Source
from fieldstone.control.transform.payloads import Payload, RecordTooLargeError, cut, numbered_records
from fieldstone.control.transform.plan import Plan
from fieldstone.core.prediction import Reply
from fieldstone.core.threads import in_thread
from fieldstone.store.blobs import CHUNK

_SHOWN: Final = 400


class ObjectFailedError(Exception):
    """An object cannot be transformed.

    Attributes:
        kind: Whose fault it is, as AWS says it: ClientError or AlgorithmError.
        log: What the data log says, line by line.
    """

    def __init__(self, kind: str, reason: str, *log: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.log = (*log, reason)


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


async def _deliver_whole(host: Host, plan: Plan, source: Source, write: Callable[[bytes], None]) -> None:
    with source() as stream:
        if not await in_thread(lambda: stream.read(1)):
            return
    reply = await host.ask_in_chunks(source, plan)
    if reply.status >= 300:
        raise _refusal(reply, "the object")
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
            raise ObjectFailedError("AlgorithmError", f"{error} ({_range(payload, self._plan)})") from None
        if reply.status >= 300:
            raise await _blame(self._host, self._plan, payload, reply)
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
        raise AssociationError(f"{error} ({_range(payload, plan)})") from None


def _ended(plan: Plan, answer: bytes) -> bytes:
    return answer + b"\n" if plan.ends_lines and not answer.endswith(b"\n") else answer


async def _blame(host: Host, plan: Plan, payload: Payload, reply: Reply) -> ObjectFailedError:
    """The first record without which the payload's beginning would have been answered, found by halving."""
    records = numbered_records(payload, plan.cut)
    answered, refused = 0, len(records)
    while refused - answered > 1:
        middle = (answered + refused) // 2
        said = await _ask_of(host, plan, [record for _, record in records[:middle]])
        if said.status >= 300:
            refused, reply = middle, said
        else:
            answered = middle
    if len(records) > 1 and refused:
        alone = await _ask_of(host, plan, [records[refused - 1][1]])
        reply = alone if alone.status >= 300 else reply
    name = "the object" if plan.cut.split == "None" else f"{_noun(plan)} {records[refused - 1][0] if records else 1}"
    return _refusal(reply, name)


async def _ask_of(host: Host, plan: Plan, records: list[bytes]) -> Reply:
    body = b"".join(records)
    return await host.ask(body if plan.association is None else plan.association.outgoing(body), plan)


def _refusal(reply: Reply, what: str) -> ObjectFailedError:
    kind = "ClientError" if reply.status < 500 else "AlgorithmError"
    said = reply.body[:_SHOWN].decode("utf-8", "replace").strip()
    reason = f"Bad HTTP status received from algorithm: {reply.status}, at {what}: {said}"
    return ObjectFailedError(kind, reason, f"{kind}: {reply.status}", "", "Message:", *said.splitlines())


def _range(payload: Payload, plan: Plan) -> str:
    """Which records a payload has, in words."""
    if plan.cut.split == "None":
        return "in the object"
    last = numbered_records(payload, plan.cut)[-1:] or [(payload.first, b"")]
    return f"in {_noun(plan)}s {payload.first} to {last[0][0]}"


def _noun(plan: Plan) -> str:
    return "line" if plan.cut.split == "Line" else "record"
