"""``fieldstone env``: point AWS clients here."""

import json
import shlex
from pathlib import Path

import click

from fieldstone.cli.data_dir import data_dir_option, find_server
from fieldstone.core.settings import DEFAULT_REGION, DataDir, Settings


@click.command()
@data_dir_option
def env(data_dir: Path) -> None:
    """Print the lines that point this shell's AWS clients at the server.

    \b
    eval "$(fieldstone env)"
    """
    try:
        key = json.loads(DataDir(data_dir).owner_key.read_bytes())
    except FileNotFoundError:
        raise click.ClickException(
            f"{data_dir} has no access key yet: it is made by the first `fieldstone up` on that folder."
        ) from None
    running = find_server(data_dir)
    variables = {
        "AWS_ENDPOINT_URL": Settings(data_dir).url if running is None else running.url,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": DEFAULT_REGION,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    click.echo("unset AWS_SESSION_TOKEN AWS_PROFILE")
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if running is None:
        click.echo(f"No server runs on {data_dir}; start one with `fieldstone up`.", err=True)
