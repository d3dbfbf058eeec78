"""Processing jobs: their inputs laid out, their program run, what it leaves put into S3."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel
from fieldstone.control.failures import client_error
from fieldstone.control.gang import End, Gang
from fieldstone.control.hosts import describe_hosts, hosts_of
from fieldstone.control.jobs import JobController
from fieldstone.control.keeping import Kept, keeping
from fieldstone.control.launching import Order
from fieldstone.control.outputs import put_folder
from fieldstone.control.programs import program_of
from fieldstone.control.provisions import Provisions
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.engine.images import Program
from fieldstone.engine.watching import WatchedFolder
from fieldstone.engine.workspace import read_own
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.processing_checks import obstacle
from fieldstone.services.sagemaker.processing_jobs import PROCESSING_JOB
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.resources import Row

_LONGEST_MESSAGE: Final = 1024
_UNTOLD: Final = frozenset({"CreationTime", "LastModifiedTime", "ProcessingJobStatus"})
"""What Describe says and the job itself is not told."""


class ProcessingController(JobController):
    """Runs processing jobs."""

    kind = PROCESSING_JOB
    group = "/aws/sagemaker/ProcessingJobs"

    def resources(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job's ClusterConfig."""
        return job["ProcessingResources"]["ClusterConfig"]

    def order(self, row: Row) -> Order:
        """The job's own entry point, or a program that is one, with inputs and folders for outputs."""
        job = row.document
        if reason := obstacle(job):
            raise client_error(reason)
        program = program_of(self._facilities, job["AppSpecification"]["ImageUri"])
        identity = {"PROCESSING_JOB_NAME": row.name, "PROCESSING_JOB_ARN": row.arn}
        return Order(
            command=lambda folder: _command(job, program, folder),
            environment=job.get("Environment", {}) | identity,
            most_seconds=job["StoppingCondition"]["MaxRuntimeInSeconds"],
            provisions=_provisions(job),
            needs=program.needs,
            isolated=job.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        )

    def companions(self, row: Row, gang: Gang) -> list[AbstractAsyncContextManager[None]]:
        """Outputs that are to be uploaded continuously are, of each host."""
        return [
            keeping(self._facilities, row, _kept(gang, host, number, output))
            for number, output in enumerate(_outputs(row.document, "Continuous"))
            for host in gang.names
        ]

    async def report(self, row: Row, gang: Gang, end: End) -> dict[str, Any]:
        """What the program has to say at its end, whether it fails or not."""
        del row
        said = read_own(gang.layout(end.host), "output/message", _LONGEST_MESSAGE)
        return {} if said is None else {"ExitMessage": said}

    async def conclude(self, row: Row, gang: Gang, end: End) -> tuple[str, dict[str, Any]]:
        """Put what the hosts left into S3, in the order of their names."""
        if end.exit.cause != "exited":
            return "Stopped", {}
        for output in _outputs(row.document, "EndOfJob"):
            target = parse_s3_uri(output["S3Uri"])
            for host in gang.names:
                await put_folder(self._facilities, row, gang.folder(host), output["LocalPath"], target)
        return "Completed", {}

    def settle(self, ctx: Context, job: Row, status: str) -> None:
        """Write down when and how the job ended."""
        job.document["ProcessingEndTime"] = ctx.now
        amend(job, PROCESSING_JOB, ctx.now, status)

    def begin_again(self, ctx: Context, job: Row) -> None:
        """Nothing shows it in the job's document."""

    async def enter(self, row: Row, phase: str, message: str | None = None) -> None:
        """Write down when the job's program began; processing jobs have no other phases."""
        del message
        if phase == "Training":
            await self._facilities.change(row, _begin)


def _begin(ctx: Context, job: Row) -> None:
    job.document.setdefault("ProcessingStartTime", ctx.now)


def _command(job: dict[str, Any], program: Program, folder: Path) -> list[str]:
    """What a host starts: the job's own entry point, else the program itself with the job's arguments."""
    application = job["AppSpecification"]
    arguments: list[str] = application.get("ContainerArguments", [])
    if entry := application.get("ContainerEntrypoint"):
        return program.entered(folder, entry, arguments)
    if (command := program.processing(folder, arguments)) is not None:
        return command
    raise client_error(
        f"{application['ImageUri']} has no program of its own for processing; name one in ContainerEntrypoint"
    )


def _outputs(job: dict[str, Any], mode: str) -> list[dict[str, Any]]:
    """The outputs in S3 that are uploaded in a mode, as S3Output has them."""
    outputs: list[dict[str, Any]] = job.get("ProcessingOutputConfig", {}).get("Outputs", [])
    given = [output["S3Output"] for output in outputs if "S3Output" in output and not output.get("AppManaged")]
    return [output for output in given if output["S3UploadMode"] == mode]


def _kept(gang: Gang, host: str, number: int, output: dict[str, Any]) -> Kept:
    folder = gang.folder(host)
    watched = WatchedFolder(folder.root, Layout(folder.contract).rebase(output["LocalPath"]))
    return Kept(watched, parse_s3_uri(output["S3Uri"]), folder.root / f"output-{number}.json", "Output")


def _provisions(job: dict[str, Any]) -> Provisions:
    hosts = hosts_of(job["ProcessingResources"]["ClusterConfig"])
    outputs = job.get("ProcessingOutputConfig", {}).get("Outputs", [])

    def documents(layout: Layout, host: int) -> dict[Any, Any]:
        described = describe_hosts(hosts, host)
        return {
            layout.processing_job_config: {name: job[name] for name in job if name not in _UNTOLD},
            layout.processing_resource_config: {name: described[name] for name in ("current_host", "hosts")},
        }

    return Provisions(
        hosts=hosts,
        channels=[_channel(given) for given in job.get("ProcessingInputs", []) if not given.get("AppManaged")],
        documents=documents,
        folders=[given["S3Output"]["LocalPath"] for given in outputs if "LocalPath" in given.get("S3Output", {})],
    )


def _channel(given: dict[str, Any]) -> Channel:
    source = given["S3Input"]
    return Channel(
        name=given["InputName"],
        source=parse_s3_uri(source["S3Uri"]),
        folder=source["LocalPath"],
        data_type=source["S3DataType"],
        sharded=source["S3DataDistributionType"] == "ShardedByS3Key",
    )
