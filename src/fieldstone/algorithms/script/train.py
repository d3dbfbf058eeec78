"""Training: the code laid out, its requirements installed, the script run, its end reported."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from fieldstone.algorithms.script import log
from fieldstone.algorithms.script.child import End, attend, execute
from fieldstone.algorithms.script.environments import find_cache, prepare
from fieldstone.algorithms.script.frameworks import FRAMEWORKS, describe_versions, names_missing_gpu, require
from fieldstone.algorithms.script.hyperparameters import Hyperparameters, to_arguments
from fieldstone.algorithms.script.main_module import run_main
from fieldstone.algorithms.script.overlay import libraries_of
from fieldstone.algorithms.script.program import Kind, command_for, kind_of
from fieldstone.algorithms.script.reasons import describe, explain
from fieldstone.algorithms.script.requirements import find_requirements
from fieldstone.algorithms.script.setting import Setting
from fieldstone.algorithms.script.source import lay_out
from fieldstone.algorithms.script.variables import script_variables
from fieldstone.algorithms.script.workbench import attach, enter, variables_of, workbench
from fieldstone.contract.paths import Layout
from fieldstone.contract.training import Job, UserError

_SIGKILL_CODE: Final = 137
_DISTRIBUTED: Final = (
    "sagemaker_mpi_enabled",
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_torch_distributed_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_pytorch_xla_multi_worker_enabled",
)


def train(job: Job, framework: str, tag: str) -> None:
    """Train as the user's script does.

    Raises:
        UserError: There is no such script, or it failed; says why.
    """
    setting = Setting.read(job, FRAMEWORKS[framework])
    _refuse_distribution(setting.parameters)
    kind = _fetch(setting)
    with workbench(setting.framework.commands) as bench:
        _train(setting, kind, bench, tag)


def reason_of(layout: Layout, command: Sequence[str], end: End) -> str:
    """Why a program failed: what it left as its reason itself; else what its last words tell."""
    if layout.failure.is_file():
        return layout.failure.read_text(errors="replace")
    message = explain(end.said, layout.root).text
    if end.code == _SIGKILL_CODE:
        message = f"killed by SIGKILL; most often that is for want of memory\n{message}"
    elif not message:
        message = "the script ended without a word on standard error"
    return describe("ExecuteUserScriptError", end.code, message.strip(), command)


def _train(setting: Setting, kind: Kind, bench: Path, tag: str) -> None:
    layout = setting.layout
    wanted = find_requirements(layout.code, package=kind is Kind.PACKAGE)
    kept = prepare(wanted, find_cache()) if wanted else None
    if kept:
        attach(bench, kept)
    _tell_what_is_there(setting, tag, [str(libraries_of(kept)), *sys.path] if kept else sys.path)
    command = command_for(kind, setting.program, to_arguments(setting.parameters.own))
    log.info(f"Invoking script with the following command:\n\n{' '.join(command)}\n")
    variables = script_variables(setting) | variables_of(bench) | {"PYTHONPATH": _python_path(layout.code)}
    # What this process has imported may not be what the script wants, if it wants anything.
    here = bench if kind is Kind.PROGRAM and not kept else None
    _conclude(layout, command, attend(lambda: _become(setting, command, variables, here)))


def _refuse_distribution(parameters: Hyperparameters) -> None:
    asked = [name for name in _DISTRIBUTED if parameters.framework.get(name)]
    if asked:
        raise UserError(
            f"{asked[0]}: a script is not started by MPI or torchrun here; leave out `distribution`, and let the "
            "script find the other hosts in SM_HOSTS"
        )


def _fetch(setting: Setting) -> Kind:
    """Lay out the code; gives what the script is."""
    folder = setting.layout.code
    lay_out(setting.source, setting.layout, folder)
    kind, file = kind_of(folder, setting.program), folder / setting.program
    if not file.exists() and kind is not Kind.PACKAGE:
        there = ", ".join(sorted(item.name for item in folder.iterdir())) or "nothing"
        raise UserError(f"the script {setting.program} is not in the code at {setting.source}: {there}")
    if kind is Kind.COMMAND:
        file.chmod(0o755)
    return kind


def _tell_what_is_there(setting: Setting, tag: str, paths: Sequence[str]) -> None:
    require(setting.framework, paths)
    log.info(describe_versions(setting.framework, tag, paths))
    if names_missing_gpu(tag):
        log.warn(f"The image's tag {tag} is one for a GPU; this host has none, and the script runs on the CPU")


def _python_path(folder: Path) -> str:
    """Where Python programs that the script starts find the user's modules."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def _become(setting: Setting, command: list[str], variables: Mapping[str, str], here: Path | None) -> NoReturn:
    """Become the script: in this process, with the job's environment `here`, or as a program of its own."""
    os.chdir(setting.layout.code)
    os.environ.update(variables)
    if here is None:
        execute(command)
    enter(here)
    run_main(setting.layout.code / setting.program, command[1:])


def _conclude(layout: Layout, command: Sequence[str], end: End) -> None:
    layout.output.mkdir(parents=True, exist_ok=True)
    if end.code == 0:
        log.info("Reporting training SUCCESS")
        (layout.output / "success").touch()
    elif end.stopped:
        sys.exit(end.code)
    else:
        log.warn("Reporting training FAILURE")
        raise UserError(reason_of(layout, command, end))
