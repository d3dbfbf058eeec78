"""The keys of model servers: one for each start of a server, which opens nothing once that has ended.

A model server runs for as long as somebody asks it, so its key has no end of its own. Its task tells which key it is:
so the key is found, and taken away, after a kill of this server as well.
"""

from typing import Any

from fieldstone.control.facilities import Facilities
from fieldstone.services.operation import Caller, Context
from fieldstone.services.sts.sessions import open_session, revoke
from fieldstone.store.transaction import Transaction


async def renew_key(facilities: Facilities, task_id: str, caller: Caller) -> dict[str, Any]:
    """A session key for the caller's role, in place of the one that the task was started with before."""

    def renew(ctx: Context) -> dict[str, Any]:
        _revoke(ctx.store, facilities, task_id)
        return open_session(ctx, caller.arn, "SageMaker", None)

    return await facilities.dispatch.write(caller, renew)


async def take_server_key_away(facilities: Facilities, task_id: str) -> None:
    """What the program of a task knew opens nothing any more."""
    await facilities.dispatch.store.write(lambda store: _revoke(store, facilities, task_id))


def _revoke(store: Transaction, facilities: Facilities, task_id: str) -> None:
    task = facilities.engine.folder(task_id).read_task()
    if task is not None:
        revoke(store, task.key)
