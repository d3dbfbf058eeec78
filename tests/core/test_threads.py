"""Work in threads."""

import asyncio
import time

import pytest

from fieldstone.core.threads import in_thread


def test_the_result_comes_back() -> None:
    """As from a call."""
    assert asyncio.run(in_thread(sum, [1, 2, 3])) == 6


def test_a_cancelled_caller_waits_for_the_end() -> None:
    """Nothing is still at work when the caller goes on."""
    done = []

    async def scenario() -> None:
        task = asyncio.create_task(in_thread(lambda: (time.sleep(0.1), done.append(True))))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())

    assert done == [True]
