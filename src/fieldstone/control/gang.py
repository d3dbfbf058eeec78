"""The hosts of one job: as many tasks, with names and addresses of their own, that begin and end together."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fieldstone.contract.paths import Layout
from fieldstone.control.hosts import Host
from fieldstone.engine.local import LocalEngine
from fieldstone.engine.task import Exit, Task, TaskFolder

_FIRST_NETWORK: Final = 64
_NETWORKS: Final = 190
_ADDRESSES: Final = 250


@dataclass(frozen=True, slots=True)
class End:
    """How a gang ended: as its first host that did not end well, else as all did."""

    exit: Exit
    host: str


class Gang:
    """A job's hosts at work.

    Args:
        engine: What runs them.
        name: Begins the ids of their tasks.
        number: The job's number, which chooses its network of addresses on loopback.
        hosts: Who they are.
    """

    def __init__(self, engine: LocalEngine, name: str, number: int, hosts: Sequence[Host]) -> None:
        self._engine = engine
        self._name = name
        self._number = number
        self.names = tuple(host.name for host in hosts)

    def task_id(self, host: str) -> str:
        """The task that is a host."""
        return f"{self._name}-{host}"

    def folder(self, host: str) -> TaskFolder:
        """The folder of a host's task."""
        return self._engine.folder(self.task_id(host))

    def layout(self, host: str) -> Layout:
        """The contract folder of a host."""
        return Layout(self.folder(host).contract)

    async def may_link(self) -> bool:
        """Whether inputs can be second names of stored files: no host can write to them."""
        return (await self._engine.ability()).namespaces

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each host: all of 127.0.0.0/8 is this machine, so jobs can have networks of their own."""
        network, subnet = divmod(self._number, _ADDRESSES)
        prefix = f"127.{_FIRST_NETWORK + network % _NETWORKS}.{subnet + 1}"
        return {host: f"{prefix}.{position}" for position, host in enumerate(self.names, 1)}

    @property
    def launched(self) -> bool:
        """Whether every host was started at some time."""
        return all(self._engine.launched(self.task_id(host)) for host in self.names)

    async def launch(self, tasks: Mapping[str, Task]) -> None:
        """Start the task of each host; those that are isolated share the network of the first."""
        peer: int | None = None
        for host, task in tasks.items():
            await self._engine.launch(self.task_id(host), replace(task, peer=peer))
            first = self.folder(self.names[0]).read_attendance()
            peer = first.warden if task.isolated and first is not None else None

    async def wait(self) -> End:
        """Wait until every host has ended; where one does not end well, the others are ended too."""
        ends: list[End] = []
        waiting = {asyncio.create_task(self._engine.wait(self.task_id(host))): host for host in self.names}
        try:
            while waiting:
                ended, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                ends += [End(task.result(), waiting.pop(task)) for task in ended]
                if not all(_is_well(end.exit) for end in ends):
                    self.stop()
        finally:
            for task in waiting:
                task.cancel()
        return min(ends, key=_order)

    def stop(self) -> None:
        """Ask every host to end; supervisors insist after the tasks' grace."""
        for host in self.names:
            self._engine.stop(self.task_id(host))

    async def remove(self) -> None:
        """End every host at once and take their folders away."""
        await asyncio.gather(*(self._engine.remove(self.task_id(host)) for host in self.names))


def _is_well(end: Exit) -> bool:
    return end.cause == "exited" and end.code == 0


def _order(end: End) -> tuple[bool, bool, float]:
    """First what did not end well, of its own; one that was lost before a restart of the server seems to end late."""
    return _is_well(end.exit), end.exit.cause == "stopped", end.exit.ended
