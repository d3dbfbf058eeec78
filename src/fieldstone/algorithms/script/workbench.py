"""A job's own environment: what its script installs on the way goes there, and is gone with the job.

Its `pip` installs a list of requirements from the environments that are kept, and anything else as pip does. So code
that calls pip itself, as SDK v3 and FrameworkProcessor do before they start the user's script, is as quick as code with
a requirements.txt that this program has seen itself.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fieldstone.algorithms.script.overlay import libraries_of, look_into, make_overlay

_PIP: Final = """\
\"\"\"pip, whose lists of requirements are installed from what Fieldstone keeps.\"\"\"
from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
"""
_PIP_MAIN: Final = """\
import os, sys

os.execv({python!r}, [{python!r}, "-I", "-m", "fieldstone.algorithms.script", "pip", {home!r}, *sys.argv[1:]])
"""
_PIP_COMMAND: Final = '#!/bin/sh\nexec "{python}" -m pip "$@"\n'


@contextmanager
def workbench(commands: Iterable[str] = ()) -> Generator[Path]:
    """Have an environment of the job's own, in this folder, for a while; with those of these commands that are here."""
    home = make_workbench()
    for command in commands:
        _adopt(home, Path(sys.prefix, "bin", command))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def make_workbench() -> Path:
    """Make an environment of the job's own; gives its folder."""
    home = Path(tempfile.mkdtemp(prefix="python-"))
    _furnish(home)
    return home


def enter(home: Path) -> None:
    """Have this process work in a job's environment."""
    os.environ.update(variables_of(home))
    sys.executable = str(home / "bin" / "python")
    sys.path.insert(0, str(libraries_of(home)))


def attach(home: Path, environment: Path) -> None:
    """Have a job's environment look into one that is kept, and offer its commands."""
    look_into(home, f"5-{environment.name}", [str(libraries_of(environment))])
    for command in (environment / "bin").iterdir():
        if not (home / "bin" / command.name).exists():
            (home / "bin" / command.name).symlink_to(command)


def variables_of(home: Path) -> dict[str, str]:
    """The variables by which programs find a job's environment."""
    path = os.pathsep.join([str(home / "bin"), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "VIRTUAL_ENV": str(home), "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}


def real_pip(home: Path, arguments: list[str]) -> list[str]:
    """The command that runs pip itself in a job's environment."""
    start = (
        f"import runpy, sys; sys.path.remove({str(_shims(home))!r}); runpy.run_module('pip', None, '__main__', True)"
    )
    return [str(home / "bin" / "python"), "-c", start, *arguments]


def _shims(home: Path) -> Path:
    return home / "shims"


def _furnish(home: Path) -> None:
    make_overlay(home, str(_shims(home)))
    package = _shims(home) / "pip"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(_PIP)
    (package / "__main__.py").write_text(_PIP_MAIN.format(python=sys.executable, home=str(home)))
    for name in ("pip", "pip3"):
        file = home / "bin" / name
        file.write_text(_PIP_COMMAND.format(python=home / "bin" / "python"))
        file.chmod(0o755)


def _adopt(home: Path, command: Path) -> None:
    """Have a command that is installed beside this program run by the job's interpreter, with what the job installs."""
    if command.is_file():
        file = home / "bin" / command.name
        file.write_text(f"#!{home}/bin/python\n{command.read_text().partition(chr(10))[2]}")
        file.chmod(0o755)
