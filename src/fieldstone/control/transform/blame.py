"""Which record a model refused, and in which words that is told."""

from dataclasses import replace
from typing import Final

from fieldstone.control.transform.host import Host, NoAnswerError
from fieldstone.control.transform.payloads import Payload, numbered_records
from fieldstone.control.transform.plan import Plan
from fieldstone.core.prediction import Reply

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


async def blame(host: Host, plan: Plan, payload: Payload, reply: Reply) -> ObjectFailedError:
    """Why a payload was refused: at the first record up to which it is refused too, found by halving it."""
    records = numbered_records(payload, plan.cut)
    once = replace(plan, retries=0)
    answered, refused = 0, len(records)
    try:
        while refused - answered > 1:
            middle = (answered + refused) // 2
            said = await _ask_of(host, once, records[:middle])
            if said.status < 300:
                answered = middle
            else:
                refused, reply = middle, said
        if len(records) > 1:
            alone = await _ask_of(host, once, records[refused - 1 : refused])
            reply = alone if alone.status >= 300 else reply
    except NoAnswerError:
        return refusal(reply, place_of(payload, plan))
    if plan.cut.split == "None":
        return refusal(reply, "at the object")
    return refusal(reply, f"at {_noun(plan)} {records[refused - 1][0] if records else payload.first}")


def refusal(reply: Reply, place: str) -> ObjectFailedError:
    """A model's refusal of what is at a place, in AWS's words and its own."""
    kind = "ClientError" if reply.status < 500 else "AlgorithmError"
    said = reply.body[:_SHOWN].decode("utf-8", "replace").strip()
    reason = f"Bad HTTP status received from algorithm: {reply.status}, {place}: {said}"
    return ObjectFailedError(kind, reason, f"{kind}: {reply.status}", "", "Message:", *said.splitlines())


def place_of(payload: Payload, plan: Plan) -> str:
    """Which records a payload has, in words."""
    if plan.cut.split == "None":
        return "in the object"
    last = numbered_records(payload, plan.cut)[-1:] or [(payload.first, b"")]
    if last[0][0] == payload.first:
        return f"at {_noun(plan)} {payload.first}"
    return f"in {_noun(plan)}s {payload.first} to {last[0][0]}"


async def _ask_of(host: Host, plan: Plan, records: list[tuple[int, bytes]]) -> Reply:
    body = b"".join(record for _, record in records)
    return await host.ask(body if plan.association is None else plan.association.outgoing(body), plan)


def _noun(plan: Plan) -> str:
    return "line" if plan.cut.split == "Line" else "record"
