"""What one variant of an endpoint captures, in files: each record is there before its answer leaves.

A folder says in ``target.json`` where its records go; beside it lie files of records, each named after the object that
it becomes. A file is written to until it is old or large enough.
"""

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from fieldstone.core.ids import request_id
from fieldstone.core.s3uri import S3Uri

_QUIET: Final = 1.0
_OLDEST: Final = 30.0
_LARGEST: Final = 8 << 20
_TARGET: Final = "target.json"
_SUFFIX: Final = ".jsonl"
_log = logging.getLogger(__name__)


class Target(msgspec.Struct, frozen=True):
    """Where records go, and as whom they are put there.

    Attributes:
        account: The endpoint's.
        region: The endpoint's.
        arn: The role of the endpoint.
        bucket: The destination's.
        prefix: Of the keys, up to the year.
    """

    account: str
    region: str
    arn: str
    bucket: str
    prefix: str


@dataclass(slots=True)
class _Growing:
    """A file that is written to."""

    path: Path
    descriptor: int
    begun: float
    written: float
    size: int = 0


class Journal:
    """The records of one variant.

    Args:
        folder: Its own, which is made with the first record.
        target: Where they go.

    Attributes:
        folder: Its own.
        full: Whether so much waits to be put into S3 that no more should be written.
    """

    def __init__(self, folder: Path, target: Target) -> None:
        self._target = target
        self._growing: _Growing | None = None
        self._failed = self._closed = False
        self.folder = folder
        self.full = False

    def append(self, line: bytes, now: float) -> None:
        """Write a record down; where the disk does not take it, it is left out, and the log says so once."""
        try:
            self._append(line, now)
        except OSError as error:
            if not self._failed:
                _log.error("predictions are not captured in %s: %s", self.folder, error)
            self._failed = True
        else:
            self._failed = False

    def _append(self, line: bytes, now: float) -> None:
        growing = self._growing
        if growing is None or now // 3600 != growing.begun // 3600:
            self.seal()
            growing = self._growing = self._begin(now)
        written = os.write(growing.descriptor, line)
        if written < len(line):
            os.ftruncate(growing.descriptor, growing.size)  # a line is there as a whole, or not at all
            raise OSError(f"only {written} of {len(line)} bytes were taken")
        growing.size += written
        growing.written = now
        if self._closed:
            self.seal()

    def _begin(self, now: float) -> _Growing:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, mode=0o700)
            (self.folder / _TARGET).write_bytes(msgspec.json.encode(self._target))
        moment = time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime(now))
        path = self.folder / f"{moment}-{int(now % 1 * 1000):03}-{request_id()}{_SUFFIX}"
        return _Growing(path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), now, now)

    def seal(self) -> None:
        """Write no more to the file that is written to."""
        if self._growing is not None:
            os.close(self._growing.descriptor)
            self._growing = None

    def close(self) -> None:
        """From now on, whatever may still come has a file of its own, as others take care of the files."""
        self._closed = True
        self.seal()

    def ripe(self, now: float) -> list[Path]:
        """The files that are to go into S3, after which nothing is written to them."""
        growing = self._growing
        if growing is not None and (
            now - growing.written >= _QUIET or now - growing.begun >= _OLDEST or growing.size >= _LARGEST
        ):
            self.seal()
        left = None if self._growing is None else self._growing.path
        return [path for path in files_in(self.folder) if path != left]


def files_in(folder: Path) -> list[Path]:
    """The files of records in a folder, the oldest first."""
    return sorted(folder.glob(f"*{_SUFFIX}"))


def target_of(folder: Path) -> Target:
    """Where the records in a folder go.

    Raises:
        OSError: The folder does not say.
        DecodeError: It cannot be read.
    """
    return msgspec.json.decode((folder / _TARGET).read_bytes(), type=Target)


def place_of(target: Target, path: Path) -> S3Uri:
    """The object that a file becomes."""
    year, month, day, hour, rest = path.name.split("-", 4)
    return S3Uri(target.bucket, f"{target.prefix}/{year}/{month}/{day}/{hour}/{rest}")


def trim(path: Path) -> bool:
    """Take away the line that a kill has cut off, whose answer was not given; whether anything is left."""
    with path.open("rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)
    return whole > 0


def remove_folder(folder: Path) -> None:
    """Remove a folder without files of records; one that has some again stays."""
    if not files_in(folder):
        (folder / _TARGET).unlink(missing_ok=True)
        folder.rmdir()
