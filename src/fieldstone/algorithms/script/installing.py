"""The `pip` of a job's environment."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from fieldstone.algorithms.script.environments import find_cache, prepare
from fieldstone.algorithms.script.requirements import Requirements, is_list
from fieldstone.algorithms.script.workbench import attach, real_pip
from fieldstone.contract.training import UserError


def run_pip(home: Path, arguments: list[str]) -> int:
    """Run pip for a job's environment; gives back the exit code."""
    if arguments[:1] == ["install"] and is_list(arguments[1:]):
        return _install(home, Requirements(Path.cwd(), tuple(arguments[1:])))
    return _become(real_pip(home, arguments))


def _install(home: Path, wanted: Requirements) -> int:
    try:
        attach(home, prepare(wanted, find_cache()))
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _become(command: list[str]) -> NoReturn:
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted
