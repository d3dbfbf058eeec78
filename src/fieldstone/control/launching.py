"""What starting the hosts of a job takes: a key and logs of their own, and what each is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fieldstone.control.environment import client_environment, take_role, task_environment
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import failing
from fieldstone.control.gang import Gang
from fieldstone.control.provisions import Provisions
from fieldstone.engine.task import Task
from fieldstone.services.logs.groups import open_stream
from fieldstone.services.operation import Context
from fieldstone.services.sts.sessions import revoke
from fieldstone.store.resources import Row

_GRACE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the hosts of a job run, and what they find.

    Attributes:
        command: The program and its arguments, for a host's folder.
        environment: Variables besides those that every program has.
        most_seconds: How long they may run, all attempts together; None for no limit.
        provisions: Their documents, channels and folders.
        needs: What they read of the owner's.
        isolated: Whether they can reach nobody but each other.
    """

    command: Callable[[Path], list[str]]
    environment: Mapping[str, str]
    most_seconds: float | None
    provisions: Provisions
    needs: tuple[str, ...] = ()
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What the hosts of a job have.

    Attributes:
        group: The log group.
        cores: How many each host may use.
        memory: Bytes that each may take.
        seconds: How long they may still run; None for no limit.
        feeds: The feeds of each host's pipes.
    """

    group: str
    cores: int
    memory: int
    seconds: float | None
    feeds: Sequence[list[str]]


async def launch(facilities: Facilities, row: Row, gang: Gang, order: Order, means: Means) -> None:
    """Start every host of a job, with a key for its role; those that run already are left alone."""
    credentials, logs = await facilities.dispatch.write(caller_of(row), lambda ctx: _open(ctx, row, gang, means.group))
    cache = str(facilities.cache_of(row))
    told = {"FIELDSTONE_CACHE": cache} | dict(order.environment)
    own = client_environment(facilities.url, row.region, credentials) | told
    tasks: dict[str, Task] = {}
    for position, host in enumerate(gang.names):
        base = await facilities.engine.base(gang.task_id(host))
        tasks[host] = Task(
            argv=order.command(gang.folder(host).root),
            environment=task_environment(base, means.cores, own),
            log=str(facilities.dispatch.store.logs.path(logs[host])),
            most_seconds=means.seconds,
            grace_seconds=_GRACE_SECONDS,
            feeds=means.feeds[position],
            folder=str(base),
            most_memory=means.memory,
            host=host,
            hosts=gang.addresses,
            needs=order.needs,
            inputs=tuple(channel.folder for channel in order.provisions.channels),
            cache=cache,
            isolated=order.isolated,
        )
    with failing("The job cannot be started"):
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
    take_key_away(ctx, current)  # that of a start that the server did not live to finish
    current.internal.setdefault("begun", ctx.now)
    current.internal |= {"access_key": credentials["AccessKeyId"], "logs": logs}
    ctx.store.resources.update(current)
    return credentials, logs
