"""Training jobs: laid out, run, followed, their model put into S3."""

import math
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

from fieldstone.control.artifacts import put_artifacts
from fieldstone.control.channels import training_channels
from fieldstone.control.checkpoints import checkpoint_channels, keeping_checkpoints
from fieldstone.control.documents import training_documents
from fieldstone.control.failures import JobFailedError
from fieldstone.control.gang import End, Gang
from fieldstone.control.hosts import HOST, hosts_of
from fieldstone.control.jobs import JobController
from fieldstone.control.launching import Order, log_of
from fieldstone.control.metrics import final_metrics, printed_metrics
from fieldstone.control.programs import program_of, training_image
from fieldstone.control.provisions import Provisions
from fieldstone.core.eventlog import read_events, tail_events
from fieldstone.core.threads import in_thread
from fieldstone.engine.images import Metric, Program
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB, enter
from fieldstone.store.resources import Row

_NAMESPACE = "/aws/sagemaker/TrainingJobs"


class TrainingController(JobController):
    """Runs training jobs."""

    kind = TRAINING_JOB
    group = "/aws/sagemaker/TrainingJobs"

    def resources(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job's ResourceConfig."""
        return job["ResourceConfig"]

    def order(self, row: Row) -> Order:
        """The image's program, or the job's own entry point, with channels and checkpoints."""
        job = row.document
        program = program_of(self._facilities, training_image(job))
        identity = {"TRAINING_JOB_NAME": row.name, "TRAINING_JOB_ARN": row.arn}
        return Order(
            command=lambda folder: _command(job, program, folder),
            environment=job.get("Environment", {}) | identity,
            most_seconds=job["StoppingCondition"].get("MaxRuntimeInSeconds"),
            provisions=training_provisions(job),
            needs=program.needs,
            isolated=job["EnableNetworkIsolation"],
        )

    def patience(self, row: Row) -> float | None:
        """What is left of the MaxWaitTimeInSeconds of a spot job."""
        longest = row.document["StoppingCondition"].get("MaxWaitTimeInSeconds")
        return None if longest is None else max(0.0, row.created + longest - time.time())

    def companions(self, row: Row, gang: Gang) -> list[AbstractAsyncContextManager[None]]:
        """The checkpoints of each host are kept in S3."""
        return [keeping_checkpoints(self._facilities, row, gang.folder(host)) for host in gang.names]

    async def report(self, row: Row, gang: Gang, end: End) -> dict[str, Any]:
        """The last value of each metric; what was printed of them goes to CloudWatch."""
        del gang, end
        log, wanted = log_of(self._facilities, row, HOST), self._wanted(row)
        printed = await in_thread(printed_metrics, read_events(log), wanted, row.name)
        if printed:
            await self._facilities.change(row, lambda ctx, job: _publish(ctx, job, printed))
        return {"FinalMetricDataList": list(final_metrics(tail_events(log), wanted))}

    async def conclude(self, row: Row, gang: Gang, end: End) -> tuple[str, dict[str, Any]]:
        """Put the model and other output into S3."""
        await self.enter(row, "Uploading")
        whole = end.exit.cause == "exited"
        model = await put_artifacts(self._facilities, row, gang, whole=whole)
        members = {} if model is None else {"ModelArtifacts": {"S3ModelArtifacts": str(model)}}
        return self._outcome(row, end), members

    def _outcome(self, row: Row, end: End) -> str:
        if end.exit.cause != "timeout":
            return "Completed" if end.exit.cause == "exited" else "Stopped"
        return "MaxWaitTimeExceeded" if self.patience(row) == 0 else "MaxRuntimeExceeded"

    def settle(self, ctx: Context, job: Row, status: str) -> None:
        """Write down how the job ended: its status may be the secondary one of a job that was cut short."""
        job.document["TrainingEndTime"] = ctx.now
        if "TrainingStartTime" in job.document:
            seconds = max(1, math.ceil(ctx.now - job.document["TrainingStartTime"]))
            job.document |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        primary = status if status in TRAINING_JOB.settled else "Stopped"
        enter(job, status, ctx.now, primary, job.document.get("FailureReason"))

    def begin_again(self, ctx: Context, job: Row) -> None:
        """Have the job enter the secondary status of one that begins again."""
        enter(job, "Restarting", ctx.now, message="The job's process was lost; it begins again")

    async def enter(self, row: Row, phase: str, message: str | None = None) -> None:
        """Have the job enter a secondary status, unless it is there or somebody stops it."""

        def change(ctx: Context, job: Row) -> None:
            if job.status == "InProgress" and job.document["SecondaryStatus"] != phase:
                enter(job, phase, ctx.now, message=message)
                if phase == "Downloading":
                    job.document.setdefault("TrainingStartTime", ctx.now)

        await self._facilities.change(row, change)

    def _wanted(self, row: Row) -> Sequence[Metric]:
        algorithm = row.document["AlgorithmSpecification"]
        wanted = [Metric(item["Name"], item["Regex"]) for item in algorithm.get("MetricDefinitions", [])]
        with suppress(JobFailedError):  # its program may have been taken out of the registry meanwhile
            return wanted or program_of(self._facilities, training_image(row.document)).metrics
        return ()


def training_provisions(job: dict[str, Any]) -> Provisions:
    """What the hosts of a training job find, by its document.

    Raises:
        JobFailedError: The address of a channel is none.
    """
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
