"""One object through the model: payloads sent, some at a time, and the answers written in their order."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from fieldstone.control.transform.association import AssociationError
from fieldstone.control.transform.framing import MalformedError
from fieldstone.control.transform.host import Host, NoAnswerError, Source
from fieldstone.control.transform.payloads import Payload, RecordTooLargeError, cut, numbered_records
from fieldstone.control.transform.plan import Plan
from fieldstone.core.prediction import Reply
from fieldstone.core.threads import in_thread

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
                await _pump(host, plan, cut(stream, plan.cut), write)
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


async def _pump(host: Host, plan: Plan, payloads: Iterator[Payload], write: Callable[[bytes], None]) -> None:
    pending: deque[tuple[Payload, asyncio.Task[Reply]]] = deque()
    try:
        while (prepared := await in_thread(_prepare, payloads, plan)) is not None:
            payload, body = prepared
            pending.append((payload, asyncio.create_task(host.ask(body, plan))))
            if len(pending) >= plan.concurrency:
                await _take(host, plan, pending, write)
        while pending:
            await _take(host, plan, pending, write)
    finally:
        for _, task in pending:
            task.cancel()
        await asyncio.gather(*(task for _, task in pending), return_exceptions=True)


async def _take(
    host: Host, plan: Plan, pending: deque[tuple[Payload, asyncio.Task[Reply]]], write: Callable[[bytes], None]
) -> None:
    """Wait for the oldest answer, and write it."""
    payload, task = pending[0]
    try:
        reply = await task
    except NoAnswerError as error:
        raise ObjectFailedError("AlgorithmError", f"{error} ({_range(payload, plan)})") from None
    if reply.status >= 300:
        raise await _blame(host, plan, payload, reply)
    pending.popleft()
    await in_thread(_finish, plan, payload, reply.body, write)


def _prepare(payloads: Iterator[Payload], plan: Plan) -> tuple[Payload, bytes] | None:
    payload = next(payloads, None)
    if payload is None:
        return None
    if plan.association is None:
        return payload, payload.body
    try:
        return payload, plan.association.outgoing(payload.body)
    except AssociationError as error:
        raise AssociationError(f"{error} ({_range(payload, plan)})") from None


def _finish(plan: Plan, payload: Payload, answer: bytes, write: Callable[[bytes], None]) -> None:
    try:
        joined = answer if plan.association is None else plan.association.incoming(payload.body, answer)
    except AssociationError as error:
        raise AssociationError(f"{error} ({_range(payload, plan)})") from None
    write(_ended(plan, joined))


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
