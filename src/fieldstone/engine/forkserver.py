"""The process from which supervisors, and programs of ours, are forked: it has imported what takes them seconds.

``python -m fieldstone.engine.forkserver SOCKET TASKS``. It forks a supervisor, and that the program, so nothing of one
job is left for the next: each begins as this process was. A program that is not ours is started anew by its supervisor.
It starts no threads, and belongs to the server, with which it ends; what it has forked goes on. While it is not there
yet, or not there any more, supervisors start in the usual way.
"""

import gc
import importlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Final, NoReturn

from setproctitle import setproctitle

from fieldstone.core import namespaces
from fieldstone.engine.images import preloads
from fieldstone.engine.supervisor import watch
from fieldstone.engine.task import Task, TaskFolder

_READY: Final = b"ready"
_LONGEST_PATH: Final = 4096
_ALONE: Final = {
    "OMP_WAIT_POLICY": "PASSIVE",  # XGBoost's threads would wait for each other by spinning
    "OPENBLAS_NUM_THREADS": "1",  # it would start its threads at once; each program has as many as it is told
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""What keeps the libraries from starting threads: a fork would have none of them."""


class ForkServer:
    """The server's side of it.

    Args:
        tasks: The folder of all tasks, for the command line to tell whose it is.
    """

    def __init__(self, tasks: Path) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "fieldstone.engine.forkserver", str(number), str(tasks)],
                env={**os.environ, **_ALONE, "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"},
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether it has imported everything, and lives."""
        if not self._ready:
            self._socket.setblocking(False)
            try:
                self._ready = self._socket.recv(len(_READY)) == _READY
            except OSError:
                return False
            finally:
                self._socket.setblocking(True)
        return self._ready and not self.ended

    @property
    def ended(self) -> bool:
        """Whether it lives no more."""
        return self._process.poll() is not None

    def launch(self, folder: TaskFolder) -> bool:
        """Have a task's program started, and wait until it is; False if it could not be asked."""
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as started:
            try:
                socket.send_fds(self._socket, [os.fsencode(folder.root)], [writing])
            except OSError:
                return False
            finally:
                os.close(writing)
            started.read()  # ends when the program has been started
        return folder.read_attendance() is not None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._socket.close()


def main() -> None:
    """Import, then fork a supervisor for each folder that comes, until the server is gone."""
    server = os.getppid()
    namespaces.control(namespaces.DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != server:
        return
    asked = socket.socket(fileno=int(sys.argv[1]))
    for name in preloads():
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for supervisors here
    gc.collect()
    gc.freeze()
    asked.send(_READY)
    while True:
        folder, descriptors, _, _ = socket.recv_fds(asked, _LONGEST_PATH, 1)
        if not folder:
            return
        if os.fork() == 0:
            _supervise(asked, TaskFolder(Path(os.fsdecode(folder))), descriptors[0])
        os.close(descriptors[0])


def _supervise(asked: socket.socket, folder: TaskFolder, started: int) -> NoReturn:
    """Be a task's supervisor."""
    try:
        os.setsid()
        setproctitle(f"{sys.executable} -P -m fieldstone.engine.supervisor {folder.root}")
        asked.close()
        namespaces.control(namespaces.DIE_WITH_PARENT, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(started, 1)
        os.close(started)
        task = folder.read_task()
        watch(folder, run_here if task is not None and can_fork(task) else None)
    finally:
        os._exit(0)


def run_here(task: Task) -> NoReturn:
    """Run a task's module as a fresh interpreter would, in this forked process."""
    os.environ.clear()
    os.environ.update(task.environment)
    _forget_common_secrets(int(task.environment.get("OMP_NUM_THREADS", "1")))
    setproctitle(" ".join(task.argv))
    start = task.argv.index("-m") + 1
    sys.argv = task.argv[start:]
    code = 0
    try:
        runpy.run_module(task.argv[start], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = _status(end)
    except BaseException:  # noqa: BLE001  # as the interpreter does with what nobody caught
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def can_fork(task: Task) -> bool:
    """Whether a task runs a module of ours with our interpreter."""
    return task.argv[0] == sys.executable and "-m" in task.argv


def _forget_common_secrets(threads: int) -> None:
    """See to it that forks do not draw the same random numbers, nor know each other's keys; and use their threads."""
    import multiprocessing  # noqa: PLC0415  # has been imported by then

    import numpy as np  # noqa: PLC0415  # the same
    import threadpoolctl  # noqa: PLC0415  # the same

    np.random.seed()  # noqa: NPY002  # the one that all code shares; Python's own does this by itself
    multiprocessing.current_process().authkey = os.urandom(32)
    threadpoolctl.threadpool_limits(threads)


def _status(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


if __name__ == "__main__":
    main()
