"""The program that watches over one task: ``python -m fieldstone.engine.supervisor FOLDER``.

It is started in its own session and outlives the server. It runs the task's program in a session of its own, writes
what the program prints to the log, ends it when asked (SIGTERM), when its time is up or when nobody fills its pipes any
more, and leaves the exit status behind. While it lives it holds a lock on the task's folder; when it dies, its program
is killed with it.
"""

import fcntl
import os
import selectors
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from fieldstone.engine.births import birth_of
from fieldstone.engine.feeder import feeding
from fieldstone.engine.feeds import read_failure
from fieldstone.engine.memory import limit_memory
from fieldstone.engine.printing import Printer
from fieldstone.engine.program import Here, Running, read_report, start
from fieldstone.engine.relay import relaying
from fieldstone.engine.task import Attendance, Cause, Exit, Task, TaskFolder

_LINGER_SECONDS: Final = 1.0
_WATCH_SECONDS: Final = 0.5
_CANNOT_START: Final = 127


def main() -> None:
    """Watch over the task in the folder named on the command line."""
    watch(TaskFolder(Path(sys.argv[1])))


def watch(folder: TaskFolder, here: Here | None = None) -> None:
    """Watch over a task to its end, unless somebody does already; ``here`` runs its program in a forked process."""
    with folder.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another supervisor has this task
        if not os.path.samestat(os.fstat(lock.fileno()), folder.lock.stat()):
            return  # the folder was taken away meanwhile, and another is in its place
        task = folder.read_task()
        if task is not None and folder.read_exit() is None:
            with feeding(task.feeds) as feeder:
                end = Watch(folder, task, here).run(feeder)
            folder.write_exit(end)


class Watch:
    """One run of one program."""

    def __init__(self, folder: TaskFolder, task: Task, here: Here | None = None) -> None:
        self._here = here
        self._folder = folder
        self._task = task
        self._cause: Cause = "exited"
        self._deadline: float | None = None
        self._memory = limit_memory(folder.root, task.most_memory, task.keeper)
        self._watched = task.most_memory is not None and self._memory.keeper == "watching"
        self._selector = selectors.DefaultSelector()

    def run(self, feeder: int | None = None) -> Exit:
        """Run the program to its end.

        Args:
            feeder: A descriptor of the process that fills its pipes, if it has any.
        """
        wake = self._take_signals()
        printer = Printer(Path(self._task.log))
        try:
            running = start(self._task, self._folder.root, self._memory, self._here)
        except OSError as error:
            printer.take(f"{self._task.argv[0]} cannot be started: {error.strerror}\n".encode())
            code = _CANNOT_START
        else:
            code = self._attend(running, printer, [wake, *([] if feeder is None else [feeder])])
        self._memory.close()
        self._folder.make_room()
        printer.close()
        return Exit(self._cause, code, time.time())

    def _attend(self, running: Running, printer: Printer, others: list[int]) -> int:
        """See a program that runs to its end; its status."""
        if self._task.most_seconds is not None:
            self._deadline = time.monotonic() + self._task.most_seconds
        self._folder.write_attendance(Attendance(os.getpid(), running.warden, birth_of(running.warden)))
        _close_standard_output()  # the server waits for this
        for descriptor in (running.output, running.report, *others):
            self._selector.register(descriptor, selectors.EVENT_READ)
        with relaying(self._task, self._folder):  # which is in the warden's namespace, and so has to be gone first
            code = self._follow(running, printer, *others)
        _end_all(running.warden)  # and with it what the program left behind
        if self._cause == "exited" and code != 0 and self._memory.exceeded(running.warden):
            self._cause = "memory"
        if self._cause == "lost" and code == 0:
            self._cause = "exited"  # it had read all that it wanted
        os.waitpid(running.warden, 0)
        return code

    def _take_signals(self) -> int:
        """Have SIGTERM arrive as a byte on a pipe, of which this is the end to read."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGTERM, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return reading

    def _follow(self, running: Running, printer: Printer, wake: int, feeder: int = -1) -> int:
        """Until the program has ended and its output is read: write lines, pass on requests to end; its status."""
        ended_at: float | None = None
        code = 0
        more = True
        while more or ended_at is None:
            ready = {key.fd for key, _ in self._selector.select(self._patience(ended_at))}
            self._insist(running.warden, asked=wake in ready and bool(os.read(wake, 512)))
            if feeder in ready:
                self._end_unfed(running.warden)
                self._selector.unregister(feeder)
            if running.output in ready:
                more = self._copy(running.output, printer)
            if running.report in ready:
                self._selector.unregister(running.report)
                code = read_report(running.report)
                ended_at = time.monotonic()
                self._deadline = None
            if ended_at is not None and time.monotonic() - ended_at > _LINGER_SECONDS:
                break  # something the program left behind still holds the output open
        return code

    def _insist(self, warden: int, *, asked: bool) -> None:
        """End the program where somebody asked for it, or it had its time or its memory."""
        if asked:
            self._end(warden, "stopped")
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._end(warden, "timeout")
        if self._watched and self._cause == "exited" and self._memory.exceeded(warden):
            self._cause = "memory"
            _end_all(warden)

    def _patience(self, ended_at: float | None) -> float | None:
        if ended_at is not None:
            return 0.05
        waits = [] if self._deadline is None else [max(0.0, self._deadline - time.monotonic())]
        return min([*waits, *([_WATCH_SECONDS] if self._watched else [])], default=None)

    def _end(self, warden: int, cause: Cause) -> None:
        """Ask the program to end, the first time; the second time, end it."""
        if self._cause == "exited":
            self._cause = cause
            self._deadline = time.monotonic() + self._task.grace_seconds
            with suppress(ProcessLookupError):
                os.kill(warden, signal.SIGTERM)
        elif cause == "timeout":
            self._deadline = None
            _end_all(warden)

    def _copy(self, output: int, printer: Printer) -> bool:
        """Pass on what has come; False at the end of the output."""
        data = os.read(output, 1 << 16)
        printer.take(data)
        if not data:
            self._selector.unregister(output)
        return bool(data)

    def _end_unfed(self, warden: int) -> None:
        """End a program whose pipes nobody fills any more, and which would wait for ever.

        Where the feeder has left a reason, it has asked for the end itself.
        """
        if self._cause == "exited" and read_failure(self._folder.feeds) is None:
            self._cause = "lost"
            _end_all(warden)


def _wake(_number: int, _frame: object) -> None:
    """The byte on the pipe says it all."""


def _close_standard_output() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def _end_all(warden: int) -> None:
    """End a warden and its session; where it is the first of a process namespace, the kernel ends the namespace."""
    with suppress(ProcessLookupError):
        os.killpg(warden, signal.SIGKILL)


if __name__ == "__main__":
    main()
