"""Training jobs: laid out, run, followed, their model put into S3."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from fieldstone.control.channels import training_channels
from fieldstone.control.checkpoints import checkpoint_channels, keeping_checkpoints
from fieldstone.control.documents import training_documents
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error, from_aws, from_memory, from_program
from fieldstone.control.gang import End, Gang
from fieldstone.control.hardware import cores_for, memory_for, require_gpus
from fieldstone.control.hosts import HOST, hosts_of
from fieldstone.control.launching import Order, launch, log_of, take_key_away
from fieldstone.control.metrics import final_metrics, printed_metrics
from fieldstone.control.programs import program_of, training_image
from fieldstone.control.provisions import Provisions, provide
from fieldstone.control.waiting import unless
from fieldstone.core.errors import AwsError
from fieldstone.core.eventlog import read_events, tail_events
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.feeds import read_failure
from fieldstone.engine.images import Metric, Program
from fieldstone.engine.workspace import are_empty, pack, read_own
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB, enter
from fieldstone.store.resources import Row

_NAMESPACE = "/aws/sagemaker/TrainingJobs"
_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_MOST_ATTEMPTS = 3
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
            elif end.exit.cause == "lost":
                await self._try_again(row)
            else:
                await self._conclude(row, end)
        except JobFailedError as failure:
            await self._finish(row, "Failed", "Failed", {"FailureReason": str(failure)})

    async def _run(self, row: Row, halt: asyncio.Event) -> End | None:
        """Run the job's hosts; None where it was stopped before it began."""
        gang = self._gang(row)
        launched = gang.launched
        wanted = cores_for(row.document["ResourceConfig"], self._facilities.cores.total) * len(gang.names)
        if not launched and self._facilities.cores.would_wait(wanted):
            await self._enter(row, "Pending", f"Waiting for {wanted} cores of this machine to become free")
        async with AsyncExitStack() as stack:
            lend = stack.enter_async_context(self._facilities.cores.lend(wanted, at_once=launched))
            cores = await unless(halt, lend)
            if cores is None:
                return None
            if not launched:
                await self._launch(row, gang, max(1, cores // len(gang.names)))
            await self._enter(row, "Training")
            for host in gang.names:
                await stack.enter_async_context(keeping_checkpoints(self._facilities, row, gang.folder(host)))
            if await unless(halt, gang.wait()) is None:
                gang.stop()
            return await gang.wait()

    async def _launch(self, row: Row, gang: Gang, cores: int) -> None:
        job = row.document
        program = program_of(self._facilities, row, training_image(job))
        await self._enter(row, "Downloading")
        folders = [gang.folder(host) for host in gang.names]
        identity = {"TRAINING_JOB_NAME": row.name, "TRAINING_JOB_ARN": row.arn}
        order = Order(
            command=lambda folder: _command(job, program, folder),
            environment=job.get("Environment", {}) | identity,
            group=_LOG_GROUP,
            cores=cores,
            memory=memory_for(job["ResourceConfig"]),
            most_seconds=job["StoppingCondition"].get("MaxRuntimeInSeconds"),
            feeds=await provide(self._facilities, row, folders, _provisions(job), may_link=await gang.may_link()),
            needs=program.needs,
        )
        await launch(self._facilities, row, gang, order)

    async def _conclude(self, row: Row, end: End) -> None:
        gang = self._gang(row)
        members: dict[str, Any] = {"FinalMetricDataList": self._metrics(row)}
        events = read_events(self._log(row))
        printed = await in_thread(printed_metrics, events, self._wanted(row), row.name)
        await self._facilities.change(row, lambda ctx, job: _publish(ctx, job, printed))
        if undelivered := read_failure(gang.folder(end.host).feeds):
            raise client_error(f"Data download failed: {undelivered}")
        if end.exit.cause == "memory" or (end.exit.cause == "exited" and end.exit.code != 0):
            reason = str(self._reason(row, gang, end))
            await self._finish(row, "Failed", "Failed", members | {"FailureReason": reason})
            return
        await self._enter(row, "Uploading")
        artifacts = await self._upload(row, gang, whole=end.exit.cause == "exited")
        if artifacts is not None:
            members["ModelArtifacts"] = {"S3ModelArtifacts": artifacts}
        outcome = {"exited": ("Completed", "Completed"), "timeout": ("Stopped", "MaxRuntimeExceeded")}
        await self._finish(row, *outcome.get(end.exit.cause, ("Stopped", "Stopped")), members)

    async def _upload(self, row: Row, gang: Gang, *, whole: bool) -> str | None:
        """Put the model, and other output, into S3; the model's address. A job cut short may have no model."""
        target = parse_s3_uri(row.document["OutputDataConfig"]["S3OutputPath"]).child(f"{row.name}/output")
        layouts = [gang.layout(host) for host in gang.names]
        outputs, models = [layout.output_data for layout in layouts], [layout.model for layout in layouts]
        packed = layouts[0].root.parent / "packed.tar.gz"
        try:
            if not are_empty(outputs):
                await in_thread(pack, outputs, packed)
                await self._facilities.upload(row, packed, target.child("output.tar.gz"))
            if are_empty(models) and not whole:
                return None
            await in_thread(pack, models, packed)
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
            take_key_away(ctx, job)

        await self._facilities.change(row, finish)
        await self._gang(row).remove()

    async def _try_again(self, row: Row) -> None:
        """The program was lost together with its supervisor: begin again, a few times."""
        attempt = row.internal.get("attempt", 1)
        if attempt >= _MOST_ATTEMPTS:
            raise JobFailedError(
                f"InternalServerError: the job's process was lost {attempt} times (killed, or out of memory); "
                "it was not tried again"
            )
        old = self._gang(row)

        def begin_again(ctx: Context, job: Row) -> None:
            job.internal["attempt"] = attempt + 1
            take_key_away(ctx, job)
            enter(job, "Restarting", ctx.now, message="The job's process was lost; it begins again")

        await self._facilities.change(row, begin_again)
        await old.remove()

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

    def _reason(self, row: Row, gang: Gang, end: End) -> JobFailedError:
        if end.exit.cause == "memory":
            return from_memory()
        said = read_own(gang.layout(end.host), "output/failure")
        if said is None:
            lines = [event.message for event in tail_events(self._log(row, end.host))][-_LAST_LINES:]
            said = "\n".join(lines) or "the program ended without a word"
        return from_program(said, end.exit.code)

    def _log(self, row: Row, host: str = HOST) -> Path:
        return log_of(self._facilities, row, host)

    def _gang(self, row: Row) -> Gang:
        name = f"training-{row.uid}-{row.internal.get('attempt', 1)}"
        return Gang(self._engine, name, row.uid, hosts_of(row.document["ResourceConfig"]))


def _provisions(job: dict[str, Any]) -> Provisions:
    return Provisions(
        hosts=hosts_of(job["ResourceConfig"]),
        channels=training_channels(job) + checkpoint_channels(job),
        documents=lambda layout, host: training_documents(layout, job, host),
    )


def _command(job: dict[str, Any], program: Program, folder: Path) -> list[str]:
    """What a host starts: the job's own entry point, else the image's."""
    algorithm = job["AlgorithmSpecification"]
    if entry := algorithm.get("ContainerEntrypoint"):
        return program.entered(folder, entry, algorithm.get("ContainerArguments", []))
    return program.command(folder, *algorithm.get("ContainerArguments", ["train"]))


def _publish(ctx: Context, job: Row, printed: list[dict[str, Any]]) -> None:
    """Put what the job printed of its metrics into CloudWatch, once, even if the server was killed on the way."""
    if not job.internal.get("published"):
        job.internal["published"] = True
        keep_recent(ctx, _NAMESPACE, printed)
