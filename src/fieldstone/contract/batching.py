"""Micro-batching: the requests that became complete in one tick of the event loop are answered together.

There is no timer: a request that is alone waits for nobody, and under load the batches grow by themselves.
"""

import asyncio
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fieldstone.contract.messages import Invocation, Model, Reply

LARGE = 64 * 1024
"""Bytes of body beyond which a request leaves the event loop's thread, so that /ping goes on answering."""


@dataclass(slots=True)
class Exchange:
    """A request's place in the line of its connection: the reply once there is one, and whether it is the last."""

    last: bool = False
    reply: Reply | None = None


class Batcher:
    """Hands requests to the model: the small ones tick by tick in the loop's thread, each large one in a worker."""

    def __init__(self, model: Model, loop: asyncio.AbstractEventLoop, *, large: int = LARGE, workers: int = 1) -> None:
        self._large_size = large
        self._model = model
        self._loop = loop
        self._waiting: list[tuple[Invocation, Exchange, Callable[[], None]]] = []
        self._worker = ThreadPoolExecutor(max_workers=workers)
        self._large: set[asyncio.Future[list[Reply]]] = set()

    def submit(self, request: Invocation, exchange: Exchange, flush: Callable[[], None]) -> None:
        """Have a request answered: the exchange gets the reply, then `flush` is called, once a tick and connection."""
        if len(request.body) > self._large_size:
            self._submit_large(request, exchange, flush)
            return
        if not self._waiting:
            self._loop.call_soon(self._answer_tick)
        self._waiting.append((request, exchange, flush))

    async def drain(self) -> None:
        """Wait until everything submitted is answered, then end the worker thread."""
        while self._waiting or self._large:
            await asyncio.gather(*self._large)
            await asyncio.sleep(0)
        self._worker.shutdown()

    def _answer_tick(self) -> None:
        tick, self._waiting = self._waiting, []
        replies = answer(self._model, [request for request, _, _ in tick])
        for (_, exchange, _), reply in zip(tick, replies, strict=True):
            exchange.reply = reply
        for flush in dict.fromkeys(flush for _, _, flush in tick):
            flush()

    def _submit_large(self, request: Invocation, exchange: Exchange, flush: Callable[[], None]) -> None:
        answered = self._loop.run_in_executor(self._worker, answer, self._model, [request])
        self._large.add(answered)

        def finish(answered: asyncio.Future[list[Reply]]) -> None:
            self._large.discard(answered)
            exchange.reply = answered.result()[0]
            flush()

        answered.add_done_callback(finish)


def answer(model: Model, requests: Sequence[Invocation]) -> list[Reply]:
    """Answer a batch; when the model fails on it, every request of it gets its chance alone."""
    try:
        return _ask(model, requests)
    except Exception as error:  # noqa: BLE001 - one bad request must not end the server
        if len(requests) > 1:
            return [reply for request in requests for reply in answer(model, [request])]
        traceback.print_exc()
        return [Reply(f"{type(error).__name__}: {error}".encode(), status=500)]


def _ask(model: Model, requests: Sequence[Invocation]) -> list[Reply]:
    replies = list(model.answer(requests))
    if len(replies) != len(requests):
        raise RuntimeError(f"the model gave {len(replies)} replies to {len(requests)} requests")
    return replies
