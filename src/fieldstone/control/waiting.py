"""Waiting for one thing while another may come first, and for several at once."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


async def unless(halt: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of ``work``; None if ``halt`` is set before, and then the work is cancelled."""
    working = asyncio.create_task(work)
    halting = asyncio.create_task(halt.wait())
    try:
        await asyncio.wait((working, halting), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, halting):
            task.cancel()
        await asyncio.gather(working, halting, return_exceptions=True)


async def together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do several things at once; the first that fails ends the others, and so does a cancellation."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def growing(first: float, most: float) -> Iterator[float]:
    """Seconds to wait before each new try of what fails: twice as long each time, up to a longest."""
    while True:
        yield first
        first = min(first * 2, most)
