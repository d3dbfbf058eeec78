"""The checksums that S3 knows, computed as bytes come."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, Protocol


def _crt() -> ModuleType:
    """AWS's own checksums: 12 MB of machine code, loaded when they are first needed."""
    from awscrt import checksums  # noqa: PLC0415  # see above

    return checksums


def warm_up() -> None:
    """Load what checksums need, for who does not want the first of them to wait."""
    _crt()


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
    """One of the xxHash family, of no bytes yet."""

    __slots__ = ("_hash",)

    def __init__(self, fresh: Any) -> None:
        self._hash = fresh

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.finalize()


DIGESTS: Final[Mapping[str, Callable[[], Digest]]] = {
    "CRC32": lambda: _Crc(zlib.crc32, 4),
    "CRC32C": lambda: _Crc(_crt().crc32c, 4),
    "CRC64NVME": lambda: _Crc(_crt().crc64nvme, 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
    "XXHASH64": lambda: _XxHash(_crt().XXHash.new_xxhash64()),
    "XXHASH3": lambda: _XxHash(_crt().XXHash.new_xxhash3_64()),
    "XXHASH128": lambda: _XxHash(_crt().XXHash.new_xxhash3_128()),
}
"""By the names that S3 has for them."""

SIZES: Final[Mapping[str, int]] = {
    "CRC32": 4,
    "CRC32C": 4,
    "CRC64NVME": 8,
    "SHA1": 20,
    "SHA256": 32,
    "SHA512": 64,
    "MD5": 16,
    "XXHASH64": 8,
    "XXHASH3": 8,
    "XXHASH128": 16,
}
"""Bytes of each checksum."""

_COMBINERS: Final[Mapping[str, str]] = {
    "CRC32": "combine_crc32",
    "CRC32C": "combine_crc32c",
    "CRC64NVME": "combine_crc64nvme",
}

COMBINABLE: Final = frozenset(_COMBINERS)
"""The checksums of a whole that can be told from those of its parts."""


def combine(algorithm: str, first: bytes, second: bytes, length: int) -> bytes:
    """The checksum of two pieces that follow each other, of one of ``COMBINABLE``; the second has ``length`` bytes."""
    together = getattr(_crt(), _COMBINERS[algorithm])
    value: int = together(int.from_bytes(first, "big"), int.from_bytes(second, "big"), length)
    return value.to_bytes(SIZES[algorithm], "big")
