"""What starting the hosts of a job takes: a key and logs of their own, and what each is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fieldstone.control.environment import client_environment, take_role, task_environment
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.gang import Gang
from fieldstone.engine.task import Task
from fieldstone.services.logs.groups import open_stream
from fieldstone.services.operation import Context
from fieldstone.services.sts.sessions import revoke
from fieldstone.store.resources import Row

_GRACE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the hosts of a job run.

    Attributes:
        command: The program and its arguments, for a host's folder.
        environment: Variables besides those that every program has.
        group: The log group.
        cores: How many each host may use.
        memory: Bytes that each may take; None for no limit.
        most_seconds: How long they may run.
        feeds: The feeds of each host's pipes.
        needs: What they read of the owner's.
        inputs: Folders, in their eyes, with what others read too.
    """

    command: Callable[[Path], list[str]]
    environment: Mapping[str, str]
    group: str
    cores: int
    memory: int | None
    most_seconds: float | None
    feeds: Sequence[list[str]] = ()
    needs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ("/opt/ml/input/data",)
    grace_seconds: float = field(default=_GRACE_SECONDS)


async def launch(facilities: Facilities, row: Row, gang: Gang, order: Order) -> None:
    """Start every host of a job, with a key for its role; those that run already are left alone."""
    credentials, logs = await facilities.dispatch.write(caller_of(row), lambda ctx: _open(ctx, row, gang, order.group))
    cache = str(facilities.cache_of(row))
    told = {"FIELDSTONE_CACHE": cache} | dict(order.environment)
    own = client_environment(facilities.url, row.region, credentials) | told
    tasks: dict[str, Task] = {}
    for position, host in enumerate(gang.names):
        base = await facilities.engine.base(gang.task_id(host))
        tasks[host] = Task(
            argv=order.command(gang.folder(host).root),
            environment=task_environment(base, order.cores, own),
            log=str(facilities.dispatch.store.logs.path(logs[host])),
            most_seconds=order.most_seconds,
            grace_seconds=order.grace_seconds,
            feeds=order.feeds[position] if order.feeds else [],
            folder=str(base),
            most_memory=order.memory,
            host=host,
            hosts=gang.addresses,
            needs=order.needs,
            inputs=order.inputs,
            cache=cache,
        )
    await gang.launch(tasks)


def log_of(facilities: Facilities, row: Row, host: str) -> Path:
    """The log of one of a job's hosts."""
    current = facilities.dispatch.store.read(lambda tx: tx.resources.get(row.uid)) or row
    return facilities.dispatch.store.logs.path(current.internal["logs"][host])


def take_key_away(ctx: Context, job: Row) -> None:
    """What a job's programs knew opens nothing any more."""
    revoke(ctx.store, job.internal.get("access_key", ""))


def _open(ctx: Context, row: Row, gang: Gang, group: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A session key for the job and a log stream for each host, remembered in its row."""
    credentials = take_role(ctx, row)
    logs = {host: open_stream(ctx, group, f"{row.name}/{host}-{int(ctx.now)}") for host in gang.names}
    current = ctx.store.resources.get(row.uid)
    assert current is not None
    current.internal |= {"access_key": credentials["AccessKeyId"], "logs": logs}
    ctx.store.resources.update(current)
    return credentials, logs
