"""A command of the job's own: what it finds, and what is left of its end."""

import signal
from importlib.util import find_spec
from textwrap import dedent

import pytest
from tests.algorithms.script.conftest import make_wheel

DRIVER = """
import os, subprocess, sys, traceback
process = subprocess.run([sys.executable, "train.py"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
for line in process.stdout.splitlines():
    print(line.strip())
try:
    process.check_returncode()
except subprocess.CalledProcessError:
    print(f"Command failed. Traceback: {traceback.format_exc()}")
    open(os.environ["SAGEMAKER_BASE_DIR"] + "/output/failure", "w").write(traceback.format_exc())
    sys.exit(process.returncode)
"""
"""Runs a script as the driver of SDK v3 does: its lines lose their indentation, and the reason is the driver's own."""


def test_a_command_finds_a_python_and_a_pip_of_its_own(folder):
    """SDK v3 and FrameworkProcessor install by them; what a list names is kept for the next job."""
    make_wheel(folder.sources)
    folder.add("requirements.txt", "./tiny-1.0-py3-none-any.whl\n")
    script = f"cd {folder.sources} && pip3 install -q -r requirements.txt && python3 -c 'import tiny; print(tiny.WORD)'"

    first, second = (folder.run("/bin/bash", "-c", f"pip uninstall --yes typing; {script}") for _ in range(2))

    assert first.code == second.code == 0, first.log
    assert "small" in first.log
    assert "small" in second.log
    assert "Using the environment that was made" in second.log


def test_the_users_traceback_takes_the_place_of_a_drivers(folder):
    """That says no more than that a command failed."""
    folder.add("../sm_drivers/driver.py", DRIVER)
    folder.add("train.py", "def fit():\n    raise ValueError('no rows')\n\nfit()\n")
    code = folder.sources

    ended = folder.run("/bin/bash", "-c", f"cd {code} && python3 ../sm_drivers/driver.py")
    reason = folder.failure.read_text()

    assert ended.code == 1
    assert "ValueError: no rows" in ended.log
    assert f'ErrorMessage "ValueError: no rows\nFile "{code}/train.py", line 2, in fit\n' in reason
    assert "CalledProcessError" not in reason


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here")
def test_a_command_that_misses_pytorch_is_told_what_to_type(folder):
    """Only then: its own requirements might have brought it."""
    folder.run("python3", "-c", "import torch", framework="pytorch")

    assert "pip install 'fieldstone[torch]'" in folder.failure.read_text()


def test_the_commands_own_reason_and_code_are_kept(folder):
    """It knows best."""
    script = f"echo 'my own words' > {folder.failure}; exit 3"

    assert folder.run("/bin/bash", "-c", script).code == 3
    assert folder.failure.read_text() == "my own words\n"


def test_a_command_that_ends_without_a_reason_is_given_its_last_words(folder):
    """Of both its streams."""
    folder.run("/bin/bash", "-c", dedent("echo one; echo two >&2; exit 4"))

    assert folder.failure.read_text().startswith(
        'ExecuteUserScriptError:\nExitCode 4\nErrorMessage "one\ntwo"\nCommand "'
    )


def test_sigterm_reaches_the_command(folder):
    """And its own code is the job's."""
    script = "trap 'echo stopping; exit 9' TERM; echo ready; while true; do sleep 0.05; done"
    with folder.open(["python", "--image-version", "3", "run", "/bin/bash", "-c", script]) as process:
        for line in process.stdout:
            if line == "ready\n":
                break
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)

    assert process.returncode == 9
    assert rest == "stopping\n"
    assert not folder.failure.exists()
