"""A task's contract folder: made, filled with documents and inputs, unpacked into, packed up."""

import fcntl
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fieldstone.contract.paths import Layout

_FICLONE: Final = 0x40049409  # ioctl_ficlone(2): share the bytes until one side is written to


class UnsafePathError(ValueError):
    """A name leads out of the folder it belongs in."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a task shall find.

    Attributes:
        sources: The files as they are kept, whose bytes one after the other are the input; they are never changed,
            nor can the task change them.
        folder: The folder of the task it goes to, such as a channel's.
        name: Its path in there.
    """

    sources: tuple[Path, ...]
    folder: Path
    name: str


def make_workspace(layout: Layout, documents: Mapping[Path, Any], inputs: Iterable[Input] = ()) -> None:
    """Make a task's contract folder anew, with these documents (as JSON) and inputs.

    Raises:
        UnsafePathError: An input's name leads out of its folder.
        FileNotFoundError: An input's source is gone.
    """
    shutil.rmtree(layout.root.parent, ignore_errors=True)
    for folder in (
        layout.input_config,
        layout.input_data,
        layout.model,
        layout.output_data,
    ):
        folder.mkdir(parents=True)
    for path, document in documents.items():
        path.write_text(json.dumps(document))
    for item in inputs:
        target = _inside(item.folder, item.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        join(item.sources, target)


def join(sources: Sequence[Path], target: Path) -> None:
    """Make one file of several, one after the other; of one alone it is a clone."""
    if len(sources) == 1:
        clone(sources[0], target)
        return
    with target.open("wb") as writing:
        for source in sources:
            with source.open("rb") as reading:
                _append(reading.fileno(), writing.fileno())


def clone(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, both share their bytes until one of them is written to."""
    with source.open("rb") as reading, target.open("wb") as writing:
        try:
            fcntl.ioctl(writing, _FICLONE, reading.fileno())
        except OSError:
            shutil.copyfileobj(reading, writing, 1 << 20)


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
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for folder in folders:
            for entry in _entries(folder):
                if entry.name not in packed:
                    packed.add(entry.name)
                    tar.add(entry, entry.name)


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


def _append(source: int, target: int) -> None:
    """Append a file in the kernel, where the file systems may share its bytes."""
    while os.copy_file_range(source, target, 1 << 30):
        pass


def _inside(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        raise UnsafePathError(f"{name!r} is no path inside a folder")
    return folder.joinpath(*parts)
