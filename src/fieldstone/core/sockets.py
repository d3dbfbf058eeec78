"""Unix sockets wherever they lie: a socket's address may have 107 letters, a data folder's path more."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_path(path: Path) -> Generator[str]:
    """The path of a socket by way of its open folder.

    Raises:
        OSError: There is no such folder.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen_at(path: Path) -> socket.socket:
    """A socket, for its owner alone, at a path where nobody listens any more.

    Raises:
        OSError: It cannot be made.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with short_path(path) as address:
        listener.bind(address)
    path.chmod(0o600)
    return listener
