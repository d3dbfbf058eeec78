"""MXNet's image records: in a frame of RecordIO, a header with labels, and after it the bytes of a JPEG or PNG.

The header is `u32 flag, f32 label, u64 id, u64 id2`; a flag above 0 says that so many labels follow it. A record that
contains the magic number of RecordIO is cut there into frames, whose upper three bits tell that they belong together.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from fieldstone.algorithms.amazon.recordio import LONGEST, MAGIC, RecordError

_FRAME = struct.Struct("<II")
_HEADER = struct.Struct("<IfQQ")
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)
_FLAG = 29
"""The bits of a length; above them is the flag."""
_CUT_OFF = "the file ends within it"


class ImageRecord(NamedTuple):
    """A record: its labels, and the bytes of its image."""

    labels: Sequence[float]
    image: bytes


def read(file: BinaryIO) -> Iterator[bytes]:
    """The records of a file or a pipe.

    Raises:
        RecordError: One is none or is cut off; the error says which.
    """
    number = 0
    while (record := read_one(file, number)) is not None:
        yield record
        number += 1


def read_one(file: BinaryIO, number: int = 0) -> bytes | None:
    """The record that comes next in a file; None at its end.

    Args:
        file: The file.
        number: What the record is called in an error, counted from 0.

    Raises:
        RecordError: It is none or is cut off.
    """
    parts: list[bytes] = []
    while True:
        head = file.read(_FRAME.size)
        if not head and not parts:
            return None
        if len(head) < _FRAME.size:
            raise RecordError(number, _CUT_OFF)
        magic, length = _FRAME.unpack(head)
        flag, length = length >> _FLAG, length & LONGEST
        if magic != MAGIC or flag not in ((_MIDDLE, _LAST) if parts else (_WHOLE, _FIRST)):
            raise RecordError(number, "it does not begin with the magic number of RecordIO")
        content = file.read(length + -length % 4)
        if len(content) < length + -length % 4:
            raise RecordError(number, _CUT_OFF)
        parts.append(content[:length])
        if flag in {_WHOLE, _LAST}:
            return head[:4].join(parts)  # the magic number at which it was cut


def parse(record: bytes, number: int = 0) -> ImageRecord:
    """What a record says.

    Raises:
        RecordError: It is no image record.
    """
    if len(record) < _HEADER.size:
        raise RecordError(number, f"it has {len(record)} bytes, and the header of an image {_HEADER.size}")
    flag, label, _, _ = _HEADER.unpack_from(record)
    end = _HEADER.size + 4 * flag
    if end > len(record):
        raise RecordError(number, f"it says that it has {flag} labels, and ends before them")
    labels = struct.unpack_from(f"<{flag}f", record, _HEADER.size) if flag else (label,)
    return ImageRecord(labels, record[end:])


def pack(labels: Sequence[float], image: bytes, number: int = 0) -> bytes:
    """A record as MXNet's `im2rec` writes it; to be framed.

    Args:
        labels: One, or several for an image with several.
        image: The bytes of a JPEG or PNG.
        number: What the record is called in its header.
    """
    if len(labels) == 1:
        return _HEADER.pack(0, labels[0], number, 0) + image
    return _HEADER.pack(len(labels), 0, number, 0) + struct.pack(f"<{len(labels)}f", *labels) + image
