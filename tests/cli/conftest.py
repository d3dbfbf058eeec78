"""The command line, run as a person runs it."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import FIELDSTONE, kill_tasks

from fieldstone.cli.data_dir import find_server

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder whose name needs quoting."""
    return tmp_path / "it's a folder"


@pytest.fixture
def run(data_dir: Path) -> Iterator[Run]:
    """Run a command on the folder; a server that it leaves running is ended with the test."""

    def run(*arguments: str, folder: Path | None = data_dir, **variables: str) -> Any:
        option = () if folder is None else ("--data-dir", str(folder))
        command = [*FIELDSTONE, *arguments, *option]
        environment = os.environ | {"HOME": str(data_dir.parent)} | variables
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)

    yield run
    running = find_server(data_dir)
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)
    kill_tasks(data_dir)


@pytest.fixture
def detached(run: Run) -> str:
    """The address of a server that runs on the folder."""
    started = run("up", "--port", "0", "--detach")
    assert started.returncode == 0, started.stderr
    return started.stdout.splitlines()[0].split()[-1]
