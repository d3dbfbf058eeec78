"""A file where this machine has none, seen by one program and what it starts: a mount namespace of its own.

Linux lets any user have one, unless the machine's owner or a container forbids it. Nothing is written outside the data
folder, and nobody else sees anything.
"""

import os
import shutil
from pathlib import Path

from fieldstone.core import namespaces


def show_file(source: Path, place: Path, stage: Path) -> None:
    """Give this process, and what it becomes, a view in which ``place`` is the file ``source``.

    Args:
        source: The file.
        place: Where it is seen, an absolute path.
        stage: An empty folder that this may mount on.

    Raises:
        OSError: The machine does not allow it; the process may be left in a namespace of its own.
    """
    namespaces.enter(namespaces.NEW_MOUNTS)
    namespaces.keep_mounts_private()
    if place.exists():
        namespaces.bind(str(source), place)
    else:
        _make_room(place.parent, stage)
        shutil.copyfile(source, place)
    os.chdir(Path.cwd())  # the folder as it is seen now


def can_show(source: Path, place: Path, stage: Path) -> str | None:
    """Try ``show_file`` in a child; None if it works, else why it does not."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(writing, source, place, stage)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return None if said == "shown" else said or "the attempt ended without a word"


def _answer(writing: int, source: Path, place: Path, stage: Path) -> None:
    """Try, say how it went, and end as a child of a fork does: without the parent's clearing up."""
    said = ""
    try:
        show_file(source, place, stage)
        said = "shown" if place.read_bytes() == source.read_bytes() else f"{place} shows something else"
    except OSError as error:
        said = str(error.strerror or error)
    finally:
        os.write(writing, said.encode())
        os._exit(0)


def _make_room(folder: Path, stage: Path) -> None:
    """Make a folder that can be written, under a copy of what there is: everything in it is bound into the copy."""
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    if there == Path("/"):
        raise OSError(f"there is no {folder.parts[1]} in the root folder to put it under")
    namespaces.mount("tmpfs", stage, 0, kind="tmpfs", options="mode=755,size=4m")
    namespaces.bind_entries(there, stage)
    (stage / folder.relative_to(there)).mkdir(parents=True, exist_ok=True)
    namespaces.bind(str(stage), there)
