"""Batch transform jobs: a model server of their own, asked payload by payload, the answers put into S3."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from fieldstone.control.batches import MEGABYTE, RecordTooLargeError, payloads
from fieldstone.control.channels import objects_below
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, client_error, from_aws
from fieldstone.control.hardware import require_gpus
from fieldstone.control.serving import (
    STARTUP_SECONDS,
    become_ready,
    container_of,
    find_artifact,
    launch_server,
    stage_model,
)
from fieldstone.control.waiting import unless
from fieldstone.core.errors import AwsError
from fieldstone.core.instances import cores_of
from fieldstone.core.prediction import ModelUnavailableError, Question
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.engine.model_server import ModelServer
from fieldstone.services.logs.groups import open_stream
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.resources import amend
from fieldstone.services.sagemaker.transform_jobs import TRANSFORM_JOB
from fieldstone.store.blobs import GrowingBlob
from fieldstone.store.objects import StoredObject
from fieldstone.store.resources import Row

_LOG_GROUP: Final = "/aws/sagemaker/TransformJobs"
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a job wants its input cut, sent and put together."""

    content_type: str | None
    accept: str | None
    split: str
    strategy: Any
    assemble: str
    most_bytes: int
    concurrency: int


class TransformController:
    """Runs batch transform jobs. One that a restart of the server interrupts begins again."""

    kind = TRANSFORM_JOB

    def __init__(self, facilities: Facilities) -> None:
        self._facilities = facilities

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Run the job to its end."""
        task_id = f"transform-{row.uid}"
        await self._facilities.engine.remove(task_id)  # what an interrupted run left behind
        try:
            done = await unless(halt, self._run(row, task_id))
            await self._finish(row, "Completed" if done else "Stopped")
        except JobFailedError as failure:
            await self._finish(row, "Failed", str(failure))
        finally:
            await asyncio.shield(self._facilities.engine.remove(task_id))

    async def _run(self, row: Row, task_id: str) -> bool:
        job = row.document
        plan = _plan(job)
        require_gpus(job["TransformResources"])
        wanted = cores_of(job["TransformResources"]["InstanceType"], self._facilities.cores.total)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._facilities.cores.lend(wanted))
            await self._facilities.change(row, _start)
            source = parse_s3_uri(job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
            inputs = self._facilities.dispatch.read(caller_of(row), lambda ctx: objects_below(ctx, source))
            server = await self._serve(row, task_id, plan)
            stack.callback(server.close)
            plan = await _with_execution_parameters(plan, server)
            for name, item in inputs:
                await self._transform(row, server, plan, name, item)
        return True

    async def _serve(self, row: Row, task_id: str, plan: _Plan) -> ModelServer:
        container = container_of(self._facilities, row, row.internal["model"])
        await stage_model(self._facilities, task_id, find_artifact(self._facilities, row, container))
        stream = f"{row.name}/algo-1-{row.uid}"
        file = await self._facilities.dispatch.write(caller_of(row), lambda ctx: open_stream(ctx, _LOG_GROUP, stream))
        log = self._facilities.dispatch.store.logs.path(file)
        batch = {
            "SAGEMAKER_BATCH": "True",
            "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD" if plan.strategy == "MultiRecord" else "SINGLE_RECORD",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(plan.most_bytes // MEGABYTE),
        }
        await launch_server(self._facilities, task_id, container, log, row.document.get("Environment", {}) | batch)
        server = ModelServer(self._facilities.engine.folder(task_id).socket)
        await become_ready(self._facilities, task_id, server, STARTUP_SECONDS, log)
        return server

    async def _transform(self, row: Row, server: ModelServer, plan: _Plan, name: str, item: StoredObject) -> None:
        """Transform one object into one ``.out`` object."""
        blobs = self._facilities.dispatch.store.blobs
        scratch = self._facilities.engine.folder(f"transform-{row.uid}").root / "input"
        growing = blobs.begin()
        try:
            file = await self._facilities.local_file(item, scratch)
            await _pump(server, plan, payloads(file, plan.split, plan.strategy, plan.most_bytes), growing)
            blob = await asyncio.to_thread(growing.finish)
        except BaseException as error:
            growing.abandon()
            if isinstance(error, RecordTooLargeError | ModelUnavailableError | _RefusedError):
                raise client_error(f"{item.key.decode()}: {error}") from None
            raise
        target = parse_s3_uri(row.document["TransformOutput"]["S3OutputPath"]).child(f"{name}.out")
        headers = {} if plan.accept is None else {"ContentType": plan.accept}
        try:
            await self._facilities.put(row, blob, target, **headers)
        except AwsError as error:
            raise from_aws(error, f"Output upload failed to {target}") from None

    async def _finish(self, row: Row, status: str, reason: str | None = None) -> None:
        def finish(ctx: Context, job: Row) -> None:
            if reason is not None:
                job.document["FailureReason"] = reason
            job.document["TransformEndTime"] = ctx.now
            amend(job, TRANSFORM_JOB, ctx.now, status)

        await self._facilities.change(row, finish)


class _RefusedError(Exception):
    """The model answered a payload with an error."""


async def _pump(server: ModelServer, plan: _Plan, pieces: Iterator[bytes], growing: GrowingBlob) -> None:
    """Send payloads, some at a time, and write the answers in their order."""
    headers = {"content-type": plan.content_type, "accept": plan.accept}
    sent = {name: value for name, value in headers.items() if value is not None}
    pending: deque[asyncio.Task[bytes]] = deque()
    try:
        number = 0
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            number += 1
            pending.append(asyncio.create_task(_ask(server, Question(piece, sent), number)))
            if len(pending) >= plan.concurrency:
                await _write(growing, await pending.popleft(), plan)
        while pending:
            await _write(growing, await pending.popleft(), plan)
    finally:
        for task in pending:
            task.cancel()


async def _ask(server: ModelServer, question: Question, number: int) -> bytes:
    reply = await server.predict(question)
    if reply.status >= 300:
        said = reply.body[:_SHOWN].decode("utf-8", "replace")
        raise _RefusedError(f"the model answered payload {number} with {reply.status}: {said}")
    return reply.body


async def _write(growing: GrowingBlob, answer: bytes, plan: _Plan) -> None:
    if plan.assemble == "Line" and not answer.endswith(b"\n"):
        answer += b"\n"
    await asyncio.to_thread(growing.write, answer)


async def _with_execution_parameters(plan: _Plan, server: ModelServer) -> _Plan:
    """The plan with the concurrency that the model wishes, where the job names none."""
    if plan.concurrency:
        return plan
    reply = await server.execution_parameters()
    wished = json.loads(reply.body).get("MaxConcurrentTransforms", 1) if reply.status == 200 else 1
    return replace(plan, concurrency=max(1, int(wished)))


def _plan(job: dict[str, Any]) -> _Plan:
    given, wanted = job["TransformInput"], job["TransformOutput"]
    processing = job.get("DataProcessing", {})
    wishes = {
        "S3DataType": (given["DataSource"]["S3DataSource"]["S3DataType"], {"S3Prefix"}),
        "SplitType": (given.get("SplitType", "None"), {"None", "Line"}),
        "CompressionType": (given.get("CompressionType", "None"), {"None"}),
        "InputFilter": (processing.get("InputFilter", "$"), {"$"}),
        "OutputFilter": (processing.get("OutputFilter", "$"), {"$"}),
        "JoinSource": (processing.get("JoinSource", "None"), {"None"}),
    }
    for member, (value, supported) in wishes.items():
        if value not in supported:
            raise client_error(f"{member} {value} is not supported here yet; use {' or '.join(sorted(supported))}")
    return _Plan(
        content_type=given.get("ContentType"),
        accept=wanted.get("Accept"),
        split=given.get("SplitType", "None"),
        strategy=job.get("BatchStrategy", "MultiRecord"),
        assemble=wanted.get("AssembleWith", "None"),
        most_bytes=job.get("MaxPayloadInMB", 6) * MEGABYTE,
        concurrency=job.get("MaxConcurrentTransforms", 0),
    )


def _start(ctx: Context, job: Row) -> None:
    job.document.setdefault("TransformStartTime", ctx.now)
