"""The program that watches over one task: ``python -m fieldstone.engine.supervisor FOLDER``.

It is started in its own session and outlives the server. It runs the task's program in a session of its own, writes
what the program prints to the log with the time of each line, ends it when asked (SIGTERM) or when its time is up, and
leaves the exit status behind. While it lives it holds a lock on the task's folder; when it dies, its program is killed
with it.
"""

import ctypes
import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from fieldstone.core.eventlog import LONGEST_MESSAGE, format_event
from fieldstone.engine.feeder import feeding
from fieldstone.engine.task import Attendance, Cause, Exit, Task, TaskFolder

_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_LINGER_SECONDS: Final = 1.0
_libc: Final = ctypes.CDLL(None)


def main() -> None:
    """Watch over the task in the folder named on the command line."""
    folder = TaskFolder(Path(sys.argv[1]))
    with folder.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another supervisor has this task
        task = folder.read_task()
        if task is not None and folder.read_exit() is None:
            with feeding(task.feeds):
                folder.write_exit(Watch(folder, task).run())


class Watch:
    """One run of one program."""

    def __init__(self, folder: TaskFolder, task: Task) -> None:
        self._folder = folder
        self._task = task
        self._cause: Cause = "exited"
        self._deadline = None if task.most_seconds is None else time.monotonic() + task.most_seconds
        self._partial = b""
        self._selector = selectors.DefaultSelector()

    def run(self) -> Exit:
        """Run the program to its end."""
        wake, _ = self._take_signals()
        log = os.open(self._task.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            program = self._start()
        except OSError as error:
            os.write(log, format_event(_now(), f"{self._task.argv[0]} cannot be started: {error.strerror}").encode())
            return Exit("exited", 127, time.time())
        self._folder.write_attendance(Attendance(os.getpid(), program.pid))
        _close_standard_output()  # the server waits for this
        assert program.stdout is not None
        output = program.stdout.fileno()
        for descriptor in (wake, output, os.pidfd_open(program.pid)):
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._follow(program, wake, output, log)
        _signal_group(program.pid, signal.SIGKILL)  # what the program left behind
        return Exit(self._cause, program.wait(), time.time())

    def _take_signals(self) -> tuple[int, int]:
        """Have SIGTERM arrive as a byte on a pipe."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGTERM, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return reading, writing

    def _start(self) -> "subprocess.Popen[bytes]":
        supervisor = os.getpid()

        def die_with_supervisor() -> None:
            _libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
            if os.getppid() != supervisor:
                os._exit(1)

        return subprocess.Popen(
            self._task.argv,
            env=self._task.environment,
            cwd=self._folder.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_supervisor,  # noqa: PLW1509  # this process has one thread
        )

    def _follow(self, program: "subprocess.Popen[bytes]", wake: int, output: int, log: int) -> None:
        """Until the program has ended and its output is read: write lines, pass on requests to end."""
        ended_at: float | None = None
        more = True
        while more or ended_at is None:
            ready = {key.fd for key, _ in self._selector.select(self._patience(ended_at))}
            if wake in ready and os.read(wake, 512):
                self._end(program, "stopped")
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._end(program, "timeout")
            if output in ready and not self._copy(output, log):
                self._selector.unregister(output)
                more = False
            if ended_at is None and program.poll() is not None:
                ended_at = time.monotonic()
                self._deadline = None
            if ended_at is not None and time.monotonic() - ended_at > _LINGER_SECONDS:
                break  # something the program left behind still holds the output open
        if self._partial:
            _write_lines(log, [self._partial])

    def _patience(self, ended_at: float | None) -> float | None:
        if ended_at is not None:
            return 0.05
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def _end(self, program: "subprocess.Popen[bytes]", cause: Cause) -> None:
        """Ask the program to end, the first time; the second time, end it."""
        if self._cause == "exited":
            self._cause = cause
            self._deadline = time.monotonic() + self._task.grace_seconds
            _signal_group(program.pid, signal.SIGTERM)
        elif cause == "timeout":
            self._deadline = None
            _signal_group(program.pid, signal.SIGKILL)

    def _copy(self, output: int, log: int) -> bool:
        """Write the lines that have come; False at the end of the output."""
        data = os.read(output, 1 << 16)
        *lines, self._partial = (self._partial + data).split(b"\n")
        while len(self._partial) > LONGEST_MESSAGE:
            lines.append(self._partial[:LONGEST_MESSAGE])
            self._partial = self._partial[LONGEST_MESSAGE:]
        _write_lines(log, lines)
        return bool(data)


def _wake(_number: int, _frame: object) -> None:
    """The byte on the pipe says it all."""


def _close_standard_output() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def _write_lines(log: int, lines: list[bytes]) -> None:
    if lines:
        now = _now()
        text = "".join(format_event(now, line.rstrip(b"\r").decode("utf-8", "replace")) for line in lines)
        os.write(log, text.encode())


def _now() -> int:
    return time.time_ns() // 1_000_000


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, number)


if __name__ == "__main__":
    main()
