"""``fieldstone images``: which programs run for which container images."""

from pathlib import Path

import click

from fieldstone.cli.data_dir import data_dir_option
from fieldstone.core.settings import DataDir


@click.group()
def images() -> None:
    """Say which programs run for which container images.

    On AWS an image is a container. Here a program of this machine stands behind it: one that comes with Fieldstone, or
    a folder of yours with executables that are called as a container's commands are.
    """


@images.command()
@click.argument("uri")
@click.option(
    "--program",
    metavar="DIR",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with train, serve, or process.",
)
@data_dir_option
def add(uri: str, program: Path, data_dir: Path) -> None:
    """Have the program in DIR run for the image URI.

    DIR has executables: train for training jobs, serve for endpoints and batch transform, process for processing jobs
    without an entry point. They find /opt/ml as in a container. Registry and region of the URI do not matter; without
    a tag it stands for every tag. A server that runs need not be started again.

    \b
    fieldstone images add team/forecaster --program ./forecaster
    """
    from fieldstone.engine.registry import UnfitProgramError, register  # noqa: PLC0415  # other commands start without it

    try:
        register(DataDir(data_dir.absolute()).programs, uri, program)
    except (UnfitProgramError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Jobs and models on the image {uri} run {program.absolute()} now.")


@images.command()
@click.argument("uri")
@data_dir_option
def remove(uri: str, data_dir: Path) -> None:
    """Have no program of yours run for the image URI any more. The program itself is left alone."""
    from fieldstone.engine.registry import UnfitProgramError, unregister  # noqa: PLC0415

    try:
        there = unregister(DataDir(data_dir.absolute()).programs, uri)
    except (UnfitProgramError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if not there:
        raise click.ClickException(f"No program of yours is registered for {uri}; see `fieldstone images list`.")
    click.echo(f"No program of yours runs for {uri} any more.")


@images.command("list")
@data_dir_option
def list_images(data_dir: Path) -> None:
    """List the images that programs run for, yours first."""
    from fieldstone.engine.images import repositories  # noqa: PLC0415
    from fieldstone.engine.registry import registered  # noqa: PLC0415

    own = registered(DataDir(data_dir.absolute()).programs)
    rows = [(name, str(path)) for name, path in own.items()]
    rows += [(name, ", ".join(versions) or "every tag") for name, versions in repositories().items()]
    width = max(len(name) for name, _ in rows)
    for name, told in rows:
        click.echo(f"{name:{width}}  {told}")
