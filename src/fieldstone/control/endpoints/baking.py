"""The time between two steps of a rollout, in which alarms may turn it back."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from fieldstone.control.endpoints.course import Course
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError
from fieldstone.services.cloudwatch.alarms import lookup
from fieldstone.services.operation import Context
from fieldstone.store.resources import Row

_LOOK_SECONDS: Final = 0.25


async def bake(facilities: Facilities, row: Row, course: Course) -> None:
    """Wait until a step has stood as long as it shall, and look at the alarms meanwhile: once at least.

    Raises:
        JobFailedError: An alarm went off.
    """
    end = course.since + course.step.wait
    while True:
        ringing = facilities.dispatch.read(caller_of(row), lambda ctx: _ringing(ctx, course))
        if ringing:
            raise JobFailedError(f"The deployment was rolled back: alarms are in ALARM state: {', '.join(ringing)}")
        left = end - time.time()
        if left <= 0:
            return
        await asyncio.sleep(min(left, _LOOK_SECONDS))


@asynccontextmanager
async def in_time(course: Course) -> AsyncGenerator[None]:
    """Do something of a rollout, unless its time is over.

    Raises:
        JobFailedError: It is.
    """
    try:
        async with asyncio.timeout(_left(course) if course.step.watched else None):
            yield
    except TimeoutError:
        raise JobFailedError(
            "The deployment was rolled back: it took longer than its MaximumExecutionTimeoutInSeconds"
        ) from None


def _left(course: Course) -> float:
    return max(0.0, course.deadline - time.time())


def _ringing(ctx: Context, course: Course) -> list[str]:
    """The alarms of a rollout that are in ALARM state; those that have been deleted say nothing."""
    if not course.step.watched:
        return []
    rows = [row for name in course.alarms if (row := lookup(ctx, name)) is not None]
    return [row.name for row in rows if row.document["StateValue"] == "ALARM"]
