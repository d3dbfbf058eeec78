"""Processing jobs: their inputs laid out, their program run, what it leaves put into S3."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error, from_memory, from_program
from fieldstone.control.gang import End, Gang
from fieldstone.control.hardware import cores_for, memory_for, require_gpus
from fieldstone.control.hosts import describe_hosts, hosts_of
from fieldstone.control.launching import Order, launch, log_of, take_key_away
from fieldstone.control.outputs import put_folder
from fieldstone.control.programs import program_of
from fieldstone.control.provisions import Provisions, provide
from fieldstone.control.waiting import unless
from fieldstone.core.eventlog import tail_events
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.engine.images import Program
from fieldstone.engine.workspace import read_own
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.processing_checks import obstacle
from fieldstone.services.sagemaker.processing_jobs import PROCESSING_JOB
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.resources import Row

_LOG_GROUP: Final = "/aws/sagemaker/ProcessingJobs"
_MOST_ATTEMPTS: Final = 3
_LAST_LINES: Final = 20
_LONGEST_MESSAGE: Final = 1024
_UNTOLD: Final = frozenset({"CreationTime", "LastModifiedTime", "ProcessingJobStatus"})
"""What Describe says and the job itself is not told."""


class ProcessingController:
    """Runs processing jobs, each host as one task on this machine."""

    kind = PROCESSING_JOB

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Run the job to its end, from wherever it stands."""
        try:
            end = await self._run(row, halt)
            if end is None:
                await self._finish(row, "Stopped")
            elif end.exit.cause == "lost":
                await self._try_again(row)
            else:
                await self._conclude(row, end)
        except JobFailedError as failure:
            await self._finish(row, "Failed", {"FailureReason": str(failure)})

    async def _run(self, row: Row, halt: asyncio.Event) -> End | None:
        """Run the job's hosts; None where it was stopped before it began."""
        gang = self._gang(row)
        launched = gang.launched
        wanted = cores_for(_cluster(row), self._facilities.cores.total) * len(gang.names)
        async with AsyncExitStack() as stack:
            lend = stack.enter_async_context(self._facilities.cores.lend(wanted, at_once=launched))
            cores = await unless(halt, lend)
            if cores is None:
                return None
            if not launched:
                await self._launch(row, gang, max(1, cores // len(gang.names)))
            await self._facilities.change(row, _begin)
            if await unless(halt, gang.wait()) is None:
                gang.stop()
            return await gang.wait()

    async def _launch(self, row: Row, gang: Gang, cores: int) -> None:
        job = row.document
        require_gpus(_cluster(row))
        if reason := obstacle(job):
            raise client_error(reason)
        program = program_of(self._facilities, row, job["AppSpecification"]["ImageUri"])
        folders = [gang.folder(host) for host in gang.names]
        wanted, may_link = _provisions(job), await gang.may_link()
        identity = {"PROCESSING_JOB_NAME": row.name, "PROCESSING_JOB_ARN": row.arn}
        order = Order(
            command=lambda folder: _command(job, program, folder),
            environment=job.get("Environment", {}) | identity,
            group=_LOG_GROUP,
            cores=cores,
            memory=memory_for(_cluster(row)),
            most_seconds=job["StoppingCondition"]["MaxRuntimeInSeconds"],
            feeds=await provide(self._facilities, row, folders, wanted, may_link=may_link),
            needs=program.needs,
            inputs=tuple(channel.folder for channel in wanted.channels),
        )
        await launch(self._facilities, row, gang, order)

    async def _conclude(self, row: Row, end: End) -> None:
        gang = self._gang(row)
        said = read_own(gang.layout(end.host), "output/message", _LONGEST_MESSAGE)
        members = {} if said is None else {"ExitMessage": said}
        if end.exit.cause == "memory" or (end.exit.cause == "exited" and end.exit.code != 0):
            await self._finish(row, "Failed", members | {"FailureReason": str(self._reason(row, end))})
            return
        if end.exit.cause == "exited":
            await self._upload(row, gang)
        await self._finish(row, "Completed" if end.exit.cause == "exited" else "Stopped", members)

    async def _upload(self, row: Row, gang: Gang) -> None:
        """Put what the hosts left into S3, in the order of their names."""
        for output in row.document.get("ProcessingOutputConfig", {}).get("Outputs", []):
            given = output.get("S3Output")
            if given is None or output.get("AppManaged"):
                continue
            target = parse_s3_uri(given["S3Uri"])
            for host in gang.names:
                await put_folder(self._facilities, row, gang.folder(host), given["LocalPath"], target)

    def _reason(self, row: Row, end: End) -> JobFailedError:
        if end.exit.cause == "memory":
            return from_memory()
        said = read_own(self._gang(row).layout(end.host), "output/failure")
        if said is None:
            events = tail_events(log_of(self._facilities, row, end.host))
            said = "\n".join(event.message for event in events[-_LAST_LINES:]) or "the program ended without a word"
        return from_program(said, end.exit.code)

    async def _finish(self, row: Row, status: str, members: dict[str, Any] | None = None) -> None:
        """Settle the row, take the job's key away, and remove its folders."""

        def finish(ctx: Context, job: Row) -> None:
            job.document |= (members or {}) | {"ProcessingEndTime": ctx.now}
            amend(job, PROCESSING_JOB, ctx.now, status)
            take_key_away(ctx, job)

        await self._facilities.change(row, finish)
        await self._gang(row).remove()

    async def _try_again(self, row: Row) -> None:
        """The program was lost together with its supervisor: begin again, a few times."""
        attempt = row.internal.get("attempt", 1)
        if attempt >= _MOST_ATTEMPTS:
            raise JobFailedError(f"InternalServerError: the job's process was lost {attempt} times; it was given up")
        old = self._gang(row)

        def begin_again(ctx: Context, job: Row) -> None:
            job.internal["attempt"] = attempt + 1
            take_key_away(ctx, job)

        await self._facilities.change(row, begin_again)
        await old.remove()

    def _gang(self, row: Row) -> Gang:
        name = f"processing-{row.uid}-{row.internal.get('attempt', 1)}"
        return Gang(self._facilities.engine, name, row.uid, hosts_of(_cluster(row)))


def _cluster(row: Row) -> dict[str, Any]:
    return row.document["ProcessingResources"]["ClusterConfig"]


def _begin(ctx: Context, job: Row) -> None:
    job.document.setdefault("ProcessingStartTime", ctx.now)


def _command(job: dict[str, Any], program: Program, folder: Path) -> list[str]:
    """What a host starts: the job's own entry point, else the program itself with the job's arguments."""
    application = job["AppSpecification"]
    arguments: list[str] = application.get("ContainerArguments", [])
    if entry := application.get("ContainerEntrypoint"):
        return program.entered(folder, entry, arguments)
    if program.own:
        return program.command(folder, *arguments)
    raise client_error(
        f"{application['ImageUri']} has no program of its own for processing; name one in ContainerEntrypoint"
    )


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
