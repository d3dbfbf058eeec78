"""``fieldstone`` itself."""

import re

import pytest
from click.testing import CliRunner

from fieldstone import __version__
from fieldstone.cli.main import _COMMANDS, main


def test_it_tells_its_version(run):
    """And nothing else."""
    assert run("--version", folder=None).stdout == f"fieldstone, version {__version__}\n"


def test_without_a_command_it_lists_them(run):
    """Each with a sentence."""
    help_ = run("--help", folder=None).stdout

    assert all(re.search(rf"^  {command} +\w", help_, re.MULTILINE) for command in _COMMANDS)


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_explains_itself(command):
    """By -h as well as by --help."""
    short, long = (CliRunner().invoke(main, [command, option]) for option in ("-h", "--help"))

    assert (short.exit_code, short.output) == (0, long.output)
    assert re.match(rf"Usage: main {command} \[OPTIONS\]", long.output)


def test_an_unknown_command_is_wrong_usage(run):
    """Exit code 2."""
    unknown = run("brew", folder=None)

    assert unknown.returncode == 2
    assert "No such command 'brew'" in unknown.stderr
