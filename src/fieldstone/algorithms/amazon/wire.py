"""The protobuf of a record, read one by one in plain Python: for what is unusual, and to know what is usual.

The messages are those of the package `aialgs.data`:

    Record          map features = 1, map label = 2, string uid = 3, metadata = 4, configuration = 5
    Value           one of Float32Tensor = 2, Float64Tensor = 3, Int32Tensor = 7, Bytes = 9
    …Tensor         values = 1, uint64 keys = 2, uint64 shape = 3, each packed or not
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.batch import Columns, Floats, Note
from fieldstone.algorithms.amazon.recordio import Frames, RecordError

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
TENSORS = {2: "Float32Tensor", 3: "Float64Tensor", 7: "Int32Tensor"}
"""The types of numbers, by their field in `Value`."""
FIXED: dict[str, np.dtype[Any]] = {"Float32Tensor": np.dtype("<f4"), "Float64Tensor": np.dtype("<f8")}
"""How the numbers of a tensor lie in its bytes; those of the third type are varints."""
NAME = "values"
"""What features and labels are called in their maps."""
_FEATURES, _LABEL, _UID, _METADATA, _CONFIGURATION = range(1, 6)
_TEXTS = {_UID: "uid", _METADATA: "metadata", _CONFIGURATION: "configuration"}
_BYTES = 9


class Span(NamedTuple):
    """A place in some bytes."""

    start: int
    end: int


class Field(NamedTuple):
    """One field of a message: its number, its wire type, the place of its bytes, its value if it is a varint."""

    number: int
    wire: int
    place: Span
    value: int


@dataclass(slots=True)
class Tensor:
    """Numbers: their type, places and shape as they are said; and where they lie, if that is in one piece."""

    kind: str
    values: NDArray[Any]
    keys: list[int]
    shape: list[int]
    place: Span | None


@dataclass(slots=True)
class Record:
    """A record: its features and its label, if it has them, and its texts."""

    features: Tensor | None = None
    label: Tensor | None = None
    texts: dict[str, str] = field(default_factory=dict[str, str])


def read_record(data: bytes, place: Span) -> Record:
    """Read the record that lies at some place.

    Raises:
        ValueError: It is no record, or what it has is not numbers called `values`.
    """
    record = Record()
    for found in _fields(data, place):
        if found.number in _TEXTS and found.wire == DELIMITED:
            record.texts[_TEXTS[found.number]] = data[slice(*found.place)].decode()
        elif found.number == _FEATURES and found.wire == DELIMITED:
            record.features = _read_entry(data, found.place, "features")
        elif found.number == _LABEL and found.wire == DELIMITED:
            record.label = _read_entry(data, found.place, "label")
    return record


def read_columns(data: bytes, frames: Frames) -> Columns:
    """The parts of all records in some frames.

    Raises:
        RecordError: One is no record, has no features, or numbers of another type than the first.
    """
    records: list[Record] = []
    for number, (start, end) in enumerate(zip(frames.starts.tolist(), frames.ends.tolist(), strict=True)):
        try:
            records.append(read_record(data, Span(start, end)))
        except (ValueError, IndexError) as error:
            raise RecordError(number, str(error) or "it is no protobuf record") from error
    features = [_features(number, record, records[0]) for number, record in enumerate(records)]
    labels = [record.label.values if record.label else np.empty(0) for record in records]
    notes = tuple(Note(**record.texts) for record in records)
    return Columns(
        tensor=features[0].kind if features else "Float32Tensor",
        values=_join([tensor.values for tensor in features]),
        counts=_count([tensor.values for tensor in features]),
        keys=np.array([key for tensor in features for key in tensor.keys], np.int64),
        key_counts=_count([tensor.keys for tensor in features]),
        widths=np.array([int(np.prod(tensor.shape)) if tensor.shape else 0 for tensor in features], np.int64),
        labels=_join(labels),
        label_counts=_count(labels),
        notes=notes if any(any(note) for note in notes) else None,
    )


def _features(number: int, record: Record, first: Record) -> Tensor:
    if record.features is None:
        raise RecordError(number, f"it has no features called '{NAME}'")
    if first.features is not None and record.features.kind != first.features.kind:
        raise RecordError(number, f"its features are a {record.features.kind} and not a {first.features.kind}")
    return record.features


def _join(parts: list[NDArray[Any]]) -> Floats:
    return np.concatenate(parts).astype(np.float32) if parts else np.empty(0, np.float32)


def _count(parts: list[Any]) -> NDArray[np.int64]:
    return np.array([len(part) for part in parts], np.int64)


def _read_entry(data: bytes, place: Span, what: str) -> Tensor:
    name, tensor = "", None
    for found in _fields(data, place):
        if found.number == 1 and found.wire == DELIMITED:
            name = data[slice(*found.place)].decode()
        elif found.number == 2 and found.wire == DELIMITED:
            tensor = _read_value(data, found.place)
    if name != NAME:
        raise ValueError(f"its {what} are called '{name}' and not '{NAME}'")
    if tensor is None:
        raise ValueError(f"its {what} have no numbers")
    return tensor


def _read_value(data: bytes, place: Span) -> Tensor | None:
    tensor = None
    for found in _fields(data, place):
        if found.number in TENSORS and found.wire == DELIMITED:
            tensor = _read_tensor(data, found.place, TENSORS[found.number])
        elif found.number == _BYTES:
            raise ValueError("it has bytes and not numbers")
    return tensor


def _read_tensor(data: bytes, place: Span, kind: str) -> Tensor:
    values: list[Any] = []
    whole: list[Span] = []
    numbers: dict[int, list[int]] = {2: [], 3: []}
    for found in _fields(data, place):
        if found.number == 1:
            values += _read_values(data, found, kind)
            whole.append(found.place)
        elif found.number in numbers:
            numbers[found.number] += _integers(data, found)
    dtype = FIXED.get(kind, np.dtype(np.int32))
    return Tensor(kind, np.array(values, dtype), numbers[2], numbers[3], whole[0] if len(whole) == 1 else None)


def _read_values(data: bytes, found: Field, kind: str) -> list[Any]:
    if kind in FIXED and found.wire != VARINT:
        return np.frombuffer(data[slice(*found.place)], FIXED[kind]).tolist()
    return [((value + 2**31) & (2**32 - 1)) - 2**31 for value in _integers(data, found)]


def _integers(data: bytes, found: Field) -> list[int]:
    if found.wire == VARINT:
        return [found.value]
    numbers: list[int] = []
    at, end = found.place
    while at < end:
        number, at = _read_varint(data, at, end)
        numbers.append(number)
    return numbers


def _fields(data: bytes, place: Span) -> Iterator[Field]:
    at, end = place
    while at < end:
        tag, at = _read_varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        value = 0
        start = at
        if wire == VARINT:
            value, at = _read_varint(data, at, end)
        elif wire == DELIMITED:
            length, start = _read_varint(data, at, end)
            at = start + length
        elif wire in {FIXED64, FIXED32}:
            at += 8 if wire == FIXED64 else 4
        else:
            raise ValueError("it is no protobuf record")
        if at > end or not number:
            raise ValueError("it is no protobuf record")
        yield Field(number, wire, Span(start, at), value)


def _read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    for place in range(at, min(at + 10, end)):
        byte = data[place]
        value |= (byte & 0x7F) << 7 * (place - at)
        if byte < 0x80:
            return value, place + 1
    raise ValueError("it is no protobuf record")
