"""The bytes of objects: immutable files, complete and synced before anything names them."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from fieldstone.core.digests import DIGESTS
from fieldstone.core.ids import opaque_id

CHUNK = 1 << 20
"""Bytes read or written at a time."""

ALWAYS: Final = ("MD5", "SHA256", "CRC32", "CRC32C", "CRC64NVME")
"""The digests that every blob has: the ETag, what signatures name, and those of parts from which a whole's is told."""

_IMMUTABLE: Final = 0o444
"""Nobody writes to a blob again. Others may read it where they find it; the folder of all blobs is the owner's."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of bytes that is safely on disk.

    Attributes:
        id: Its name in the store.
        size: Bytes.
        digests: By S3's name of the algorithm; those of ``ALWAYS``, and what else was asked for.
    """

    id: str
    size: int
    digests: dict[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def md5(self) -> str:
        """The MD5 in hexadecimal letters."""
        return self.digests["MD5"].hex()

    @property
    def sha256(self) -> str:
        """The SHA-256 in hexadecimal letters."""
        return self.digests["SHA256"].hex()


class Blobs:
    """A folder of blobs and the folder where they grow; both must be on one file system.

    Attributes:
        fresh: The ids of all blobs begun so far; None once nobody needs to tell them from older ones.
    """

    def __init__(self, folder: Path, incoming: Path) -> None:
        self._folder = folder
        self._incoming = incoming
        self.fresh: set[str] | None = set()
        self._synced: set[Path] = set()
        for leftover in incoming.iterdir():
            leftover.unlink()
        sync_folder(folder.parent)

    def path(self, blob_id: str) -> Path:
        """Where a blob's bytes are."""
        return self._folder / blob_id[:2] / blob_id

    def shelves(self) -> list[Path]:
        """The folders over which blobs are spread."""
        return sorted(path for path in self._folder.iterdir() if path.is_dir())

    def make_shelf(self, shelf: Path) -> None:
        """Make sure that a folder is there, and stays there whatever happens."""
        if shelf not in self._synced:
            shelf.mkdir(exist_ok=True, mode=0o700)
            sync_folder(self._folder)
            self._synced.add(shelf)

    def begin(self, algorithms: Iterable[str] = ()) -> "GrowingBlob":
        """Start a new blob that computes these digests besides those of ``ALWAYS``."""
        blob_id, fresh = opaque_id(), self.fresh
        if fresh is not None:
            fresh.add(blob_id)
        return GrowingBlob(self, self._incoming / blob_id, algorithms)

    def store(self, chunks: Iterable[bytes], algorithms: Iterable[str] = ()) -> Blob:
        """Make a blob of these bytes."""
        growing = self.begin(algorithms)
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
    """A blob that is being written, to a file that is made with its first bytes; ``finish`` or ``abandon`` ends it."""

    def __init__(self, blobs: Blobs, path: Path, algorithms: Iterable[str] = ()) -> None:
        self._blobs = blobs
        self._path = path
        self._file: BinaryIO | None = None
        self._digests = {name: DIGESTS[name]() for name in {*ALWAYS, *algorithms}}
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._open().write(data)
        for digest in self._digests.values():
            digest.update(data)
        self._size += len(data)

    def finish(self) -> Blob:
        """Bring the bytes safely to disk, under their name."""
        file = self._open()
        file.flush()
        os.fchmod(file.fileno(), _IMMUTABLE)
        os.fsync(file.fileno())
        file.close()
        target = self._blobs.path(self._path.name)
        self._blobs.make_shelf(target.parent)
        self._path.rename(target)
        sync_folder(target.parent)
        return Blob(target.name, self._size, {name: digest.digest() for name, digest in self._digests.items()})

    def abandon(self) -> None:
        """Give up: no trace stays, not even where the disk is full or the name was given already."""
        if self._file is None:
            return
        with suppress(OSError):
            self._file.close()  # which writes what it still holds
        self._path.unlink(missing_ok=True)
        self._blobs.discard(self._path.name)

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._file = self._path.open("xb")
        return self._file


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
