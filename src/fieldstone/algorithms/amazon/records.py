"""Between protobuf records and arrays, both ways.

Records are read in the quickest of three ways that they allow. Where all are alike but for their numbers, the numbers
are columns of a table of bytes (`_read_alike`); where they are made alike, but are of different lengths, they are taken
apart side by side (`columns`); whatever else is a record is read one by one (`wire`). All three give the same.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import columns, wire
from fieldstone.algorithms.amazon.batch import Batch, Floats, Note, assemble
from fieldstone.algorithms.amazon.recordio import HEAD, Frames, RecordError, frame, split
from fieldstone.algorithms.amazon.wire import DELIMITED, FIXED, NAME, Span, Tensor


def read(data: bytes) -> tuple[Batch, int]:
    """The whole records at the beginning of some bytes, and how many bytes they take.

    Raises:
        RecordError: What lies there is not in frames, is no record, or does not fit the others.
    """
    frames = split(data)
    return read_frames(data, frames), frames.taken


def read_frames(data: bytes, frames: Frames) -> Batch:
    """The records of some frames.

    Raises:
        RecordError: One is no record, or does not fit the others.
    """
    if not len(frames.starts):
        return Batch(np.empty((0, 0), np.float32))
    alike = _read_alike(data, frames)
    if alike is not None:
        return alike
    try:
        return assemble(columns.read_columns(data, frames))
    except columns.UnusualError:
        return assemble(wire.read_columns(data, frames))


def write(features: Any, labels: Floats | None = None, notes: Sequence[Note] | None = None) -> bytes:
    """Rows as framed records, their numbers as Float32Tensors.

    Args:
        features: (n, d), an array or a scipy CSR matrix.
        labels: (n, l), if there are any.
        notes: One a row, if there are any.
    """
    if isinstance(features, np.ndarray) and notes is None:
        return _write_alike(features, labels)
    rows = [_dense(row) for row in features] if isinstance(features, np.ndarray) else _sparse(features)
    marks = [b""] * len(rows) if labels is None else [_entry(2, _dense(row)) for row in labels]
    texts = [_texts(note) for note in notes or [Note()] * len(rows)]
    return frame(_entry(1, row) + mark + text for row, mark, text in zip(rows, marks, texts, strict=True))


def write_labels(named: dict[str, Floats], notes: Sequence[Note] | None) -> bytes:
    """Answers as framed records: no features, and under each name in the map of labels the numbers of a row.

    Args:
        named: (n, l) numbers by name.
        notes: What the records that are answered said of themselves; it is repeated.
    """
    count = len(next(iter(named.values())))
    said = notes or [Note()] * count
    return frame(
        b"".join(_entry(2, _dense(numbers[row]), name) for name, numbers in named.items()) + _texts(note)
        for row, note in enumerate(said)
    )


def _read_alike(data: bytes, frames: Frames) -> Batch | None:
    """Records that are the first one but for the numbers of dense tensors; None if they are not."""
    first = Span(int(frames.starts[0]), int(frames.ends[0]))
    length = first.end - first.start
    count, stride = len(frames.starts), HEAD + length + -length % 4
    if (frames.ends - frames.starts != length).any():
        return None
    try:
        record = wire.read_record(data, first)
    except (ValueError, IndexError):
        return None
    tensors = [tensor for tensor in (record.features, record.label) if tensor is not None]
    if record.features is None or not all(map(_is_plain, tensors)):
        return None
    table = np.frombuffer(data, np.uint8, count * stride).reshape(count, stride)
    places = sorted(tensor.place for tensor in tensors if tensor.place is not None)
    between = zip([0, *(place.end for place in places)], [*(place.start for place in places), first.end], strict=True)
    if any((table[:, start:end] != table[0, start:end]).any() for start, end in between):
        return None
    note = Note(**record.texts)
    return Batch(
        features=_take(table, record.features),
        labels=None if record.label is None else _take(table, record.label),
        tensor=record.features.kind,
        notes=(note,) * count if any(note) else None,
    )


def _is_plain(tensor: Tensor) -> bool:
    return tensor.kind in FIXED and tensor.place is not None and not tensor.keys and len(tensor.values) > 0


def _take(table: NDArray[np.uint8], tensor: Tensor) -> Floats:
    assert tensor.place is not None
    numbers = np.ascontiguousarray(table[:, slice(*tensor.place)]).view(FIXED[tensor.kind])
    return numbers.astype(np.float32, copy=False)


def _write_alike(features: NDArray[Any], labels: Floats | None) -> bytes:
    """Dense rows: the record of zeros as often as there are rows, and the numbers put into it."""
    parts = [features] if labels is None else [features, labels]
    if not len(features):
        return b""
    blank = b"".join(_entry(number, _dense(np.zeros(part.shape[1]))) for number, part in enumerate(parts, 1))
    record = wire.read_record(blank, Span(0, len(blank)))
    table = np.tile(np.frombuffer(frame([blank]), np.uint8), (len(features), 1))
    for part, tensor in zip(parts, (record.features, record.label), strict=False):
        if tensor is not None and tensor.place is not None:
            numbers = np.ascontiguousarray(part, "<f4")
            table[:, HEAD + tensor.place.start : HEAD + tensor.place.end] = numbers.view(np.uint8)
    return table.tobytes()


def _dense(row: NDArray[Any]) -> bytes:
    return _field(1, np.asarray(row, "<f4").tobytes())


def _sparse(matrix: Any) -> list[bytes]:
    shape = _field(3, _varint(matrix.shape[1]))
    ends = matrix.indptr.tolist()
    return [
        _field(1, matrix.data[start:end].astype("<f4").tobytes())
        + _field(2, b"".join(map(_varint, matrix.indices[start:end].tolist())))
        + shape
        for start, end in pairwise(ends)
    ]


def _entry(number: int, tensor: bytes, name: str = NAME) -> bytes:
    return _field(number, _field(1, name.encode()) + _field(2, _field(2, tensor)))


def _texts(note: Note) -> bytes:
    return b"".join(_field(number, text.encode()) for number, text in enumerate(note, 3) if text is not None)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | DELIMITED) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


__all__ = ["Note", "RecordError", "read", "read_frames", "write", "write_labels"]
