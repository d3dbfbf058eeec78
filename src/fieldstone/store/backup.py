"""A copy of a data folder, taken while its server writes: all of one moment.

The rows are copied first, by SQLite, as they were at one moment. Files of bytes are whole before a row names them and
never change; none is removed until the copy is done (``store.removal``). So what the copied rows name is there. Log
files only grow, and the rows say how much of them counts.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, union

from fieldstone.core.settings import DataDir
from fieldstone.store.blobs import sync_folder
from fieldstone.store.objects.extents import is_joined
from fieldstone.store.removal import removal
from fieldstone.store.schema import objects, parts, segments, versions
from fieldstone.store.statements import Prepared

_BLOBS = Prepared(union(*(select(table.c.blob) for table in (objects, versions, parts, segments))))


class BackupError(Exception):
    """The copy was not made; its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: files of bytes that objects, versions and parts are made of, and how many bytes."""

    files: int
    size: int


def copy_data_dir(source: DataDir, target: Path) -> Copied:
    """Copy a data folder, whether a server runs on it or not; tasks that are running are left out.

    The copy appears under its name when it is whole and on disk.

    Raises:
        BackupError: There is no data folder, the target is there already, or bytes that a row names are not.
        OSError: What the disk refuses.
    """
    if not source.database.exists():
        raise BackupError(f"{source.root} is no data folder: it has no {source.database.name}.")
    if target.exists():
        raise BackupError(f"{target} is there already. Name a folder that is not.")
    growing = DataDir(target.with_name(f"{target.name}.partial"))
    shutil.rmtree(growing.root, ignore_errors=True)
    try:
        copied = _copy(source, growing)
    except BaseException:
        shutil.rmtree(growing.root, ignore_errors=True)
        raise
    os.sync()
    growing.root.rename(target)
    sync_folder(target.parent)
    return copied


def _copy(source: DataDir, growing: DataDir) -> Copied:
    growing.create()
    with removal(source.root, held_off=True):
        _copy_rows(source.database, growing.database)
        _copy_captures(source.captures, growing.captures)
        copied = _copy_blobs(source.objects, growing)
        for folder in (source.logs, source.programs, source.models):
            if folder.exists():
                shutil.copytree(folder, growing.root / folder.name, dirs_exist_ok=True, symlinks=True)
        if source.owner_key.exists():
            shutil.copy2(source.owner_key, growing.owner_key)
    return copied


def _copy_rows(source: Path, target: Path) -> None:
    with closing(_open_for_reading(source)) as rows, closing(sqlite3.connect(target)) as copy:
        rows.backup(copy)


def _copy_captures(source: Path, target: Path) -> None:
    """Copy what endpoints have captured; a file that goes into S3 meanwhile is passed over."""
    for file in [path for path in source.rglob("*") if path.is_file()] if source.exists() else []:
        copy = target / file.relative_to(source)
        with suppress(FileNotFoundError):
            content = file.read_bytes()
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)


def _open_for_reading(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)


def _copy_blobs(objects_folder: Path, growing: DataDir) -> Copied:
    files = size = 0
    for blob in _named(growing.database):
        source, target = objects_folder / blob[:2] / blob, growing.objects / blob[:2] / blob
        target.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            shutil.copy2(source, target)
        except FileNotFoundError:
            raise BackupError(f"{source} is gone, though an object is made of it.") from None
        files += 1
        size += target.stat().st_size
    return Copied(files, size)


def _named(database: Path) -> Iterator[str]:
    """The files that the rows name."""
    with closing(_open_for_reading(database)) as rows:
        for (blob,) in _BLOBS.run(rows):
            if blob and not is_joined(blob):  # a delete marker has none
                yield blob
