"""The owner's programs behind image URIs: a folder of links, each named as the image and leading to a program.

A program is a folder with executables called as a container's commands are: ``train``, ``serve``, ``process``. The link
of a repository serves all of its tags, but for those that have links of their own.
"""

import os
import re
import shlex
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from fieldstone.engine.images import Program, is_executable, parse_image

_REPOSITORY: Final = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)*[A-Za-z0-9][\w.-]*")
COMMANDS: Final = ("train", "serve", "process")


class UnfitProgramError(ValueError):
    """What shall be registered is no program, or no image."""


def register(programs: Path, image: str, program: Path) -> None:
    """Have a program stand behind an image, in place of any that did.

    Raises:
        UnfitProgramError: The folder has none of the executables, or the image is none.
    """
    name, program = _name(image), program.absolute()
    if not any(is_executable(program / command) for command in COMMANDS):
        there = [command for command in COMMANDS if (program / command).is_file()]
        hint = f"; chmod a+x {shlex.quote(str(program / there[0]))}" if there else ""
        raise UnfitProgramError(f"{program} has no executable called {' or '.join(COMMANDS)}{hint}")
    programs.mkdir(parents=True, exist_ok=True)
    growing = programs / f".{name}"
    growing.unlink(missing_ok=True)
    growing.symlink_to(program)
    growing.rename(programs / name)


def unregister(programs: Path, image: str) -> bool:
    """Have no program of the owner's stand behind an image; whether one did."""
    path = programs / _name(image)
    there = path.is_symlink()
    path.unlink(missing_ok=True)
    return there


def registered(programs: Path) -> dict[str, Path]:
    """The images that programs are registered for, each with its program."""
    found = sorted(programs.iterdir()) if programs.is_dir() else []
    return {unquote(path.name): path.readlink() for path in found if path.is_symlink() and path.name[0] != "."}


def find_registered(programs: Path, image: str) -> Program | None:
    """The program of the owner's behind an image; None where there is none."""
    repository, tag = parse_image(image)
    for name in (f"{repository}:{tag}", repository):
        path = programs / quote(name, safe="")
        if path.is_symlink():
            home = path.readlink()
            return Program((), needs=(str(home), *_interpreters(home)), home=home)
    return None


def _name(image: str) -> str:
    repository, tag = parse_image(image)
    if not _REPOSITORY.fullmatch(repository):
        raise UnfitProgramError(f"{image!r} is no image URI such as REGISTRY/REPOSITORY:TAG or REPOSITORY")
    return quote(repository if tag is None else f"{repository}:{tag}", safe="")


def _interpreters(home: Path) -> list[str]:
    """What the executables' first lines name: interpreters, with the environments that these belong to."""
    found: list[str] = []
    for path in (home / command for command in COMMANDS):
        if is_executable(path):
            with path.open("rb") as file:
                line = file.readline(4096)
            if line.startswith(b"#!/") and (words := line[2:].split()):
                found += _surroundings(Path(os.fsdecode(words[0])))
    return list(dict.fromkeys(found))


def _surroundings(interpreter: Path) -> list[str]:
    """An interpreter and its own libraries, at ``PREFIX/bin/python`` both of a virtual environment and of its base."""
    places = (interpreter, interpreter.resolve())
    prefixes = [path.parent.parent for path in places if path.parent.name == "bin"]
    return [str(path) for path in (*places, *prefixes) if path not in {Path("/"), Path("/usr"), Path("/usr/local")}]
