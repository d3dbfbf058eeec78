"""``fieldstone backup``: a copy of everything, taken while the server runs."""

import os
import shlex
from pathlib import Path

import click

from fieldstone.cli.data_dir import data_dir_option
from fieldstone.core.settings import DataDir


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@data_dir_option
def backup(folder: Path, data_dir: Path) -> None:
    """Copy the data folder to FOLDER, which must not be there yet, whether a server runs on it or not.

    The copy is of one moment. Serve it, or put it in the place of the old one, when you need it:

    \b
    fieldstone backup /backups/monday
    fieldstone up --data-dir /backups/monday
    """
    from fieldstone.store.backup import BackupError, copy_data_dir  # noqa: PLC0415  # other commands start without it

    os.umask(0o077)  # what is copied is for its owner alone
    try:
        copied = copy_data_dir(DataDir(data_dir.absolute()), folder.absolute())
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{folder} has all of {data_dir} now, with {copied.files} files of objects ({copied.size:,} bytes).")
    click.echo(f"Serve it:  fieldstone up --data-dir {shlex.quote(str(folder))}")
