"""The engine for one machine: tasks as processes under supervisors, found again after a restart of the server."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from fieldstone.core.threads import in_thread
from fieldstone.engine.ability import BASE, Ability, measure
from fieldstone.engine.births import birth_of
from fieldstone.engine.forkserver import ForkServer, can_fork
from fieldstone.engine.memory import forget_limit, taken
from fieldstone.engine.task import Attendance, Exit, Task, TaskFolder
from fieldstone.engine.views import make_view

PORT_VARIABLE: Final = "SAGEMAKER_BIND_TO_PORT"
"""Tells a program the port that it may serve on."""
_POLL_SECONDS: Final = 0.01
_MANY: Final = 5
"""From so many tasks on, their supervisors are worth forking, whatever they run; programs of ours always are."""


class LocalEngine:
    """Runs tasks below one folder; a task's id is the name of its folder.

    Args:
        root: The folder of all tasks.
        data_dir: The folder of which no program sees anything but its own; ``root`` itself if none is named.
    """

    def __init__(self, root: Path, data_dir: Path | None = None) -> None:
        self._root = root
        self._data_dir = data_dir or root
        self._supervisors: dict[str, subprocess.Popen[bytes]] = {}
        self._ability: asyncio.Task[Ability] | None = None
        self._forks: ForkServer | None = None
        self._launches = 0

    async def ability(self) -> Ability:
        """What of isolation works here; tried out when this is first asked."""
        if self._ability is None:
            self._ability = asyncio.create_task(measure())
        return await asyncio.shield(self._ability)

    async def base(self, task_id: str) -> Path:
        """Where a task's program sees its contract folder."""
        return Path(BASE) if (await self.ability()).namespaces else self.folder(task_id).contract

    def folder(self, task_id: str) -> TaskFolder:
        """The folder of a task, whether it is there or not."""
        return TaskFolder(self._root / task_id)

    def launched(self, task_id: str) -> bool:
        """Whether the task was started at some time."""
        return self.folder(task_id).read_task() is not None

    def running(self, task_id: str) -> bool:
        """Whether the task's supervisor lives."""
        try:
            lock = self.folder(task_id).lock.open("r")
        except FileNotFoundError:
            return False
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    async def launch(self, task_id: str, task: Task) -> None:
        """Start a task, or start one that has ended again; one that runs is left alone. Its folder must be there."""
        if not self.running(task_id):
            await in_thread(self._start, task_id, task, await self.ability())
        self._launches += 1
        if (self._forks is None or self._forks.ended) and (can_fork(task) or self._launches >= _MANY):
            self.close()
            self._forks = ForkServer(self._root)

    def _start(self, task_id: str, task: Task, ability: Ability) -> None:
        """Start a supervisor, and return once it has started the program."""
        folder = self.folder(task_id)
        folder.keep_room()
        folder.write_task(self._prepare(task_id, task, ability))
        if not (self._forks is not None and self._forks.ready and self._forks.launch(folder)):
            self._supervisors[task_id] = _spawn(folder)

    def close(self) -> None:
        """Let go of what starts programs; those that run go on."""
        if self._forks is not None:
            self._forks.close()
            self._forks = None

    def _prepare(self, task_id: str, task: Task, ability: Ability) -> Task:
        """The task as it is to run here."""
        folder = self.folder(task_id)
        for made in (folder.run, folder.scratch):
            made.mkdir(exist_ok=True)
        view = make_view(task_id, task, folder, ability, self._data_dir) if ability.namespaces else None
        isolated = task.isolated and ability.own_network
        if not isolated:
            task = _elsewhere(task)
        return replace(task, view=view, keeper=ability.memory, isolated=isolated)

    async def wait(self, task_id: str) -> Exit:
        """Wait for the end of a task that was launched, now or before a restart of the server."""
        folder = self.folder(task_id)
        attendance = await self._attendance(task_id)
        if attendance is not None and self.running(task_id):
            await _end_of_process(attendance.supervisor)
        supervisor = self._supervisors.pop(task_id, None)
        if supervisor is not None:  # our child: the system keeps it until we ask
            await asyncio.to_thread(supervisor.wait)
        end = folder.read_exit()
        if end is None:
            await _end_program(attendance)
            return Exit("lost", None, time.time())
        return end

    async def _attendance(self, task_id: str) -> Attendance | None:
        """Who runs a task, or ran it last; a supervisor that has just begun is given the time to say so."""
        folder = self.folder(task_id)
        while folder.read_attendance() is None and self.running(task_id):  # noqa: ASYNC110  # of another process
            await asyncio.sleep(_POLL_SECONDS)
        return folder.read_attendance()

    def memory(self, task_id: str) -> int:
        """Bytes that a task's program takes now; 0 if it has ended."""
        attendance = self.folder(task_id).read_attendance()
        return taken(attendance.warden) if attendance is not None and self.running(task_id) else 0

    def stop(self, task_id: str) -> None:
        """Ask a task to end; its supervisor insists after the task's grace."""
        self._signal(task_id, signal.SIGTERM)

    def _signal(self, task_id: str, number: int) -> None:
        attendance = self.folder(task_id).read_attendance()
        if attendance is not None and self.running(task_id):
            with suppress(ProcessLookupError):
                os.kill(attendance.supervisor, number)

    async def remove(self, task_id: str) -> None:
        """End a task at once and take its folder away."""
        folder = self.folder(task_id)
        await self._attendance(task_id)
        self._signal(task_id, signal.SIGKILL)  # its program dies with it
        await self.wait(task_id)
        await asyncio.to_thread(forget_limit, folder.root)
        await asyncio.to_thread(shutil.rmtree, folder.root, ignore_errors=True)

    def tasks(self) -> list[str]:
        """The ids of all tasks that have a folder."""
        return [folder.name for folder in self._root.iterdir()]

    async def remove_all(self) -> None:
        """End every task and take all folders away."""
        await asyncio.gather(*(self.remove(task_id) for task_id in self.tasks()))


def _elsewhere(task: Task) -> Task:
    """The task, which may serve on a port that nobody else has in the network of all."""
    if task.port is None:
        return task
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return replace(task, port=port, outward=None, environment=task.environment | {PORT_VARIABLE: str(port)})


def _spawn(folder: TaskFolder) -> "subprocess.Popen[bytes]":
    supervisor = subprocess.Popen(
        [sys.executable, "-P", "-m", "fieldstone.engine.supervisor", str(folder.root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert supervisor.stdout is not None
    with supervisor.stdout:
        supervisor.stdout.read()  # ends when the program has been started
    return supervisor


async def _end_program(attendance: Attendance | None) -> None:
    """See that what a lost supervisor has started is ended too."""
    if attendance is not None and birth_of(attendance.warden) == attendance.born:
        with suppress(ProcessLookupError):
            os.killpg(attendance.warden, signal.SIGKILL)
        await _end_of_process(attendance.warden)


async def _end_of_process(pid: int) -> None:
    """Wait until a process has ended, whether it is our child or not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
