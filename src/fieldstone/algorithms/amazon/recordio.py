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
    alike = np.arange(number, dtype=np.int64) * stride + HEAD
    length = _HEAD.unpack_from(data)[1] if number else 0
    starts, ends, at = [alike], [alike + length], number * stride
    if at < len(data):
        frames = _follow(data, at)
        starts.append(frames.starts)
        ends.append(frames.ends)
        at, number = frames.taken, number + len(frames.starts)
    if at + HEAD <= len(data) and not _is_head(*_HEAD.unpack_from(data, at)):
        raise RecordError(number, "it does not begin with the magic number of RecordIO")
    return Frames(np.concatenate(starts), np.concatenate(ends), at)


def _is_head(magic: int, length: int) -> bool:
    return magic == MAGIC and length <= LONGEST


def _follow(data: bytes, at: int) -> Frames:
    """The whole records one after the other from some place on, up to one that is cut off or has no head."""
    # Heads lie at multiples of four. Wherever the magic number stands there may be one; mostly that is all there are.
    words = np.frombuffer(data, "<u4", (len(data) - at) // 4, at)
    heads = np.flatnonzero(words[:-1] == MAGIC)
    lengths = words[heads + 1].astype(np.int64)
    starts = at + 4 * heads + HEAD
    ends = starts + lengths
    following = ends + -lengths % 4
    whole = (lengths <= LONGEST) & (following <= len(data))
    chained = np.concatenate([[at], following[:-1]]) == starts - HEAD if len(heads) else whole
    count = len(heads) if (good := whole & chained).all() else int(np.argmin(good))
    taken = int(following[count - 1]) if count else at
    first = Frames(starts[:count], ends[:count], taken)
    if count == len(heads) or taken + HEAD > len(data):
        return first
    magic, length = _HEAD.unpack_from(data, taken)
    end = taken + HEAD + length
    if not _is_head(magic, length) or end + -length % 4 > len(data):
        return first
    # The magic number stands within this record: go on after it.
    rest = _follow(data, end + -length % 4)
    within = np.array([taken + HEAD], np.int64), np.array([end], np.int64)
    return Frames(
        np.concatenate([first.starts, within[0], rest.starts]),
        np.concatenate([first.ends, within[1], rest.ends]),
        rest.taken,
    )


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
