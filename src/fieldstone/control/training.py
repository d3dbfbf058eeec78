"""Training jobs: laid out, run, followed, their model put into S3."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import channel_inputs
from fieldstone.control.documents import HOST, training_documents
from fieldstone.control.environment import client_environment, take_role, task_environment
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, client_error, from_aws, from_program
from fieldstone.control.hardware import require_gpus
from fieldstone.control.metrics import final_metrics, printed_metrics
from fieldstone.control.programs import program_of, training_image
from fieldstone.control.waiting import unless
from fieldstone.core.errors import AwsError
from fieldstone.core.eventlog import read_events, tail_events
from fieldstone.core.instances import cores_of
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.images import Metric
from fieldstone.engine.task import Exit, Task
from fieldstone.engine.workspace import UnsafePathError, is_empty, make_workspace, pack
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.logs.groups import open_stream
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB, enter
from fieldstone.services.sts.sessions import revoke
from fieldstone.store.resources import Row

_NAMESPACE = "/aws/sagemaker/TrainingJobs"
_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_MOST_ATTEMPTS = 3
_GRACE_SECONDS = 120.0
_LAST_LINES = 10


class TrainingController:
    """Runs training jobs, each as one task on this machine."""

    kind = TRAINING_JOB

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities
        self._engine = facilities.engine

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Run the job to its end, from wherever it stands."""
        try:
            require_gpus(row.document["ResourceConfig"])
            end = await self._run(row, halt)
            if end is None:
                await self._finish(row, "Stopped", "Stopped")
            elif end.cause == "lost":
                await self._try_again(row)
            else:
                await self._conclude(row, end)
        except JobFailedError as failure:
            await self._finish(row, "Failed", "Failed", {"FailureReason": str(failure)})

    async def _run(self, row: Row, halt: asyncio.Event) -> Exit | None:
        """Run the job's program; None where it was stopped before it began."""
        task_id = _task_id(row)
        launched = self._engine.launched(task_id)
        wanted = _cores(row, self._facilities.cores.total)
        if not launched and self._facilities.cores.would_wait(wanted):
            await self._enter(row, "Pending", f"Waiting for {wanted} cores of this machine to become free")
        async with AsyncExitStack() as stack:
            lend = stack.enter_async_context(self._facilities.cores.lend(wanted, at_once=launched))
            cores = await unless(halt, lend)
            if cores is None:
                return None
            if not launched:
                await self._launch(row, task_id, cores)
            await self._enter(row, "Training")
            if await unless(halt, self._engine.wait(task_id)) is None:
                self._engine.stop(task_id)
            return await self._engine.wait(task_id)

    async def _launch(self, row: Row, task_id: str, cores: int) -> None:
        job, layout = row.document, Layout(self._engine.folder(task_id).contract)
        program = program_of(self._facilities, row, training_image(job))
        if job["ResourceConfig"].get("InstanceCount", 1) > 1:
            raise client_error("InstanceCount: jobs on several hosts are not supported here yet; use 1")
        await self._enter(row, "Downloading")
        store = self._facilities.dispatch.store
        inputs = self._facilities.dispatch.read(
            caller_of(row), lambda ctx: channel_inputs(ctx, store.blobs, layout, job)
        )
        try:
            await in_thread(make_workspace, layout, training_documents(layout, job), inputs)
        except UnsafePathError as error:
            raise client_error(f"Data download failed: {error}") from None
        credentials, log = await self._facilities.dispatch.write(caller_of(row), lambda ctx: _open(ctx, row))
        identity = {"TRAINING_JOB_NAME": row.name, "TRAINING_JOB_ARN": row.arn}
        own = client_environment(self._facilities.url, row.region, credentials) | job.get("Environment", {}) | identity
        task = Task(
            argv=program.command(self._engine.folder(task_id).root, "train"),
            environment=task_environment(layout, cores, own),
            log=str(store.logs.path(log)),
            most_seconds=job["StoppingCondition"].get("MaxRuntimeInSeconds"),
            grace_seconds=_GRACE_SECONDS,
        )
        await self._engine.launch(task_id, task)

    async def _conclude(self, row: Row, end: Exit) -> None:
        layout = Layout(self._engine.folder(_task_id(row)).contract)
        members: dict[str, Any] = {"FinalMetricDataList": self._metrics(row)}
        events = read_events(self._log(row))
        printed = await in_thread(printed_metrics, events, self._wanted(row), row.name)
        await self._facilities.change(row, lambda ctx, job: _publish(ctx, job, printed))
        if end.cause == "exited" and end.code != 0:
            reason = str(from_program(self._failure(row, layout), end.code))
            await self._finish(row, "Failed", "Failed", members | {"FailureReason": reason})
            return
        await self._enter(row, "Uploading")
        artifacts = await self._upload(row, layout, whole=end.cause == "exited")
        if artifacts is not None:
            members["ModelArtifacts"] = {"S3ModelArtifacts": artifacts}
        outcome = {"exited": ("Completed", "Completed"), "timeout": ("Stopped", "MaxRuntimeExceeded")}
        await self._finish(row, *outcome.get(end.cause, ("Stopped", "Stopped")), members)

    async def _upload(self, row: Row, layout: Layout, *, whole: bool) -> str | None:
        """Put the model, and other output, into S3; the model's address. A job cut short may have no model."""
        target = parse_s3_uri(row.document["OutputDataConfig"]["S3OutputPath"]).child(f"{row.name}/output")
        packed = layout.root.parent / "packed.tar.gz"
        try:
            if not is_empty(layout.output_data):
                await in_thread(pack, layout.output_data, packed)
                await self._facilities.upload(row, packed, target.child("output.tar.gz"))
            if is_empty(layout.model) and not whole:
                return None
            await in_thread(pack, layout.model, packed)
            await self._facilities.upload(row, packed, target.child("model.tar.gz"))
        except AwsError as error:
            raise from_aws(error, f"Artifact upload failed to {target}") from None
        return str(target.child("model.tar.gz"))

    async def _finish(self, row: Row, status: str, secondary: str, members: dict[str, Any] | None = None) -> None:
        """Settle the row, take the job's key away, and remove its folder."""

        def finish(ctx: Context, job: Row) -> None:
            job.document |= members or {}
            job.document["TrainingEndTime"] = ctx.now
            if "TrainingStartTime" in job.document:
                seconds = max(1, math.ceil(ctx.now - job.document["TrainingStartTime"]))
                job.document |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
            reason = job.document.get("FailureReason")
            enter(job, secondary, ctx.now, status, reason)
            revoke(ctx.store, job.internal.get("access_key", ""))

        await self._facilities.change(row, finish)
        await self._engine.remove(_task_id(row))

    async def _try_again(self, row: Row) -> None:
        """The program was lost together with its supervisor: begin again, a few times."""
        attempt = row.internal.get("attempt", 1)
        if attempt >= _MOST_ATTEMPTS:
            raise JobFailedError(
                f"InternalServerError: the job's process was lost {attempt} times (killed, or out of memory); "
                "it was not tried again"
            )
        old = _task_id(row)

        def begin_again(ctx: Context, job: Row) -> None:
            job.internal["attempt"] = attempt + 1
            revoke(ctx.store, job.internal.get("access_key", ""))
            enter(job, "Restarting", ctx.now, message="The job's process was lost; it begins again")

        await self._facilities.change(row, begin_again)
        await self._engine.remove(old)

    async def _enter(self, row: Row, secondary: str, message: str | None = None) -> None:
        """Have the job enter a secondary status, unless it is there or somebody stops it."""

        def change(ctx: Context, job: Row) -> None:
            if job.status == "InProgress" and job.document["SecondaryStatus"] != secondary:
                enter(job, secondary, ctx.now, message=message)
                if secondary == "Downloading":
                    job.document.setdefault("TrainingStartTime", ctx.now)

        await self._facilities.change(row, change)

    def _metrics(self, row: Row) -> list[dict[str, Any]]:
        return list(final_metrics(tail_events(self._log(row)), self._wanted(row)))

    def _wanted(self, row: Row) -> Sequence[Metric]:
        algorithm = row.document["AlgorithmSpecification"]
        wanted = [Metric(item["Name"], item["Regex"]) for item in algorithm.get("MetricDefinitions", [])]
        with suppress(JobFailedError):  # its program may have been taken out of the registry meanwhile
            return wanted or program_of(self._facilities, row, training_image(row.document)).metrics
        return ()

    def _failure(self, row: Row, layout: Layout) -> str:
        if layout.failure.is_file():
            return layout.failure.read_text(errors="replace")
        lines = [event.message for event in tail_events(self._log(row))][-_LAST_LINES:]
        return "\n".join(lines) or "the program ended without a word"

    def _log(self, row: Row) -> Path:
        current = self._facilities.dispatch.store.read(lambda tx: tx.resources.get(row.uid)) or row
        return self._facilities.dispatch.store.logs.path(current.internal["log"])


def _open(ctx: Context, row: Row) -> tuple[dict[str, Any], str]:
    """A session key and a log stream for the job, remembered in its row."""
    credentials = take_role(ctx, row)
    log = open_stream(ctx, _LOG_GROUP, f"{row.name}/{HOST}-{int(ctx.now)}")
    current = ctx.store.resources.get(row.uid)
    assert current is not None
    current.internal |= {"access_key": credentials["AccessKeyId"], "log": log}
    ctx.store.resources.update(current)
    return credentials, log


def _publish(ctx: Context, job: Row, printed: list[dict[str, Any]]) -> None:
    """Put what the job printed of its metrics into CloudWatch, once, even if the server was killed on the way."""
    if not job.internal.get("published"):
        job.internal["published"] = True
        keep_recent(ctx, _NAMESPACE, printed)


def _task_id(row: Row) -> str:
    return f"training-{row.uid}-{row.internal.get('attempt', 1)}"


def _cores(row: Row, everything: int) -> int:
    return cores_of(row.document["ResourceConfig"].get("InstanceType", "local"), everything)
