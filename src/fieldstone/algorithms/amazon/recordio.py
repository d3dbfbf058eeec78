"""RecordIO, the framing of SageMaker's protobuf files: a magic number, a length, so many bytes, zeros up to four.

The lengths are 29 bits: MXNet's own files use the upper three for records that go on, which these files never do.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = 0xCED7230A
HEAD = 8
"""Bytes before a record."""
LONGEST = (1 << 29) - 1

_HEAD = struct.Struct("<II")
Positions = NDArray[np.int64]


class RecordError(ValueError):
    """What is wrong with a record or a row: its number, counted from 0 in what was read, and what is wrong."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.reason = reason


class Frames(NamedTuple):
    """Where records lie in some bytes.

    Attributes:
        starts: (n,) the first byte of each record, after its head.
        ends: (n,) the byte after its last, before the zeros.
        taken: The bytes that these records take; after them comes a record that is not whole.
    """

    starts: Positions
    ends: Positions
    taken: int


def frame(records: Iterable[bytes]) -> bytes:
    """Records, each in its frame."""
    return b"".join(
        part for record in records for part in (_HEAD.pack(MAGIC, len(record)), record, bytes(-len(record) % 4))
    )


def split(data: bytes) -> Frames:
    """Find the whole records at the beginning of some bytes.

    Raises:
        RecordError: What should be a head is none.
    """
    number, stride = _count_alike(data)
    starts = [np.arange(number, dtype=np.int64) * stride + HEAD]
    length = _HEAD.unpack_from(data)[1] if number else 0
    ends = [starts[0] + length]
    at = number * stride
    more_starts: list[int] = []
    more_ends: list[int] = []
    while at + HEAD <= len(data):
        magic, length = _HEAD.unpack_from(data, at)
        if magic != MAGIC or length > LONGEST:
            raise RecordError(number + len(more_starts), "it does not begin with the magic number of RecordIO")
        end = at + HEAD + length
        following = end + -length % 4
        if following > len(data):
            break
        more_starts.append(at + HEAD)
        more_ends.append(end)
        at = following
    starts.append(np.array(more_starts, np.int64))
    ends.append(np.array(more_ends, np.int64))
    return Frames(np.concatenate(starts), np.concatenate(ends), at)


def _count_alike(data: bytes) -> tuple[int, int]:
    """How many records from the first on have the head of the first, and how far they are from each other."""
    if len(data) < HEAD:
        return 0, 0
    magic, length = _HEAD.unpack_from(data)
    stride = HEAD + length + -length % 4
    count = len(data) // stride
    if magic != MAGIC or length > LONGEST or not count:
        return 0, 0
    heads = np.frombuffer(data, np.uint8, count * stride).reshape(count, stride)[:, :HEAD]
    alike = np.ascontiguousarray(heads).view(np.uint64)[:, 0] == heads[0].view(np.uint64)[0]
    return (count if alike.all() else int(np.argmin(alike))), stride
