"""``fieldstone down``: end a server."""

import os
import signal
import time
from pathlib import Path
from typing import Final

import click

from fieldstone.cli.data_dir import data_dir_option, find_server

_END_SECONDS: Final = 30.0


@click.command()
@data_dir_option
def down(data_dir: Path) -> None:
    """End the server on a data folder. Jobs go on and are found again by the next `fieldstone up`."""
    running = find_server(data_dir)
    if running is None:
        click.echo(f"No server runs on {data_dir}.")
        return
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _END_SECONDS
    while find_server(data_dir) is not None:
        if time.monotonic() > deadline:
            raise click.ClickException(f"The server (process {running.pid}) does not end; kill -9 loses nothing.")
        time.sleep(0.02)
    click.echo(f"The server on {data_dir} has ended.")
