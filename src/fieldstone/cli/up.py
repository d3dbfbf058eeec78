"""``fieldstone up``: the server."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, cast

import click

from fieldstone.cli.data_dir import Running, answers, data_dir_option, find_server
from fieldstone.cli.surroundings import option
from fieldstone.core.settings import DEFAULT_HOST, DEFAULT_PORT, Auth, DataDir, Settings, Validation

_START_SECONDS: Final = 30.0


@click.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="The port; 0 for any free one.",
)
@data_dir_option
@click.option(
    "--auth",
    type=click.Choice(["strict", "off"]),
    default="strict",
    show_default=True,
    help="Check signatures, or take a twelve-digit access key for the account (tests; this machine only).",
)
@click.option(
    "--validation",
    type=click.Choice(["strict", "lenient"]),
    default="strict",
    show_default=True,
    help="Check every constraint of AWS's models, or only members, types and enums.",
)
@click.option("--testing", is_flag=True, help="Allow POST /_fieldstone/reset, which clears everything.")
@click.option("--detach", "-d", "detached", is_flag=True, help="Return once the server is ready, and leave it running.")
def up(  # noqa: PLR0913, PLR0917  # one parameter an option
    host: str,
    port: int,
    data_dir: Path,
    auth: str,
    validation: str,
    testing: bool,
    detached: bool,
) -> None:
    """Start a server on a data folder, here in the foreground.

    \b
    fieldstone up                              on port 4566, with everything in ~/.fieldstone
    fieldstone up --port 0 --data-dir ./mine   on a free port, in a folder of its own
    """
    settings = Settings(
        data_dir.absolute(), host, port, cast(Auth, auth), cast(Validation, validation), testing=testing
    )
    prepare(settings.data_dir)
    os.umask(0o077)  # what is written is for its owner alone, whatever the folder allows
    if detached:
        _introduce(detach(settings).url, settings.data_dir)
    else:
        _serve(settings)


def prepare(data_dir: Path) -> None:
    """Make the data folder.

    Raises:
        ClickException: It cannot be made.
    """
    try:
        DataDir(data_dir).create()
    except OSError as error:
        raise click.ClickException(
            f"{data_dir} cannot be used: {error.strerror}. Name another folder by --data-dir."
        ) from None


def _serve(settings: Settings) -> None:
    gc.disable()  # while hundreds of modules are imported, nearly all that is made stays
    import logging  # noqa: PLC0415  # other commands, and --detach, start without the server

    import uvloop  # noqa: PLC0415  # the same

    from fieldstone.server import StartError, serve  # noqa: PLC0415  # the same
    from fieldstone.store.database import StoreError  # noqa: PLC0415  # the same

    gc.freeze()
    gc.enable()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        uvloop.run(serve(settings, lambda served: _introduce(served.url, served.data_dir)))
    except (StartError, StoreError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{settings.data_dir} cannot be served: {error}") from None
    except KeyboardInterrupt:
        sys.exit(130)


def detach(settings: Settings) -> Running:
    """Start a server that stays when this process ends; returns once it is ready.

    Raises:
        ClickException: It did not start.
    """
    log = settings.data_dir / "server.log"
    options = {"--host": settings.host, "--port": str(settings.port), "--data-dir": str(settings.data_dir)}
    options |= {"--auth": settings.auth, "--validation": settings.validation}
    command = [sys.executable, "-m", "fieldstone", "up", *(part for option in options.items() for part in option)]
    with log.open("ab") as output:
        server = subprocess.Popen(
            command + ["--testing"] * settings.testing,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        running = find_server(settings.data_dir)
        if running is not None and running.pid == server.pid and answers(running.url):
            return running
        time.sleep(0.02)
    last = log.read_text(errors="replace").strip().rpartition("\n")[2]
    raise click.ClickException(f"The server did not start: {last or 'it said nothing'}\n{log} says more.")


def _introduce(url: str, data_dir: Path) -> None:
    click.echo(f"Fieldstone answers at {url}")
    click.echo(f"Everything is kept in {data_dir}")
    click.echo(f'Point AWS clients here:  eval "$(fieldstone env{option(data_dir)})"')
