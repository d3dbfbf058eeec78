"""A task's contract folder: made, filled with documents and inputs, unpacked into, packed up."""

import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fieldstone.contract.paths import Layout
from fieldstone.engine.placing import place

_LONGEST_NAME: Final = 255


class UnsafePathError(ValueError):
    """A name that no file can have: it leads out of its folder, is too long, or stands in another's way."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a task shall find.

    Attributes:
        sources: The files as they are kept, whose bytes one after the other are the input; they are never changed,
            nor can the task change them.
        folder: The folder of the task it goes to, such as a channel's.
        name: Its path in there.
        writable: Whether the task may write to it, as to a checkpoint; then it is a file of its own.
    """

    sources: tuple[Path, ...]
    folder: Path
    name: str
    writable: bool = False


def make_workspace(
    layout: Layout,
    documents: Mapping[Path, Any],
    inputs: Sequence[Input] = (),
    folders: Iterable[Path] = (),
    *,
    may_link: bool = False,
) -> None:
    """Make a task's contract folder anew, with these documents (as JSON), inputs and further folders.

    Args:
        layout: Where.
        documents: What to write, by path.
        inputs: What to put where.
        folders: What shall be there even if it stays empty.
        may_link: Whether the task cannot write to its inputs: it runs as another user, or finds them read-only. Then
            they are second names of stored files, so their owner and mode must stay as they are.

    Raises:
        UnsafePathError: An input has a name that no file can have.
        FileNotFoundError: An input's source is gone.
    """
    shutil.rmtree(layout.root.parent, ignore_errors=True)
    for folder in (
        layout.input_config,
        layout.input_data,
        layout.model,
        layout.output_data,
        *folders,
    ):
        folder.mkdir(parents=True, exist_ok=True)
    for path, document in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    check_names(inputs)
    made: set[Path] = set()
    for item in inputs:
        target = item.folder / item.name
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        place(item.sources, target, may_link=may_link and not item.writable)


def check_names(inputs: Iterable[Input]) -> None:
    """Make sure that every input can be a file, all of them at once.

    Raises:
        UnsafePathError: One has a name that no file can have, or one that another needs for a folder or has itself.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for item in inputs:
        _check_name(item.name)
        path = f"{item.folder}/{item.name}"
        if path in files:
            raise UnsafePathError(f"{item.name!r} is there twice")
        files[path] = item.name
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders[path] = item.name
    for path in files.keys() & folders.keys():
        raise UnsafePathError(f"{files[path]!r} cannot be a file and, for {folders[path]!r}, a folder")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive, compressed or not; links and names that lead out of the folder are refused.

    Raises:
        tarfile.TarError: It is no archive, or it holds what is refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


def pack(folders: Sequence[Path], archive: Path) -> None:
    """Pack everything in some folders into one gzipped tar archive, safely on disk; of two of a name, the first.

    Nothing is followed out of a folder: a link is packed as a link.
    """
    packed: set[str] = set()
    try:
        with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
            for folder in folders:
                for entry in _entries(folder):
                    if entry.name not in packed:
                        packed.add(entry.name)
                        tar.add(entry, entry.name)
    except BaseException:
        archive.unlink(missing_ok=True)  # the disk may be full of it
        raise


def are_empty(folders: Iterable[Path]) -> bool:
    """Whether there is nothing in any of these folders."""
    return not any(_entries(folder) for folder in folders)


def read_own(layout: Layout, name: str, most: int = 1 << 16) -> str | None:
    """The beginning of a text file that a program left in its contract folder, if there is one.

    A program may have put links there; one that leads out of its folder is not followed.
    """
    path = layout.root / name
    if not path.is_file() or not path.resolve().is_relative_to(layout.root.resolve()):
        return None
    with path.open("rb") as file:
        return file.read(most).decode("utf-8", "replace")


def _entries(folder: Path) -> list[Path]:
    """What is in a folder that a program had; nothing where it put a link in the folder's place."""
    return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _check_name(name: str) -> None:
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts or "\0" in name:
        raise UnsafePathError(f"{name!r} is no path inside a folder")
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
        raise UnsafePathError(f"{name[:60]!r}... has a name of more than {_LONGEST_NAME} bytes")
