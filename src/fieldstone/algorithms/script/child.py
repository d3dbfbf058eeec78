"""A program run as a child: signals passed on to it, what it says passed on from it and remembered.

The child is forked. A script that needs no environment of its own then finds everything imported that its parent has
imported, which is most of the time that a small job takes.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_REMEMBERED: Final = 64 * 1024
_LINGER_SECONDS: Final = 1.0
_CANNOT_START: Final = 127


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended.

    Attributes:
        code: Its exit code; 128 and the signal's number where that ended it.
        said: The end of what it printed on the streams that are remembered.
        stopped: Whether it had been asked to end.
    """

    code: int
    said: str
    stopped: bool


def attend(become: Callable[[], NoReturn], streams: tuple[int, ...] = (2,)) -> End:
    """Fork a child that becomes something else, and see it through to its end.

    Args:
        become: Makes the child what it is to be.
        streams: Which of its streams to remember: standard error, or standard output with it.
    """
    asked: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(become, writing, streams)
    os.close(writing)
    signal.signal(signal.SIGTERM, lambda number, _: (asked.append(number), _pass_on(child, number)))
    if asked:
        _pass_on(child, asked[0])
    said = bytearray()
    listener = threading.Thread(target=_listen, args=(reading, streams[0], said), daemon=True)
    listener.start()
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, before)
    listener.join(_LINGER_SECONDS)  # something that the child left behind may hold its standard error open
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(status)
    return End(128 - code if code < 0 else code, said.decode("utf-8", "replace"), stopped=bool(asked))


def execute(argv: list[str]) -> NoReturn:
    """Become another program."""
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be started: {error.strerror}\n")
        os._exit(_CANNOT_START)


def _be_child(become: Callable[[], NoReturn], remembered: int, streams: tuple[int, ...]) -> NoReturn:
    try:
        os.setpgid(0, 0)  # signals are passed on to it, once; it is not to get those of the parent as well
        if hasattr(libc := ctypes.CDLL(None), "prctl"):
            libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        for stream in streams:
            os.dup2(remembered, stream)
        os.close(remembered)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        become()
    except BaseException as error:  # noqa: BLE001 - nothing may get back into the parent's code
        with suppress(OSError):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    os._exit(_CANNOT_START)


def _pass_on(child: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, number)


def _listen(reading: int, stream: int, said: bytearray) -> None:
    while data := os.read(reading, 1 << 16):
        os.write(stream, data)
        said += data
        del said[:-_REMEMBERED]
