"""``fieldstone run``: a program for AWS, unmodified, against the server here."""

import os
import sys
from pathlib import Path

import click

from fieldstone.cli.data_dir import Running, data_dir_option, find_server
from fieldstone.cli.namespace import can_show, show_file
from fieldstone.cli.surroundings import METADATA_FILE, pointed_here, unproxied, variables, write_metadata
from fieldstone.cli.up import detach, prepare
from fieldstone.core.settings import DataDir, Settings


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@data_dir_option
@click.option("--proxy", is_flag=True, help="Answer https://*.amazonaws.com here too, under a certificate of our own.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(data_dir: Path, proxy: bool, command: tuple[str, ...]) -> None:
    """Run COMMAND with its AWS clients pointed at the server; one is started if none runs, and left running.

    \b
    fieldstone run -- python train.py     a script, with boto3 or either SageMaker SDK
    fieldstone run -- jupyter lab         notebooks
    fieldstone run -- aws s3 ls           the AWS CLI

    The program takes this one's place: its output, its exit code and the signals it gets are its own.
    """
    data_dir = data_dir.absolute()
    before = os.umask(0o077)  # what we write is for its owner alone; the program has the mask it came with
    running = find_server(data_dir) or _start(data_dir)
    environment = pointed_here(os.environ, variables(data_dir, running.url))
    if proxy:
        environment = _proxied(data_dir, running.url, environment)
    _show_metadata(data_dir)
    os.umask(before)
    _become(command, environment)


def _start(data_dir: Path) -> Running:
    prepare(data_dir)
    running = detach(Settings(data_dir, port=0))
    click.echo(f"Fieldstone answers at {running.url}; `fieldstone down` ends it.", err=True)
    return running


def _proxied(data_dir: Path, url: str, environment: dict[str, str]) -> dict[str, str]:
    from fieldstone.cli.proxy import start  # noqa: PLC0415  # few ask for it

    try:
        wanted = start(DataDir(data_dir).proxy, url)
    except OSError as error:
        raise click.ClickException(f"The proxy needs the program openssl, which failed: {error}") from None
    return {**environment, **wanted, **unproxied({**environment, **wanted})}


def _show_metadata(data_dir: Path) -> None:
    """Let the program see the metadata file, where the machine allows it; `fieldstone doctor` tells where not."""
    source, stage = write_metadata(data_dir), DataDir(data_dir).stage
    stage.mkdir(exist_ok=True, mode=0o700)
    if can_show(source, METADATA_FILE, stage) is None:
        show_file(source, METADATA_FILE, stage)


def _become(command: tuple[str, ...], environment: dict[str, str]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606  # the user's own command
    except FileNotFoundError:
        click.echo(f"There is no program {command[0]}.", err=True)
        raise SystemExit(127) from None
    except OSError as error:
        click.echo(f"{command[0]} cannot be run: {error.strerror}.", err=True)
        raise SystemExit(126) from None
