"""Batch transform jobs driven to their end."""

import asyncio

from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, failing
from fieldstone.control.transform.run import Run
from fieldstone.control.waiting import unless
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.resources import amend
from fieldstone.services.sagemaker.transform_jobs import TRANSFORM_JOB
from fieldstone.store.resources import Row


class TransformController:
    """Runs batch transform jobs. One that a restart of the server interrupts begins again."""

    kind = TRANSFORM_JOB

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Run the job to its end. A job that is stopped puts nothing into S3; one that fails, what it has done."""
        run = Run(self._facilities, row)
        await run.clear()  # what an interrupted run left behind
        try:
            status, reason = await _outcome(run, halt)
        finally:
            await asyncio.shield(run.clear())
        await self._finish(row, status, reason)

    async def _finish(self, row: Row, status: str, reason: str | None) -> None:
        def finish(ctx: Context, job: Row) -> None:
            if reason is not None:
                job.document["FailureReason"] = reason
            job.document["TransformEndTime"] = ctx.now
            amend(job, TRANSFORM_JOB, ctx.now, status)

        await self._facilities.change(row, finish)


async def _outcome(run: Run, halt: asyncio.Event) -> tuple[str, str | None]:
    """The status in which the job ends, and why, if it fails."""
    reason = None
    try:
        with failing("Batch transform failed"):
            if not await unless(halt, run.work()):
                run.outcome.discard()
                return "Stopped", None
    except JobFailedError as failure:
        reason = str(failure)
    try:
        await run.outcome.publish()
    except JobFailedError as failure:
        reason = reason or str(failure)
    return ("Completed", None) if reason is None else ("Failed", reason)
