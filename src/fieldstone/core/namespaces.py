"""What Linux offers to give a process a view of its own: namespaces and mounts, by their system calls.

Any user may have namespaces, unless the machine's owner or a container forbids them; who is not root gets them inside a
user namespace. Constants are those of ``sched.h``, ``mount.h`` and ``prctl.h``.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NEW_MOUNTS: Final = 0x00020000
NEW_HOSTNAME: Final = 0x04000000
NEW_IPC: Final = 0x08000000
NEW_USERS: Final = 0x10000000
NEW_PIDS: Final = 0x20000000
NEW_NETWORK: Final = 0x40000000

READ_ONLY: Final = 1
NO_SUID: Final = 2
NO_DEVICES: Final = 4
REMOUNT: Final = 32
BIND: Final = 4096
DEEP: Final = 16384
PRIVATE: Final = 1 << 18

DIE_WITH_PARENT: Final = 1
NO_NEW_PRIVILEGES: Final = 38

_SET_INTERFACE: Final = 0x8914
_UP: Final = 1

_libc: Final = ctypes.CDLL(None, use_errno=True)


def enter(flags: int) -> bool:
    """Enter new namespaces, by way of a user namespace (as the same user) where they are not allowed otherwise.

    Returns:
        Whether it took a user namespace.

    Raises:
        OSError: The machine does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    try:
        unshare(flags)
    except PermissionError:
        unshare(NEW_USERS | flags)
    else:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def enter_network(process: int | None = None) -> None:
    """Leave the machine's network for one with loopback alone: that of another process, or a new one if there is none.

    Args:
        process: Whose network it shall be. Its user namespace is entered too, where that is needed.

    Raises:
        OSError: The machine does not allow it.
    """
    try:
        if process is not None:
            join(process, "net")
            return
    except FileNotFoundError:  # it has ended
        pass
    unshare(NEW_NETWORK)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_INTERFACE, struct.pack("16sh", b"lo", _UP).ljust(40, b"\0"))


def join(process: int, kind: str) -> None:
    """Enter a namespace of another process: setns(2).

    Args:
        process: Its id.
        kind: As ``/proc/PID/ns`` calls it: ``net``, ``user``.

    Raises:
        FileNotFoundError: There is no such process any more.
        OSError: The machine does not allow it.
    """
    descriptor = os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY)
    try:
        _check(_libc.setns(descriptor, 0), f"setns {kind}")
    finally:
        os.close(descriptor)


def keep_mounts_private() -> None:
    """From here on, what this process mounts is seen in its own namespace alone."""
    mount(None, Path("/"), DEEP | PRIVATE)


def unshare(flags: int) -> None:
    """Leave namespaces of this process for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str | None, place: Path, flags: int, *, kind: str | None = None, options: str | None = None) -> None:
    """Mount a file system or folder, or change how it is mounted."""
    texts = (None if text is None else os.fsencode(text) for text in (source, place, kind))
    given = None if options is None else options.encode()
    _check(_libc.mount(*texts, ctypes.c_ulong(flags), given), f"mount on {place}")


def bind(source: str, place: Path) -> None:
    """Show a file or folder at a second place, with all that is mounted below it."""
    mount(source, place, BIND | DEEP)


def bind_entries(folder: Path, into: Path) -> None:
    """Show everything that is in a folder in another, empty one."""
    for entry in folder.iterdir():
        target = into / entry.name
        if entry.is_symlink():
            target.symlink_to(entry.readlink())
            continue
        make_place(target, like=entry)
        bind(str(entry), target)


def make_place(target: Path, *, like: Path) -> None:
    """Make an empty file or folder to mount on, and what is missing above it."""
    if like.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def control(option: int, *arguments: int) -> None:
    """Set an attribute of this process: prctl(2)."""
    padded: Sequence[int] = (*arguments, 0, 0, 0, 0)[:4]
    _check(_libc.prctl(option, *(ctypes.c_ulong(argument) for argument in padded)), f"prctl {option}")


def set_hostname(name: str) -> None:
    """Name the host of this namespace: sethostname(2)."""
    encoded = name.encode()
    _check(_libc.sethostname(encoded, len(encoded)), "sethostname")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
