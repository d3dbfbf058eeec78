"""Serving: the code of a model found, its requirements installed, its handlers loaded."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from fieldstone.algorithms.script import log
from fieldstone.algorithms.script.defaults import framework_handlers
from fieldstone.algorithms.script.environments import find_cache, prepare
from fieldstone.algorithms.script.frameworks import FRAMEWORKS, describe_versions, require
from fieldstone.algorithms.script.handlers import Predictor
from fieldstone.algorithms.script.payloads import JSON
from fieldstone.algorithms.script.requirements import find_requirements
from fieldstone.algorithms.script.setting import check_program
from fieldstone.algorithms.script.source import lay_out
from fieldstone.algorithms.script.workbench import enter, make_workbench
from fieldstone.contract.paths import Layout

_DEFAULT_PROGRAM: Final = "inference.py"
_PREPARED: Final = "FIELDSTONE_ENVIRONMENT"


def load(layout: Layout, framework: str, tag: str) -> Predictor:
    """A model behind the handlers of its script.

    Raises:
        UserError: There is no such script, or its requirements cannot be installed.
    """
    folder = _find_code(layout)
    _go_to_environment(folder)
    enter(make_workbench())
    require(FRAMEWORKS[framework], sys.path)
    log.info(describe_versions(FRAMEWORKS[framework], tag, sys.path))
    accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
    return Predictor(_import(folder), framework_handlers(framework), str(layout.model), accept)


def _find_code(layout: Layout) -> Path:
    """The folder of the code: beside the model, or brought from where the environment says."""
    source = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    beside = layout.model / "code"
    if not source or layout.rebase(source) == beside:
        return beside
    lay_out(source, layout, layout.code)
    return layout.code


def _go_to_environment(folder: Path) -> None:
    """Go on as a process of the environment that has what the code wants, if it wants anything."""
    wanted = find_requirements(folder)
    if wanted and not os.environ.get(_PREPARED):
        home = prepare(wanted, find_cache())
        python = str(home / "bin" / "python")
        os.environ[_PREPARED] = str(home)
        os.execv(python, [python, "-P", "-m", *_own_command()])  # noqa: S606 - no shell is wanted


def _own_command() -> list[str]:
    """The module that this process runs, and its arguments."""
    spec = sys.modules["__main__"].__spec__
    assert spec is not None
    return [spec.name.removesuffix(".__main__"), *sys.argv[1:]]


def _import(folder: Path) -> ModuleType | None:
    """The user's module; none where the model came without code and none was named."""
    program = os.environ.get("SAGEMAKER_PROGRAM")
    name = check_program(program or _DEFAULT_PROGRAM)
    if not program and not (folder / name).exists():
        return None
    sys.path.insert(0, str(folder))
    return importlib.import_module(name.removesuffix(".py").replace("/", "."))
