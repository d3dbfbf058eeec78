"""``fieldstone status``: what runs."""

import json
from pathlib import Path

import click

from fieldstone.cli.data_dir import answers, data_dir_option, find_server


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status(data_dir: Path, as_json: bool) -> None:
    """Tell whether a server runs on a data folder, and where. Exits with 4 if none does."""
    running = find_server(data_dir)
    ready = running is not None and answers(running.url)
    if as_json:
        document = {"data_dir": str(data_dir), "running": running is not None, "ready": ready}
        document |= {} if running is None else {"pid": running.pid, "url": running.url}
        click.echo(json.dumps(document))
    elif running is None:
        click.echo(f"No server runs on {data_dir}. Start one with `fieldstone up`.")
    else:
        state = "answers" if ready else "does not answer (yet)"
        click.echo(f"The server {state} at {running.url} (process {running.pid}), on {data_dir}")
    if not ready:
        raise SystemExit(4)
