"""``fieldstone``: the commands, each imported when it is called."""

from importlib import import_module
from typing import Final

import click

from fieldstone import __version__

_COMMANDS: Final = (
    "up",
    "down",
    "status",
    "env",
    "run",
    "algorithms",
    "images",
    "backup",
    "doctor",
    "coverage",
    "frame",
    "ab",
)


class _Commands(click.Group):
    """Finds a command in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"fieldstone.cli.{cmd_name}"), cmd_name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="fieldstone")
def main() -> None:
    """Fieldstone: the AWS machine-learning stack, on your own ground.

    \b
    fieldstone up                    start a server; boto3 and the AWS CLI work against it
    eval "$(fieldstone env)"         point this shell's AWS clients at it
    fieldstone run -- python x.py    run one program against it, with nothing else set
    """
