"""What a program sees of this machine: its own folder at ``/opt/ml``, a private ``/tmp``, nothing of the data folder.

Mounts alone hide nothing from root. So a program runs as a user of its own where we may change users, else as ours;
without any capability, in namespaces for mounts, processes, IPC and its host's name, and can gain no privileges. What
it has to read of ours (interpreter, packages) is shown again, read-only, in what is hidden.
"""

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldstone.core import namespaces

_CAPABILITY_VERSION: Final = 0x20080522
_DROP_FROM_BOUNDING_SET: Final = 24
_CAPABILITIES: Final = 64


@dataclass(frozen=True, slots=True)
class Window:
    """A file or folder that a program sees at some place."""

    source: str
    place: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What a program sees.

    Attributes:
        hidden: Folders that it sees empty, but for what is shown in them.
        windows: What it sees where.
        user: The uid, and gid, that it runs as; None for ours.
        host: The name of its host.
    """

    hidden: tuple[str, ...]
    windows: tuple[Window, ...]
    user: int | None
    host: str


def look_through(view: View) -> None:
    """Have this process, and what it starts, see the machine so. It must be the first of its process namespace.

    Raises:
        OSError: The machine does not allow it.
    """
    namespaces.unshare(namespaces.NEW_MOUNTS | namespaces.NEW_IPC | namespaces.NEW_HOSTNAME)
    namespaces.keep_mounts_private()
    namespaces.set_hostname(view.host)
    opened = [(os.open(window.source, os.O_PATH), window) for window in view.windows]
    covered = [Path(folder) for folder in outermost(view.hidden)]
    for folder in covered:
        _cover(folder)
    for descriptor, window in sorted(opened, key=lambda pair: pair[1].place.count("/")):
        _show(descriptor, window, covered)
        os.close(descriptor)
        if window.writable:
            covered.append(Path(window.place))  # what is made in there is the task's
    with suppress(OSError):  # some containers forbid a /proc of one's own; then the processes of others can be counted
        namespaces.mount("proc", Path("/proc"), _HARMLESS, kind="proc")
    if Path("/dev/shm").is_dir():  # noqa: S108  # mounted on, not written to
        namespaces.mount("tmpfs", Path("/dev/shm"), _HARMLESS, kind="tmpfs", options="mode=1777")  # noqa: S108


def give_up_privileges(user: int | None) -> None:
    """Become the user, keep no capability, and be unable to gain any, by whatever is started."""
    for capability in range(_CAPABILITIES):
        with suppress(OSError):
            namespaces.control(_DROP_FROM_BOUNDING_SET, capability)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _drop_capabilities()
    namespaces.control(namespaces.NO_NEW_PRIVILEGES, 1)


def outermost(folders: Iterable[str]) -> list[str]:
    """Folders without those that lie in another of them, in order."""
    kept: list[str] = []
    for folder in sorted(set(folders)):
        if not kept or not Path(folder).is_relative_to(kept[-1]):
            kept.append(folder)
    return kept


_HARMLESS: Final = namespaces.NO_SUID | namespaces.NO_DEVICES


def _cover(folder: Path) -> None:
    namespaces.mount("tmpfs", folder, _HARMLESS, kind="tmpfs", options="mode=755")


def _show(descriptor: int, window: Window, covered: list[Path]) -> None:
    source, place = Path(f"/proc/self/fd/{descriptor}"), Path(window.place)
    if not place.exists():
        _make_room(place, covered)
        namespaces.make_place(place, like=source)
    namespaces.bind(str(source), place)
    if window.writable:
        covered.append(place)  # there is room for others in it
    else:
        kept = os.statvfs(place).f_flag & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC)
        namespaces.mount(None, place, namespaces.REMOUNT | namespaces.BIND | namespaces.READ_ONLY | kept)


def _make_room(place: Path, covered: list[Path]) -> None:
    """See to it that the place can be made: in a folder of the machine's, under a copy of what is there."""
    if any(place.is_relative_to(folder) for folder in covered):
        return
    there = next(parent for parent in place.parents if parent.is_dir())
    if there == Path("/"):
        raise OSError(f"there is no {place.parts[1]} in the root folder to put {place} in")
    contents = os.open(there, os.O_PATH)
    _cover(there)
    namespaces.bind_entries(Path(f"/proc/self/fd/{contents}"), there)
    os.close(contents)
    covered.append(there)


def _drop_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset")
