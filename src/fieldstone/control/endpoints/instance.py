"""One instance of a variant: the servers of its model's containers, asked one after the other or one by its name."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from fieldstone.control.waiting import together
from fieldstone.core.prediction import BadQuestionError, Question, Reply
from fieldstone.store.resources import Row


class Server(Protocol):
    """A container of an instance: one model's server, or those of many."""

    name: str

    @property
    def ready(self) -> bool:
        """Whether it can be asked at once."""
        ...

    async def predict(self, question: Question) -> Reply:
        """Ask it."""
        ...

    async def bring_up(self, row: Row) -> None:
        """Have it ready, and kept so."""
        ...

    async def close(self, *, keep: bool = False) -> None:
        """End it."""
        ...


class Instance:
    """One instance of a variant.

    Args:
        endpoint: The endpoint's name.
        hosts: The servers of its containers, in their order.
        direct: Whether a question goes to the one container that it names, and not through all of them.
        many: Whether questions name one of many models.

    Attributes:
        busy: How many questions it works on.
    """

    def __init__(self, endpoint: str, hosts: Sequence[Server], *, direct: bool = False, many: bool = False) -> None:
        self._endpoint = endpoint
        self._hosts = hosts
        self._direct = direct
        self._many = many
        self._left = asyncio.Event()
        self.busy = 0

    @property
    def ready(self) -> bool:
        """Whether all of it can be asked at once."""
        return all(host.ready for host in self._hosts)

    async def predict(self, question: Question) -> Reply:
        """Ask the containers; the answer of one is the next one's question, until one refuses.

        Raises:
            ModelUnavailableError: A server is not there, or went before it answered.
            BadQuestionError: It names a container that is not there, or none where it has to.
        """
        if question.target_model is not None and not self._many:
            raise BadQuestionError(
                f"Endpoint {self._endpoint} is not a multi-model endpoint and does not support target model header."
            )
        self.busy += 1
        try:
            reply = await self._ask(question)
        except BaseException:
            self._leave()
            raise
        reply.after(self._leave)
        return reply

    async def _ask(self, question: Question) -> Reply:
        hosts = self._hosts if question.target_container is None and not self._direct else [self._named(question)]
        last = hosts[-1]
        for host in hosts:
            reply = await host.predict(question if host is last else replace(question, streams=False))
            reply.container = host.name
            if host is last or reply.status >= 300:
                return reply
            question = _passed_on(question, reply)
        raise BadQuestionError("The model has no container.")

    def _leave(self) -> None:
        self.busy -= 1
        if not self.busy:
            self._left.set()

    async def bring_up(self, row: Row) -> None:
        """Start every server, and wait until all are ready.

        Raises:
            JobFailedError: One does not become ready.
        """
        await together(host.bring_up(row) for host in self._hosts)

    async def idle(self) -> None:
        """Wait until it works on nothing."""
        while self.busy:
            self._left.clear()
            await self._left.wait()

    async def close(self, *, keep: bool = False) -> None:
        """End every server, and take their folders away unless they are to be kept."""
        await asyncio.gather(*(host.close(keep=keep) for host in self._hosts))

    def _named(self, question: Question) -> Server:
        names = [host.name for host in self._hosts]
        if not self._direct:
            raise BadQuestionError("TargetContainerHostname is for endpoints in Direct mode alone.")
        if question.target_container not in names:
            raise BadQuestionError(f"TargetContainerHostname must be one of {', '.join(names)}.")
        return self._hosts[names.index(question.target_container)]


def _passed_on(question: Question, reply: Reply) -> Question:
    """What the next container is asked: the answer of the one before, in the form that this one gave it."""
    told = {"content-type": reply.headers.get("content-type", "application/octet-stream")}
    return replace(question, body=reply.body, headers={**question.headers, **told}, target_container=None)
