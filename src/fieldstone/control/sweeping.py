"""Task folders that nobody will come back to, removed at start: a kill came between a job's end and its clearing up."""

from fieldstone.control.facilities import Facilities
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB
from fieldstone.services.sagemaker.transform_jobs import TRANSFORM_JOB
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction


async def sweep(facilities: Facilities) -> None:
    """End and remove every task that belongs to no unsettled row."""
    wanted = facilities.dispatch.store.read(_wanted)
    for task_id in facilities.engine.tasks():
        if not _belongs(task_id, wanted):
            await facilities.engine.remove(task_id)


def _wanted(store: Transaction) -> set[str]:
    """The ids of tasks that go on, and ``kind-uid`` for jobs, whose tasks are numbered by attempt."""
    jobs = {f"training-{row.uid}" for row in store.resources.unsettled(TRAINING_JOB)}
    jobs |= {f"transform-{row.uid}" for row in store.resources.unsettled(TRANSFORM_JOB)}
    return jobs | {task for row in store.resources.unsettled(ENDPOINT) for task in _model_tasks(row)}


def _model_tasks(endpoint: Row) -> list[str]:
    return [entry["task"] for entry in endpoint.internal["variants"] if "task" in entry]


def _belongs(task_id: str, wanted: set[str]) -> bool:
    return task_id in wanted or task_id.rpartition("-")[0] in wanted
