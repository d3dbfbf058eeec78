"""What a user's code wants to have installed, and a name for exactly that."""

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldstone.algorithms.script.overlay import library_folders

_WORD: Final = re.compile(r"[^\s=@\[\],;'\"]+")
_FILE: Final = "requirements.txt"


@dataclass(frozen=True, slots=True)
class Requirements:
    """What pip is to install.

    Attributes:
        folder: Where pip is to run; paths are relative to it.
        arguments: What `pip install` is given.
    """

    folder: Path
    arguments: tuple[str, ...]

    def digest(self) -> str:
        """The same for the same requirements of the same interpreter, libraries and settings, and for no others."""
        digest = hashlib.sha256()
        for part in (*_interpreter(), *_settings(), *self.arguments):
            digest.update(f"{part}\n".encode())
        files = sorted(set(_named_files(self.folder, " ".join(self.arguments), set())))
        if any(file.suffix != ".txt" for file in files):
            digest.update(f"{self.folder}\n".encode())  # what is installed from here may point back to here
        for file in files:
            digest.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
        return digest.hexdigest()[:32]


def find_requirements(folder: Path, *, package: bool = False) -> Requirements | None:
    """What the code in a folder wants to have installed; None for nothing.

    Args:
        folder: The folder of the code.
        package: Whether the code is a package, to be installed itself.
    """
    own = (".",) if package else ()
    arguments = (*own, "-r", _FILE) if (folder / _FILE).is_file() else own
    return Requirements(folder, arguments) if arguments else None


def is_list(arguments: Sequence[str]) -> bool:
    """Whether arguments of `pip install` say that a list of requirements be installed, and nowhere in particular."""
    elsewhere = ("-t", "--target", "--prefix", "--root", "--user", "-e", "--editable", "--dry-run", "-h", "--help")
    names = [argument.partition("=")[0] for argument in arguments]
    return any(name in {"-r", "--requirement"} for name in names) and not any(name in elsewhere for name in names)


def _interpreter() -> Iterator[str]:
    """The interpreter, and the state of its libraries: a folder changes its time when something is installed."""
    yield sys.version
    yield sys.prefix
    for path in library_folders():
        yield f"{path} {Path(path).stat().st_mtime_ns if Path(path).is_dir() else 0}"


def _settings() -> Iterator[str]:
    """What of the environment changes what pip installs, such as an index or constraints."""
    for name, value in sorted(os.environ.items()):
        if name.startswith("PIP_") and name != "PIP_CACHE_DIR":
            yield f"{name}={value}"
            for word in value.split() if name in {"PIP_CONSTRAINT", "PIP_REQUIREMENT"} else ():
                yield Path(word).read_text(errors="replace") if Path(word).is_file() else ""


def _named_files(folder: Path, text: str, seen: set[Path]) -> Iterator[Path]:
    """The files that a text names: lists of requirements with what they name in turn, archives, folders."""
    for line in text.splitlines():
        for word in _WORD.findall(line.partition(" #")[0]):
            path = folder / word.removeprefix("file:").removeprefix("//")
            yield from _files_below(path)
            if path.suffix == ".txt" and path.is_file() and path not in seen:
                seen.add(path)
                yield from _named_files(folder, path.read_text(errors="replace"), seen)


def _files_below(path: Path) -> list[Path]:
    if path.is_dir():
        return [item for item in path.rglob("*") if item.is_file() and "__pycache__" not in item.parts]
    return [path] if path.is_file() else []
