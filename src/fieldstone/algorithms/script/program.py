"""How a script is started: a Python program, a package, or a command of the shell."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """What a script is, by its name and by what lies beside it."""

    PROGRAM = "program"
    PACKAGE = "package"
    COMMAND = "command"


def kind_of(folder: Path, program: str) -> Kind:
    """What the script of a name in a folder is."""
    if program.endswith(".sh"):
        return Kind.COMMAND
    if (folder / "setup.py").exists():
        return Kind.PACKAGE
    return Kind.PROGRAM if program.endswith(".py") else Kind.COMMAND


def command_for(kind: Kind, program: str, arguments: Sequence[str]) -> list[str]:
    """What to run for a script in the folder of its code.

    Args:
        kind: What the script is.
        program: Its path in the folder.
        arguments: Its arguments.
    """
    if kind is Kind.COMMAND:
        shell = "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"
        return [shell, "-c", f'./{program} "$@"', program, *arguments]
    if kind is Kind.PACKAGE:
        return ["python3", "-m", program.removesuffix(".py").replace("/", "."), *arguments]
    return ["python3", program, *arguments]
