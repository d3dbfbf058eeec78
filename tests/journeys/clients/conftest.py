"""Clients as their users run them, pointed at a server that checks every signature.

Those that cannot live beside Fieldstone's own libraries have environments of their own: ``make clients`` makes one of
each ``<name>.txt`` here, and a test marked ``client("<name>")`` runs programs in it by the fixture ``client_program``.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.conftest import FIELDSTONE, Server, kill_tasks, start_server
from tests.environments import python_of

from fieldstone.cli.surroundings import pointed_here, variables

Output = Callable[..., str]


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as a user starts it."""
    data_dir = tmp_path_factory.mktemp("door") / "data"
    running = start_server(data_dir)
    yield running
    running.stop()
    kill_tasks(data_dir)


@pytest.fixture
def pointed(door: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """This process, with the variables of ``fieldstone env``; the server's address."""
    wanted = variables(door.data_dir, door.url)
    for name in os.environ.keys() - pointed_here(os.environ, wanted).keys():
        monkeypatch.delenv(name)
    for name, text in wanted.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it may have the key of another door
    return door.url


@pytest.fixture
def lake(pointed: str, account: str) -> str:
    """A bucket of the test's own."""
    name = f"lake-{account}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def shell(door: Server, tmp_path: Path) -> Output:
    """Run lines of a shell in which ``eval "$(fieldstone env)"`` was typed; what they print."""

    def shell(lines: str, **variables: str) -> str:
        evaluate = f'eval "$({sys.executable} -m fieldstone env --data-dir {door.data_dir})"'
        return _run(["bash", "-euo", "pipefail", "-c", f"{evaluate}\n{lines}"], tmp_path, variables)

    return shell


@pytest.fixture
def client_program(request: pytest.FixtureRequest, door: Server, tmp_path: Path) -> Output:
    """Run a program by ``fieldstone run``, in the environment of the test's client; what it prints."""
    python = python_of(request.node.get_closest_marker("client").args[0])

    def client_program(script: str, *arguments: Any, options: tuple[str, ...] = ()) -> str:
        command = [*FIELDSTONE, "run", "--data-dir", str(door.data_dir), *options, "--"]
        return _run([*command, str(python), "-c", script, *map(str, arguments)], tmp_path, {})

    return client_program


def _run(command: list[str], folder: Path, more: dict[str, str]) -> str:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | more
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
