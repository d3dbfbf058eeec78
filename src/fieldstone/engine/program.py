"""One run of one program, started below a process that is the first of its namespace.

    supervisor ── fork ──▶ warden (the first process in the program's view) ── fork ──▶ the program

The warden passes SIGTERM on, reaps what the program leaves behind, and reports how it ended; when it ends, the kernel
ends every process of its namespace. It is ended itself when the supervisor dies.
"""

import os
import resource
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from fieldstone.core import namespaces
from fieldstone.engine.memory import MemoryLimit
from fieldstone.engine.sandbox import View, give_up_privileges, look_through
from fieldstone.engine.task import Task

_CANNOT_START: Final = 127
_OTHERS: Final = "; programs run as users of their own: chmod a+rx {}, and the folders above it"
_MOST_FILES: Final = 65_536
_MOST_PROCESSES: Final = 4_096


@dataclass(frozen=True, slots=True)
class Running:
    """A program that runs.

    Attributes:
        warden: The process id of its warden, which leads their session.
        output: What program and warden print, both streams as one.
        report: Where the warden says how the program ended.
    """

    warden: int
    output: int
    report: int


Here = Callable[[Task], NoReturn]
"""Runs a task's program in this process."""


def start(task: Task, folder: Path, limit: MemoryLimit, here: Here | None = None) -> Running:
    """Start a task's program.

    Args:
        task: What to run.
        folder: Its working folder, where the program sees no other.
        limit: Its memory.
        here: Runs it in the forked process; None for one of its own making.

    Raises:
        OSError: The machine allows no process namespace.
    """
    supervisor = os.pidfd_open(os.getpid())
    if task.view is not None:
        _leave_home(task)
    output, writing = os.pipe()
    report, reporting = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # one that comes early waits until there is a program
    warden = os.fork()
    if warden == 0:
        os.close(output)
        os.close(report)
        with _last_words(writing):
            _guard(task, folder, limit, here, (supervisor, writing, reporting))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    os.close(writing)
    os.close(reporting)
    return Running(warden, output, report)


def _leave_home(task: Task) -> None:
    """Enter the namespaces that must be there before the warden is."""
    if task.peer is not None:
        with suppress(OSError):  # where they need none, both are in ours
            namespaces.join(task.peer, "user")
    namespaces.enter(namespaces.NEW_PIDS)
    if task.isolated:
        namespaces.enter_network(task.peer)


def read_report(descriptor: int) -> int:
    """The exit status that a warden reported, negative for a signal; that of SIGKILL if it died without a word."""
    said = os.read(descriptor, 32)
    return int(said) if said else -signal.SIGKILL


class _last_words:  # noqa: N801  # reads as the function it is
    """Whatever goes wrong in a forked child is printed, and never gets back into the parent's code."""

    def __init__(self, output: int) -> None:
        self._output = output

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        with suppress(OSError):
            os.write(self._output, f"{error}\n".encode())
        os._exit(_CANNOT_START)


def _guard(
    task: Task, folder: Path, limit: MemoryLimit, here: Here | None, descriptors: tuple[int, int, int]
) -> NoReturn:
    """Be the warden."""
    supervisor, output, reporting = descriptors
    os.setsid()
    os.umask(0o022)  # whoever else may see its files, they are in a folder that is closed
    _speak_into(output)
    _die_with(supervisor)
    family = _Family()
    limit.join()
    if task.view is not None:
        look_through(task.view)
    namespaces.control(_BE_SUBREAPER, 1)
    program = os.fork()
    if program == 0:
        with _last_words(1):
            _become(task, folder, here)
    for descriptor in (output, 1, 2):  # so that the output ends with the program
        os.close(descriptor)
    family.listen()
    os.write(reporting, str(_wait_for(program)).encode())
    os._exit(0)


_BE_SUBREAPER: Final = 36


def _die_with(supervisor: int) -> None:
    """Be killed when the supervisor dies, of which this is a descriptor; one may have died already."""
    namespaces.control(namespaces.DIE_WITH_PARENT, signal.SIGKILL)
    if select.select([supervisor], [], [], 0)[0]:
        os._exit(1)


class _Family:
    """The warden's process group: SIGTERM that comes to the warden goes to all of it, once there is a program."""

    def __init__(self) -> None:
        self._asked = False
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, self._pass_on)

    def listen(self) -> None:
        """There is a program."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def _pass_on(self, *_: object) -> None:
        if not self._asked:  # the signal comes back to us too
            self._asked = True
            os.killpg(0, signal.SIGTERM)


def _wait_for(program: int) -> int:
    """Reap children until the program ends; its exit status, negative for a signal."""
    while True:
        pid, status = os.wait()
        if pid == program:
            return os.waitstatus_to_exitcode(status)


def _become(task: Task, folder: Path, here: Here | None) -> NoReturn:
    """Be the program."""
    _limit_resources(task.view)
    if task.view is not None:
        give_up_privileges(task.view.user)
    namespaces.control(namespaces.DIE_WITH_PARENT, signal.SIGKILL)
    os.closerange(3, 4096)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    os.chdir(task.folder or folder)
    if here is not None:
        here(task)
    try:
        os.execvpe(task.argv[0], task.argv, task.environment)  # noqa: S606  # no shell is wanted
    except OSError as error:
        hint = _OTHERS.format(task.argv[0]) if isinstance(error, PermissionError) and task.view else ""
        raise OSError(f"{task.argv[0]} cannot be started: {error.strerror}{hint}") from None


def _speak_into(output: int) -> None:
    """Read nothing, and print there."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, output, output)):
        os.dup2(descriptor, number)


def _limit_resources(view: View | None) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if view is not None and view.user is not None:  # the kernel counts by user, and this user has no other program
        resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_PROCESSES, _MOST_PROCESSES))
