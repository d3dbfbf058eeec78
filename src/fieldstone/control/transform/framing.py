"""Records in files of binary records: MXNet's RecordIO and TensorFlow's TFRecord."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from fieldstone.core.digests import DIGESTS

_MAGIC: Final = 0xCED7230A
_LENGTH_BITS: Final = 29
_WHOLE, _FIRST, _LAST = 0, 1, 3
_MASK_DELTA: Final = 0xA282EAD8


class MalformedError(Exception):
    """A file is not in the format that it should be in."""


class Record(NamedTuple):
    """One record.

    Attributes:
        frame: Its bytes in the file, with what the format wraps around it.
        content: What is wrapped.
    """

    frame: bytes
    content: bytes


def read_recordio(stream: BinaryIO) -> Iterator[Record]:
    """The records of a RecordIO file; one that is written in several parts is one record.

    Raises:
        MalformedError: It is none, or ends in the middle of a record.
    """
    frames: list[bytes] = []
    contents: list[bytes] = []
    while head := stream.read(8):
        place = f"part {len(frames) + 1} of a record" if frames else "a record"
        magic, tagged = struct.unpack("<II", _whole(head, 8, "RecordIO"))
        if magic != _MAGIC:
            raise MalformedError(f"Fail to parse input as RecordIO: where {place} should begin are other bytes")
        part, length = tagged >> _LENGTH_BITS, tagged & ((1 << _LENGTH_BITS) - 1)
        padded = length + -length % 4
        body = _whole(stream.read(padded), padded, "RecordIO")
        frames.append(head + body)
        contents += [struct.pack("<I", _MAGIC)] * (part not in {_WHOLE, _FIRST}) + [body[:length]]
        if part in {_WHOLE, _LAST}:
            yield Record(b"".join(frames), b"".join(contents))
            frames, contents = [], []
    if frames:
        raise MalformedError("Fail to parse input as RecordIO: it ends within a record")


def read_tfrecord(stream: BinaryIO) -> Iterator[Record]:
    """The records of a TFRecord file, their checksums looked at.

    Raises:
        MalformedError: It is none, is damaged, or ends in the middle of a record.
    """
    while head := stream.read(12):
        _check(_whole(head, 12, "TFRecord"), "length")
        (length,) = struct.unpack_from("<Q", head)
        body = _whole(stream.read(length + 4), length + 4, "TFRecord")
        _check(body, "data")
        yield Record(head + body, body[:-4])


def _check(data: bytes, what: str) -> None:
    """Hold bytes against the masked CRC-32C that follows them."""
    digest = DIGESTS["CRC32C"]()
    digest.update(data[:-4])
    crc = int.from_bytes(digest.digest(), "big")
    masked = (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF
    if masked != int.from_bytes(data[-4:], "little"):
        raise MalformedError(f"Fail to parse input as TFRecord: a record's {what} does not match its checksum")


def _whole(data: bytes, size: int, name: str) -> bytes:
    if len(data) < size:
        raise MalformedError(f"Fail to parse input as {name}: it ends within a record")
    return data
