"""One run of a transform job: its objects dealt out to model servers."""

import asyncio
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Final

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import see_logs
from fieldstone.control.hardware import cores_for, memory_for, require_gpus
from fieldstone.control.hosts import HOST
from fieldstone.control.models import container_of
from fieldstone.control.serving import remove_server
from fieldstone.control.transform.association import AssociationError
from fieldstone.control.transform.blame import ObjectFailedError
from fieldstone.control.transform.datalog import LOG_GROUP, DataLog
from fieldstone.control.transform.delivery import deliver
from fieldstone.control.transform.host import Host
from fieldstone.control.transform.inputs import Input, inputs_of, opened
from fieldstone.control.transform.outcome import Outcome
from fieldstone.control.transform.plan import Plan, plan_of, wished
from fieldstone.control.waiting import together
from fieldstone.core.threads import in_thread
from fieldstone.services.logs.groups import open_stream
from fieldstone.services.operation import Context
from fieldstone.store.resources import Row

_HOSTS: Final = HOST.rstrip("0123456789")


class Run:
    """One run of a transform job.

    Args:
        facilities: What controllers work with.
        row: The job.

    Attributes:
        outcome: What has come of it so far.
    """

    def __init__(self, facilities: Facilities, row: Row) -> None:
        self._facilities = facilities
        self._row = row
        self._job = row.document
        self.outcome = Outcome(facilities, row)

    async def work(self) -> bool:
        """Transform every object; those that cannot be keep no other from it.

        Raises:
            JobFailedError: The job cannot go on.
        """
        resources, cores = self._job["TransformResources"], self._facilities.cores
        require_gpus(resources)
        count = min(resources["InstanceCount"], cores.total)
        each = min(cores_for(resources, cores.total), cores.total // count)
        async with cores.lend(each * count):
            await self._facilities.change(self._row, _start)
            self.outcome.check_bucket()
            waiting = deque(await inputs_of(self._facilities, self._row))
            await together(self._work_as(n, waiting, each) for n in range(1, min(count, len(waiting)) + 1))
        return True

    async def clear(self) -> None:
        """End every model server of the job, of this run or of one before."""
        prefix = f"{self._task_id}-"
        tasks = [task for task in self._facilities.engine.tasks() if task.startswith(prefix)]
        await asyncio.gather(*(remove_server(self._facilities, task) for task in tasks))

    async def _work_as(self, number: int, waiting: deque[Input], cores: int) -> None:
        """Bring one model server up, and transform objects on it for as long as there are any."""
        stream = f"{self._row.name}/{_HOSTS}{number}-{int(self._row.created)}"
        data_log = DataLog(self._facilities, self._row, stream)
        plan = await self._plan(data_log)
        container = container_of(self._facilities, self._row, self._row.internal["model"])
        container = replace(container, memory=memory_for(self._job["TransformResources"]))
        environment = self._environment(plan, container.environment, cores)
        host = Host(self._facilities, f"{self._task_id}-{number}", container, environment, await self._log(stream))
        try:
            await host.start(self._row)
            plan = wished(plan, self._job, await host.parameters())
            told = ", ".join(f"{name}={value}" for name, value in plan.parameters.items())
            await data_log.write(told)
            while waiting:
                await self._transform(host, plan, waiting.popleft(), data_log)
        finally:
            await host.close()

    async def _plan(self, data_log: DataLog) -> Plan:
        try:
            return await in_thread(plan_of, self._job)
        except AssociationError as error:
            await data_log.write(str(error))
            raise see_logs("ClientError", str(error)) from None

    def _environment(self, plan: Plan, models: dict[str, str], cores: int) -> dict[str, str]:
        """What a model server is told: what its model says, what the job says, and how it will be asked."""
        batch = {
            "SAGEMAKER_BATCH": "True",
            "SAGEMAKER_BATCH_STRATEGY": plan.parameters["BatchStrategy"],
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": plan.parameters["MaxPayloadInMB"],
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": plan.parameters["MaxConcurrentTransforms"],
        }
        told = {"OMP_NUM_THREADS": cores} | models | self._job.get("Environment", {}) | batch
        return {name: str(value) for name, value in told.items()}

    async def _log(self, stream: str) -> Path:
        caller = caller_of(self._row)
        file = await self._facilities.dispatch.write(caller, lambda ctx: open_stream(ctx, LOG_GROUP, stream))
        return self._facilities.dispatch.store.logs.path(file)

    async def _transform(self, host: Host, plan: Plan, given: Input, data_log: DataLog) -> None:
        """Transform one object into a blob that waits to be published."""
        store = self._facilities.dispatch.store
        growing = store.blobs.begin()
        try:
            await deliver(host, plan, lambda: opened(store, given.item, compressed=plan.compressed), growing.write)
            self.outcome.outputs[given.name] = await in_thread(growing.finish)
        except ObjectFailedError as error:
            growing.abandon()
            self.outcome.failures[given.place] = error.kind, str(error)
            await data_log.write(*error.log, about=given.place)
        except BaseException:
            growing.abandon()
            raise

    @property
    def _task_id(self) -> str:
        return f"transform-{self._row.uid}"


def _start(ctx: Context, job: Row) -> None:
    job.document.setdefault("TransformStartTime", ctx.now)
