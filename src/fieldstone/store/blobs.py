"""The bytes of objects: immutable files, complete and synced before anything names them."""

import hashlib
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fieldstone.core.ids import opaque_id

CHUNK = 1 << 20
"""Bytes read or written at a time."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of bytes that is safely on disk.

    Attributes:
        id: Its name in the store.
        size: Bytes.
        md5, sha256: Hexadecimal digests of the bytes.
        crc32: The CRC-32 of the bytes.
    """

    id: str
    size: int
    md5: str
    sha256: str
    crc32: int


class Blobs:
    """A folder of blobs and the folder where they grow; both must be on one file system."""

    def __init__(self, folder: Path, incoming: Path) -> None:
        self._folder = folder
        self._incoming = incoming
        for leftover in incoming.iterdir():
            leftover.unlink()

    def path(self, blob_id: str) -> Path:
        """Where a blob's bytes are."""
        return self._folder / blob_id[:2] / blob_id

    def begin(self) -> "GrowingBlob":
        """Start a new blob."""
        return GrowingBlob(self, self._incoming / opaque_id())

    def store(self, chunks: Iterable[bytes]) -> Blob:
        """Make a blob of these bytes."""
        growing = self.begin()
        try:
            for chunk in chunks:
                growing.write(chunk)
            return growing.finish()
        except BaseException:
            growing.abandon()
            raise

    def store_file(self, path: Path) -> Blob:
        """Make a blob of a file's bytes; the file stays as it is."""
        with path.open("rb") as file:
            return self.store(iter(lambda: file.read(CHUNK), b""))

    def discard(self, blob_id: str) -> None:
        """Remove a blob that nothing names."""
        self.path(blob_id).unlink(missing_ok=True)


class GrowingBlob:
    """A blob that is being written; ``finish`` or ``abandon`` ends it."""

    def __init__(self, blobs: Blobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self._file = path.open("xb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._crc32 = 0
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._md5.update(data)
        self._sha256.update(data)
        self._crc32 = zlib.crc32(data, self._crc32)
        self._size += len(data)

    def finish(self) -> Blob:
        """Bring the bytes safely to disk, under their name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        target = self._blobs.path(self._path.name)
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            sync_folder(target.parent.parent)
        self._path.rename(target)
        sync_folder(target.parent)
        return Blob(target.name, self._size, self._md5.hexdigest(), self._sha256.hexdigest(), self._crc32)

    def abandon(self) -> None:
        """Give up: no trace stays."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
