"""Data folders looked at from beside the server, and small disks to put them on."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def small_disk(folder, size):
    """A command in front of a server's that puts its data folder on a disk of its own, which it alone sees."""
    if shutil.which("unshare") is None or subprocess.run([*NAMESPACE, "true"], check=False).returncode:
        pytest.skip("no namespaces here to mount a small disk in")
    folder.mkdir()
    return (*NAMESPACE, "sh", "-c", f'mount -t tmpfs -o size={size} none {folder} && exec "$@"', "sh")


def seen_through(server):
    """The data folder of a server with a disk of its own, for who is outside."""
    return Path(f"/proc/{server.process.pid}/root{server.data_dir}")


def fill(folder, leave=0):
    """Write until the disk has no byte left, or so many; the file that takes them."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
        file.truncate(max(0, file.tell() - leave))
    return path


def named_files(data_dir):
    """The files of bytes that some row of the database names."""
    tables = ("objects", "versions", "parts", "segments")
    with closing(sqlite3.connect(f"file:{data_dir / 'fieldstone.db'}?mode=ro", uri=True)) as rows:
        found = {blob for table in tables for (blob,) in rows.execute(f"SELECT blob FROM {table}")}
    return {blob for blob in found if blob and not blob.startswith("+")}


def files(data_dir):
    """The files of bytes that are on disk."""
    return {path.name for path in (data_dir / "objects").glob("*/*")}
