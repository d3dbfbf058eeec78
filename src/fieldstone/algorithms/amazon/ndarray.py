"""The file that MXNet keeps arrays in (`mxnet.ndarray.save`): what notebooks open of a model, read and written.

All numbers are little-endian. A file is `u64 0x112, u64 0, u64 n`, n arrays, `u64 m`, and m names, each `u64 length`
and its bytes; m is 0 for a list of arrays. An array is `u32 magic, i32 storage, u32 dimensions, i64 …, i32 device, i32
its number, i32 type` and its numbers; the oldest of the three magic numbers goes without the storage.
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FILE = 0x112
_WITHOUT_STORAGE, _MAGIC, _NUMPY_SHAPES = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_DENSE = 0
_CPU = 1
_TYPES = [np.dtype(f"<{code}") for code in ("f4", "f8", "f2", "u1", "i4", "i1", "i8")]

Arrays = Mapping[str, NDArray[Any]]


class NotArraysError(ValueError):
    """A file that holds no arrays of MXNet's."""


def save(path: Path, arrays: Arrays) -> None:
    """Write named arrays."""
    path.write_bytes(dump(arrays))


def dump(arrays: Arrays) -> bytes:
    """What a file of named arrays holds."""
    return _dump(list(arrays.values()), list(arrays))


def save_list(path: Path, arrays: Sequence[NDArray[Any]]) -> None:
    """Write arrays without names."""
    path.write_bytes(_dump(arrays, []))


def load(path: Path) -> dict[str, NDArray[Any]]:
    """Read named arrays; those of a list are named by their numbers, from "0" on.

    Raises:
        NotArraysError: The file is none of MXNet's, or holds arrays that are not dense.
    """
    return parse(path.read_bytes(), path.name)


def parse(data: bytes, name: str) -> dict[str, NDArray[Any]]:
    """The arrays that a file holds, as `load` gives them.

    Args:
        data: The file.
        name: What it is called.

    Raises:
        NotArraysError: As of `load`.
    """
    try:
        return _read(data)
    except (struct.error, IndexError, ValueError) as error:
        raise NotArraysError(f"{name} is no file of MXNet's arrays ({error})") from error


def _dump(arrays: Sequence[NDArray[Any]], names: Sequence[str]) -> bytes:
    parts = [struct.pack("<QQQ", _FILE, 0, len(arrays))]
    for array in arrays:
        kind = _TYPES.index(array.dtype.newbyteorder("<"))
        parts.append(struct.pack("<Ii", _MAGIC, _DENSE))
        parts.append(struct.pack(f"<I{array.ndim}q", array.ndim, *array.shape))
        parts.append(struct.pack("<iii", _CPU, 0, kind))
        parts.append(np.ascontiguousarray(array, _TYPES[kind]).tobytes())
    parts.append(struct.pack("<Q", len(names)))
    parts += [struct.pack("<Q", len(name.encode())) + name.encode() for name in names]
    return b"".join(parts)


def _read(data: bytes) -> dict[str, NDArray[Any]]:
    reader = _Reader(data)
    magic, _, count = reader.take("QQQ")
    if magic != _FILE:
        raise NotArraysError("it does not begin as one")
    arrays = [_read_array(reader) for _ in range(count)]
    (named,) = reader.take("Q")
    names = [reader.take_bytes(reader.take("Q")[0]).decode() for _ in range(named)]
    return dict(zip(names or map(str, range(count)), arrays, strict=True))


def _read_array(reader: "_Reader") -> NDArray[Any]:
    (magic,) = reader.take("I")
    if magic not in {_WITHOUT_STORAGE, _MAGIC, _NUMPY_SHAPES}:
        raise NotArraysError("an array does not begin as one")
    if magic != _WITHOUT_STORAGE and reader.take("i")[0] != _DENSE:
        raise NotArraysError("an array is sparse")
    (dimensions,) = reader.take("I")
    shape = reader.take(f"{dimensions}q")
    _, _, kind = reader.take("iii")
    count = int(np.prod(shape))
    return np.frombuffer(reader.take_bytes(count * _TYPES[kind].itemsize), _TYPES[kind]).reshape(shape).copy()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, form: str) -> tuple[Any, ...]:
        packed = struct.Struct(f"<{form}")
        return packed.unpack(self.take_bytes(packed.size))

    def take_bytes(self, count: int) -> bytes:
        self._at += count
        if not 0 <= count <= len(self._data) or self._at > len(self._data):
            raise NotArraysError("it is cut off")
        return self._data[self._at - count : self._at]
