"""The protobuf of many records, read side by side: each step goes one field ahead in all of them at once.

That is possible where records are made alike, as every writer makes them: the same fields in the same order, each with
a length. What is not raises `UnusualError`, and is read one by one (`wire`).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.batch import Columns, Note
from fieldstone.algorithms.amazon.recordio import Frames, Positions
from fieldstone.algorithms.amazon.wire import DELIMITED, FIXED, NAME, TENSORS

_ROOM = 10
"""Bytes after the last record that a number may be looked for in."""
_NAME = np.frombuffer(NAME.encode(), np.uint8)


class UnusualError(Exception):
    """These records are not made alike."""


class Spans(NamedTuple):
    """One place for each record: the first byte and the one after the last; equal where there is nothing."""

    starts: Positions
    ends: Positions


class Numbers(NamedTuple):
    """The parts of one tensor for each record."""

    kind: int
    values: Spans
    keys: Spans
    shape: Spans


def read_columns(data: bytes, frames: Frames) -> Columns:
    """The parts of all records in some frames.

    Raises:
        UnusualError: The records are not made alike, or not as records are.
    """
    view = np.frombuffer(data + bytes(_ROOM), np.uint8)
    record = _take_apart(view, Spans(frames.starts, frames.ends), {1, 2, 3, 4, 5})
    if 1 not in record:
        raise UnusualError
    features = _find_numbers(view, record[1])
    labels = _find_numbers(view, record[2]) if 2 in record else None
    values, counts = _numbers_of(data, features)
    keys, key_counts = _integers(data, features.keys)
    shape, dimensions = _integers(data, features.shape)
    label_values, label_counts = _numbers_of(data, labels) if labels else (np.empty(0), np.zeros_like(counts))
    return Columns(
        tensor=TENSORS[features.kind],
        values=values.astype(np.float32, copy=False),
        counts=counts,
        keys=keys,
        key_counts=key_counts,
        widths=_widths(shape, dimensions),
        labels=label_values.astype(np.float32, copy=False),
        label_counts=label_counts,
        notes=_notes(data, record) if record.keys() & {3, 4, 5} else None,
    )


def _take_apart(view: NDArray[np.uint8], messages: Spans, known: set[int]) -> dict[int, Spans]:
    """Where the fields of all messages lie; a message has each at most once."""
    found: dict[int, Spans] = {}
    owners = np.flatnonzero(messages.starts < messages.ends)
    at = messages.starts[owners]
    while len(owners):
        limits = messages.ends[owners]
        tags, at = _varints(view, at, limits)
        lengths, starts = _varints(view, at, limits)
        ends = starts + lengths
        if (tags & 7 != DELIMITED).any() or (lengths < 0).any() or (ends > limits).any():
            raise UnusualError
        numbers = {int(tags[0])} if (tags == tags[0]).all() else set(np.unique(tags).tolist())
        for tag in numbers:
            if tag >> 3 not in known:
                raise UnusualError
            these = slice(None) if len(numbers) == 1 else tags == tag
            _note_down(found, tag >> 3, len(messages.starts), owners[these], Spans(starts[these], ends[these]))
        going = ends < limits
        owners, at = owners[going], ends[going]
    return found


def _note_down(found: dict[int, Spans], number: int, count: int, owners: Positions, places: Spans) -> None:
    spans = found.setdefault(number, Spans(np.zeros(count, np.int64), np.zeros(count, np.int64)))
    if spans.ends[owners].any():
        raise UnusualError
    spans.starts[owners] = places.starts
    spans.ends[owners] = places.ends


def _find_numbers(view: NDArray[np.uint8], entries: Spans) -> Numbers:
    """The tensors of the entries of a map, all of one type and called as they should be."""
    if not entries.ends.all():
        raise UnusualError
    entry = _take_apart(view, entries, {1, 2})
    if entry.keys() != {1, 2} or not all(spans.ends.all() for spans in entry.values()):
        raise UnusualError
    names = entry[1]
    if (names.ends - names.starts != len(_NAME)).any():
        raise UnusualError
    if (view[names.starts[:, None] + np.arange(len(_NAME))] != _NAME).any():
        raise UnusualError
    value = _take_apart(view, entry[2], set(TENSORS))
    if len(value) != 1:
        raise UnusualError
    ((kind, tensors),) = value.items()
    if not tensors.ends.all():
        raise UnusualError
    parts = _take_apart(view, tensors, {1, 2, 3})
    nothing = Spans(np.zeros_like(tensors.starts), np.zeros_like(tensors.ends))
    return Numbers(kind, *(parts.get(number, nothing) for number in (1, 2, 3)))


def _numbers_of(data: bytes, tensors: Numbers) -> tuple[NDArray[np.float32 | np.float64 | np.int32], Positions]:
    kind = TENSORS[tensors.kind]
    if kind not in FIXED:
        values, counts = _integers(data, tensors.values)
        return values.astype(np.int32), counts
    sizes = tensors.values.ends - tensors.values.starts
    if (sizes % FIXED[kind].itemsize).any():
        raise UnusualError
    return _gather(data, tensors.values, FIXED[kind]), sizes // FIXED[kind].itemsize


def _gather(data: bytes, spans: Spans, kind: np.dtype[Any]) -> NDArray[Any]:
    """The numbers that lie in some places, one place's after the other's, wherever they begin."""
    every = np.ndarray(max(len(data) - kind.itemsize + 1, 0), kind, data, strides=(1,))
    counts = (spans.ends - spans.starts) // kind.itemsize
    before = np.cumsum(counts) - counts
    firsts = np.repeat(spans.starts - before * kind.itemsize, counts)
    return every[firsts + np.arange(len(firsts)) * kind.itemsize]


def _integers(data: bytes, spans: Spans) -> tuple[Positions, Positions]:
    """The packed numbers of all spans, and how many each has."""
    sizes = spans.ends - spans.starts
    if not sizes.any():
        return np.empty(0, np.int64), np.zeros_like(sizes)
    packed = np.concatenate([_gather(data, spans, np.dtype(np.uint8)), np.zeros(_ROOM, np.uint8)])
    last = packed[:-_ROOM] < 0x80
    borders = np.cumsum(sizes)
    if not last[borders[sizes > 0] - 1].all():
        raise UnusualError
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    numbers, _ = _varints(packed, starts, ends + 1)
    counts = np.diff(np.concatenate([[0], np.cumsum(last)])[np.concatenate([[0], borders])])
    return numbers, counts


def _varints(view: NDArray[np.uint8], at: Positions, limits: Positions) -> tuple[Positions, Positions]:
    """The numbers that begin at some places, and the places after them; none may go beyond its limit."""
    byte = view[at]
    numbers = (byte & 0x7F).astype(np.int64)
    after = at + 1
    long = np.flatnonzero(byte >= 0x80)
    for shift in range(7, 70, 7):
        if not len(long):
            break
        byte = view[after[long]]
        numbers[long] |= (byte & 0x7F).astype(np.int64) << shift
        after[long] += 1
        long = long[byte >= 0x80]
    if len(long) or (after > limits).any():
        raise UnusualError
    return numbers, after


def _widths(shape: Positions, dimensions: Positions) -> Positions:
    if not len(shape):
        return np.zeros_like(dimensions)
    if dimensions.max() == 1:
        widths = np.zeros_like(dimensions)
        widths[dimensions == 1] = shape
        return widths
    starts = np.concatenate([[0], np.cumsum(dimensions)[:-1]])
    given = dimensions > 0
    widths = np.zeros_like(dimensions)
    widths[given] = np.multiply.reduceat(shape, starts[given])
    return widths


def _notes(data: bytes, record: dict[int, Spans]) -> tuple[Note, ...]:
    texts = [_texts(data, record[number]) if number in record else None for number in (3, 4, 5)]
    count = len(record[1].starts)
    return tuple(Note(*(text[row] if text else None for text in texts)) for row in range(count))


def _texts(data: bytes, spans: Spans) -> list[str | None]:
    places = zip(spans.starts.tolist(), spans.ends.tolist(), strict=True)
    try:
        return [data[start:end].decode() if end else None for start, end in places]
    except UnicodeDecodeError as error:
        raise UnusualError from error
