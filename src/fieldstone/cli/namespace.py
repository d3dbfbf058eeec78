"""A file where this machine has none, seen by one program and what it starts: a mount namespace of its own.

Linux lets any user have one, unless the machine's owner or a container forbids it. Nothing is written outside the data
folder, and nobody else sees anything.
"""

import ctypes
import os
import shutil
from pathlib import Path
from typing import Final

_NEW_MOUNTS: Final = 0x00020000
_NEW_USERS: Final = 0x10000000
_BIND: Final = 4096
_DEEP: Final = 16384
_PRIVATE: Final = 1 << 18


def show_file(source: Path, place: Path, stage: Path) -> None:
    """Give this process, and what it becomes, a view in which ``place`` is the file ``source``.

    Args:
        source: The file.
        place: Where it is seen, an absolute path.
        stage: An empty folder that this may mount on.

    Raises:
        OSError: The machine does not allow it; the process may be left in a namespace of its own.
    """
    _enter()
    if place.exists():
        _mount(str(source), place, _BIND)
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


def _enter() -> None:
    """Enter a mount namespace; whoever is not allowed to gets one in a user namespace, as the same user."""
    user, group = os.getuid(), os.getgid()
    try:
        _unshare(_NEW_MOUNTS)
    except PermissionError:
        _unshare(_NEW_USERS | _NEW_MOUNTS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, Path("/"), _DEEP | _PRIVATE)


def _make_room(folder: Path, stage: Path) -> None:
    """Make a folder that can be written, under a copy of what there is: everything in it is bound into the copy."""
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    if there == Path("/"):
        raise OSError(f"there is no {folder.parts[1]} in the root folder to put it under")
    _mount("tmpfs", stage, 0, kind="tmpfs", options="mode=755,size=4m")
    for entry in there.iterdir():
        _bind_entry(entry, stage / entry.name)
    (stage / folder.relative_to(there)).mkdir(parents=True, exist_ok=True)
    _mount(str(stage), there, _BIND | _DEEP)


def _bind_entry(entry: Path, target: Path) -> None:
    if entry.is_symlink():
        target.symlink_to(entry.readlink())
        return
    if entry.is_dir():
        target.mkdir()
    else:
        target.touch()
    _mount(str(entry), target, _BIND | _DEEP)


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(flags), "unshare")


def _mount(source: str | None, place: Path, flags: int, *, kind: str | None = None, options: str | None = None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    texts = (None if text is None else os.fsencode(text) for text in (source, place, kind))
    given = None if options is None else options.encode()
    _check(libc.mount(*texts, ctypes.c_ulong(flags), given), f"mount on {place}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
