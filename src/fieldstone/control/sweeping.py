"""What nobody will come back to, cleared away at start: tasks of jobs that have ended, keys of theirs."""

import time
from collections.abc import Iterable

from fieldstone.control.facilities import Facilities
from fieldstone.services.sagemaker.component_rows import INFERENCE_COMPONENT
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.processing_jobs import PROCESSING_JOB
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB
from fieldstone.services.sagemaker.transform_jobs import TRANSFORM_JOB
from fieldstone.services.sts.sessions import forget_expired, forget_unheld
from fieldstone.store.transaction import Transaction


async def forget_keys(facilities: Facilities) -> list[str]:
    """Forget the keys of every task that belongs to no unsettled row, and those that expired; these tasks.

    Called before anything is launched: a key that is new has no task yet.
    """
    wanted = facilities.dispatch.store.read(_wanted)
    tasks = {task_id: facilities.engine.folder(task_id).read_task() for task_id in facilities.engine.tasks()}
    held = {task.key for task_id, task in tasks.items() if task is not None and _belongs(task_id, wanted)}
    await facilities.dispatch.store.write(lambda store: _forget_keys(store, held))
    return [task_id for task_id in tasks if not _belongs(task_id, wanted)]


async def remove_strays(facilities: Facilities, strays: Iterable[str]) -> None:
    """End and remove tasks that nobody comes back to; no later task has one of their names."""
    for task_id in strays:
        await facilities.engine.remove(task_id)


def _forget_keys(store: Transaction, held: set[str]) -> None:
    forget_expired(store, time.time())
    forget_unheld(store, held)


def _wanted(store: Transaction) -> set[str]:
    """How the ids of tasks that go on begin: with kind and uid of a job, or also the fleet's number of an endpoint."""
    jobs = {f"training-{row.uid}" for row in store.resources.unsettled(TRAINING_JOB)}
    jobs |= {f"processing-{row.uid}" for row in store.resources.unsettled(PROCESSING_JOB)}
    jobs |= {f"transform-{row.uid}" for row in store.resources.unsettled(TRANSFORM_JOB)}
    served = ((ENDPOINT, "fleets"), (INFERENCE_COMPONENT, "entries"))
    return jobs | {
        f"endpoint-{row.uid}-{number}"
        for kind, numbered in served
        for row in store.resources.unsettled(kind)
        for number in row.internal[numbered]
    }


def _belongs(task_id: str, wanted: set[str]) -> bool:
    parts = task_id.split("-")
    return "-".join(parts[:2]) in wanted or "-".join(parts[:3]) in wanted
