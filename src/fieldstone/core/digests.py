"""The checksums that S3 knows, computed as bytes come."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from awscrt import checksums


class Digest(Protocol):
    """A checksum that grows with its bytes."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""
        ...

    def digest(self) -> bytes:
        """The checksum of all bytes so far."""
        ...


class _Crc:
    """A cyclic redundancy check.

    Args:
        step: Goes on from a value over more bytes.
        width: Bytes of the checksum.
    """

    __slots__ = ("_step", "_value", "_width")

    def __init__(self, step: Callable[[bytes, int], int], width: int) -> None:
        self._step = step
        self._width = width
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._step(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width, "big")


class _XxHash:
    """One of the xxHash family."""

    __slots__ = ("_hash",)

    def __init__(self, new: Callable[[], checksums.XXHash]) -> None:
        self._hash = new()

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.finalize()


DIGESTS: Final[Mapping[str, Callable[[], Digest]]] = {
    "CRC32": lambda: _Crc(zlib.crc32, 4),
    "CRC32C": lambda: _Crc(checksums.crc32c, 4),
    "CRC64NVME": lambda: _Crc(checksums.crc64nvme, 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
    "XXHASH64": lambda: _XxHash(checksums.XXHash.new_xxhash64),
    "XXHASH3": lambda: _XxHash(checksums.XXHash.new_xxhash3_64),
    "XXHASH128": lambda: _XxHash(checksums.XXHash.new_xxhash3_128),
}
"""By the names that S3 has for them."""

SIZES: Final[Mapping[str, int]] = {name: len(make().digest()) for name, make in DIGESTS.items()}
"""Bytes of each checksum."""

_COMBINE: Final[Mapping[str, Callable[[int, int, int], int]]] = {
    "CRC32": checksums.combine_crc32,
    "CRC32C": checksums.combine_crc32c,
    "CRC64NVME": checksums.combine_crc64nvme,
}

COMBINABLE: Final = frozenset(_COMBINE)
"""The checksums of a whole that can be told from those of its parts."""


def combine(algorithm: str, first: bytes, second: bytes, length: int) -> bytes:
    """The checksum of two pieces that follow each other, of one of ``COMBINABLE``; the second has ``length`` bytes."""
    value = _COMBINE[algorithm](int.from_bytes(first, "big"), int.from_bytes(second, "big"), length)
    return value.to_bytes(SIZES[algorithm], "big")
