"""Bytes into a pipe: as they are stored, unzipped, or wrapped as RecordIO records."""

import os
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from fieldstone.engine.feeds import Part, Stored

LONGEST_RECORD: Final = (1 << 29) - 1
"""Bytes in a RecordIO record: the upper bits of its length mean something else."""
_MAGIC: Final = (0xCED7230A).to_bytes(4, "little")
_CHUNK: Final = 1 << 20
_ZIPPED_CHUNK: Final = 1 << 16
_GZIP: Final = 31  # zlib's number for gzip's header and trailer


class UndeliverableError(Exception):
    """Something cannot be delivered; the text says what and why."""


def deliver(part: Part, pipe: int, *, unzip: bool, wrap: bool) -> None:
    """Write a part of a record into a pipe.

    Raises:
        UndeliverableError: It is not gzipped, or too long for a record.
        BrokenPipeError: Nobody reads the pipe any more.
    """
    try:
        if wrap:
            _wrapped(part, pipe, unzip=unzip)
        else:
            _plain(part, pipe, unzip=unzip)
    except (zlib.error, EOFError) as error:
        raise UndeliverableError(f"{_name(part)} cannot be unzipped: {error}") from None


def _wrapped(part: Part, pipe: int, *, unzip: bool) -> None:
    length = _length(part, unzip=unzip)
    if length > LONGEST_RECORD:
        raise UndeliverableError(f"{_name(part)} has {length} bytes, a RecordIO record at most {LONGEST_RECORD}")
    _write(pipe, _MAGIC + length.to_bytes(4, "little"))
    _plain(part, pipe, unzip=unzip)
    _write(pipe, bytes(-length % 4))


def _plain(part: Part, pipe: int, *, unzip: bool) -> None:
    if isinstance(part, str):
        _write(pipe, part.encode())
    elif unzip:
        for chunk in _unzipped(part):
            _write(pipe, chunk)
    else:
        for file in part.files:
            _send(Path(file), pipe)


def _length(part: Part, *, unzip: bool) -> int:
    """Bytes that a part has when it is delivered; what is zipped must be unzipped to know."""
    if isinstance(part, str):
        return len(part.encode())
    if unzip:
        return sum(map(len, _unzipped(part)))
    return sum(Path(file).stat().st_size for file in part.files)


def _unzipped(part: Stored) -> Iterator[bytes]:
    """The plain bytes of one or more gzip members; zeros after them are padding."""
    member = zlib.decompressobj(_GZIP)
    begun = False
    for chunk in _chunks(part.files):
        left = chunk
        while left := left if begun else left.lstrip(b"\0"):
            yield member.decompress(left)
            left, begun = member.unused_data, not member.eof
            if member.eof:
                member = zlib.decompressobj(_GZIP)
    if begun:
        raise EOFError("it ends in the middle")


def _chunks(files: tuple[str, ...]) -> Iterator[bytes]:
    for file in files:
        with Path(file).open("rb") as reading:
            yield from iter(partial(reading.read, _ZIPPED_CHUNK), b"")


def _send(file: Path, pipe: int) -> None:
    """Move a file's bytes within the kernel."""
    with file.open("rb") as reading:
        offset = 0
        while sent := os.sendfile(pipe, reading.fileno(), offset, _CHUNK):
            offset += sent


def _write(pipe: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(pipe, left) :]


def _name(part: Part) -> str:
    return part.name if isinstance(part, Stored) else f"{part[:40]!r}"
