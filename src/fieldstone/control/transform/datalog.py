"""The log of what happened to a transform job's data, beside the log of what its containers print."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.core.eventlog import format_event
from fieldstone.services.logs.groups import open_stream
from fieldstone.store.resources import Row

LOG_GROUP: Final = "/aws/sagemaker/TransformJobs"


class DataLog:
    """Appends lines as AWS writes them: the time, ``[sagemaker logs]``, what they are about, what happened.

    Args:
        facilities: What controllers work with.
        row: The job.
        stream: The stream of the container's own lines.
    """

    def __init__(self, facilities: Facilities, row: Row, stream: str) -> None:
        self._facilities = facilities
        self._row = row
        self._stream = f"{stream}/data-log"

    async def write(self, *lines: str, about: str = "") -> None:
        """Append lines about an object, or about the job."""
        caller = caller_of(self._row)
        file = await self._facilities.dispatch.write(caller, lambda ctx: open_stream(ctx, LOG_GROUP, self._stream))
        now = time.time()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        prefix = f"{stamp}:[sagemaker logs]: " + (f"{about}: " if about else "")
        events = "".join(format_event(int(now * 1000), prefix + line) for line in lines)
        await asyncio.to_thread(self._facilities.dispatch.store.logs.append, file, events, None)
