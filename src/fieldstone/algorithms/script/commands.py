"""A command of the job's own instead of `train`: what SDK v3 sends for a script, and every processing job.

SDK v3 uploads its drivers as the channel `sm_drivers`, and has `/bin/bash` run `sm_train.sh` from there. What that
wants of the platform, read in version 3.27:

* `/opt/ml` itself: all its paths are absolute.
* `python3` and `pip3` (or `python` and `pip`) on the PATH. It installs the user's requirements with the pip of that
  Python, and runs the script with it.
* `sm_train.sh` in the channel to belong to the user that the job runs as: it is made executable.
* `/opt/ml/input` to be writable, for `sm_training.env`; `/opt/ml/output` to be there and writable, for `failure`.
* In `resourceconfig.json` the members current_host, current_instance_type, hosts and network_interface_name; all three
  documents of `/opt/ml/input/config`, be they empty; TRAINING_JOB_NAME in the environment.

The drivers name no more of a script's failure than its exit code, so that what it printed is looked at here.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from fieldstone.algorithms.script import log
from fieldstone.algorithms.script.child import End, attend, execute
from fieldstone.algorithms.script.frameworks import FRAMEWORKS, Framework, describe_versions, how_to_install
from fieldstone.algorithms.script.reasons import describe, explain
from fieldstone.algorithms.script.workbench import variables_of, workbench
from fieldstone.contract.paths import Layout

_SAYS_NOTHING: Final = "Training Execution failed"
_SAYS_THE_CODE: Final = "CalledProcessError"
_ECHO: Final = re.compile(r"^\++ .*\n", re.MULTILINE)
"""A shell's own lines about what it runs."""


def run_command(layout: Layout, command: list[str], framework: str, tag: str) -> int:
    """Run a command in an environment of the job's own; gives back its exit code."""
    log.info(describe_versions(FRAMEWORKS[framework], tag, sys.path))
    layout.output.mkdir(parents=True, exist_ok=True)
    with workbench(FRAMEWORKS[framework].commands) as bench:
        end = attend(lambda: _become(command, variables_of(bench)), streams=(1, 2))
    if end.code and not end.stopped:
        _leave_reason(layout, command, end, FRAMEWORKS[framework])
    return end.code


def _become(command: list[str], variables: Mapping[str, str]) -> NoReturn:
    os.environ.update(variables)
    execute(command)


def _leave_reason(layout: Layout, command: Sequence[str], end: End, framework: Framework) -> None:
    """Leave the user's own traceback as the reason, unless the command has left one that is not a driver's."""
    left = layout.failure.read_text(errors="replace") if layout.failure.is_file() else ""
    explanation = explain(_ECHO.sub("", end.said), layout.root)
    mute = not left.strip() or (_SAYS_NOTHING in left and "Traceback" in end.said)
    if mute or (explanation.own and _SAYS_THE_CODE in left):
        message = explanation.text or "the command ended without a word"
        if framework.needs and f"No module named '{framework.needs}'" in message:
            message = f"{how_to_install(framework)}\n{message}"
        layout.failure.write_text(describe("ExecuteUserScriptError", end.code, message, command))
