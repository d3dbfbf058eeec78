"""The option every command shares, and what it says of a running server."""

import fcntl
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from fieldstone.core.settings import DataDir, default_data_dir


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its process and its address."""

    pid: int
    url: str


def data_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--data-dir`` to a command."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        default=default_data_dir,
        show_default="~/.fieldstone",
        envvar="FIELDSTONE_DATA_DIR",
        show_envvar=True,
        help="The folder that holds everything.",
    )(command)


def find_server(data_dir: Path) -> Running | None:
    """The server that serves a data folder now, told by the lock that it holds."""
    try:
        file = DataDir(data_dir).server.open("r")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(file.read())
    return None


def answers(url: str) -> bool:
    """Whether the server at an address says that it is ready."""
    from urllib.request import urlopen  # noqa: PLC0415  # brings an HTTP client along, which a server never needs

    try:
        with urlopen(f"{url}/_fieldstone/health", timeout=2) as response:  # noqa: S310  # our own address
            return response.status == 200
    except OSError:
        return False


def _read(text: str) -> Running | None:
    try:
        values = json.loads(text)
    except json.JSONDecodeError:  # it has the lock, and has not written yet
        return None
    return Running(values["pid"], values["url"])
