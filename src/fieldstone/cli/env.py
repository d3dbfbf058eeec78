"""``fieldstone env``: point AWS clients here."""

import os
import shlex
from pathlib import Path

import click

from fieldstone.cli.data_dir import data_dir_option, find_server
from fieldstone.cli.surroundings import NoKeyError, stale, unproxied, variables


@click.command()
@data_dir_option
def env(data_dir: Path) -> None:
    """Print the lines that point this shell's AWS clients at the server.

    \b
    eval "$(fieldstone env)"
    """
    running = find_server(data_dir)
    try:
        wanted = variables(data_dir, None if running is None else running.url)
    except NoKeyError:
        raise click.ClickException(
            f"{data_dir} has no access key yet: it is made by the first `fieldstone up` on that folder."
        ) from None
    click.echo(f"unset {' '.join(stale(os.environ))}")
    for name, value in {**wanted, **unproxied(os.environ)}.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if running is None:
        click.echo(f"No server runs on {data_dir}; start one with `fieldstone up`.", err=True)
