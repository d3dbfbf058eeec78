"""A Python program run in this process as the interpreter runs one: as `__main__`, and to the end of its threads."""

import atexit
import faulthandler
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn


def run_main(file: Path, arguments: Sequence[str]) -> NoReturn:
    """Run a file as the main module, and end this process with its exit code."""
    sys.argv = list(arguments)
    sys.path[:0] = dict.fromkeys((str(file.parent), str(Path.cwd())))
    faulthandler.enable()  # a crash in a library is told with the lines that led to it
    os._exit(_finish(_run(file)))


def _run(file: Path) -> int:
    module = ModuleType("__main__")
    module.__file__ = str(file)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    try:
        exec(_compile(file), module.__dict__)  # noqa: S102 - running the user's program is what this is for
    except SystemExit as end:
        return _exit_code(end)
    except BaseException as error:  # noqa: BLE001 - the interpreter's own way, less our frames
        trace = _from(str(file), error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return 1
    return 0


def _from(file: str, trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins in a file; None where that could not even be compiled."""
    while trace is not None and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    return trace


def _compile(file: Path) -> CodeType:
    return compile(file.read_bytes(), str(file), "exec", dont_inherit=True)


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return (end.code or 0) & 0xFF
    sys.stderr.write(f"{end.code}\n")
    return 1


def _finish(code: int) -> int:
    """What the interpreter does last: waits for threads, calls what was registered, writes what is buffered."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does in its children
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - the same
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return code or 120
    return code
