"""What is learnt from and predicted for, whatever it was read from: the features of some rows, and what came with them.

The readers make `Columns`, the parts of all rows one after the other; `assemble` makes a `Batch` of them, and finds the
row that does not fit the others.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.recordio import RecordError

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


class Note(NamedTuple):
    """What a record says beside its numbers; an answer repeats the first two."""

    uid: str | None = None
    metadata: str | None = None
    configuration: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows.

    Attributes:
        features: (n, d): an array, or a scipy CSR matrix in which absence is zero.
        labels: (n, l), or None without labels.
        tensor: The type that the numbers had: `Float32Tensor`, `Float64Tensor` or `Int32Tensor`.
        notes: One a row, or None when no row has any.
    """

    features: Any
    labels: Floats | None = None
    tensor: str = "Float32Tensor"
    notes: tuple[Note, ...] | None = None

    def __len__(self) -> int:
        return self.features.shape[0]


@dataclass(frozen=True, slots=True)
class Columns:
    """The parts of n rows.

    Attributes:
        tensor: The type of the numbers.
        values: Their features, one row's after the other's.
        counts: (n,) how many features are given for a row.
        keys: The places of the given features, for the rows that are sparse.
        key_counts: (n,) how many keys a row has, 0 for a dense one.
        widths: (n,) how wide a sparse row says that it is, 0 where it does not say.
        labels: The labels, one row's after the other's.
        label_counts: (n,) how many labels a row has.
        notes: As in a batch.
    """

    tensor: str
    values: Floats
    counts: Integers
    keys: Integers
    key_counts: Integers
    widths: Integers
    labels: Floats
    label_counts: Integers
    notes: tuple[Note, ...] | None = None


def assemble(columns: Columns) -> Batch:
    """The batch of these parts.

    Raises:
        RecordError: A row differs from the first in the number of features or labels, or its keys are none.
    """
    count = len(columns.counts)
    if not count:
        return Batch(np.empty((0, 0), np.float32))
    sparse = (columns.key_counts > 0) | ((columns.counts == 0) & (columns.widths > 0))
    features = _fill(columns, sparse) if sparse.any() else _shape(columns.values, columns.counts, "features")
    labels = _shape(columns.labels, columns.label_counts, "labels") if columns.label_counts.any() else None
    return Batch(features, labels, columns.tensor, columns.notes)


def find_infinite(numbers: Any) -> int | None:
    """The first row, of an array or a CSR matrix, with a number that is not finite; None if all are."""
    values = numbers if isinstance(numbers, np.ndarray) else numbers.data
    finite = np.isfinite(values)
    if finite.all():
        return None
    if isinstance(numbers, np.ndarray):
        return int(np.argmin(finite.all(axis=1)))
    place = int(np.argmin(finite))
    return int(np.searchsorted(numbers.indptr, place, side="right")) - 1


def _shape(values: Floats, counts: Integers, what: str) -> Floats:
    _compare(counts, what)
    return values.reshape(len(counts), -1)


def _compare(counts: Integers, what: str) -> None:
    if (other := _first(counts != counts[0])) is not None:
        raise RecordError(other, f"it has {counts[other]} {what} instead of {counts[0]}")


def _fill(columns: Columns, sparse: NDArray[np.bool_]) -> Any:
    """A CSR matrix; a dense row among sparse ones has all its places."""
    if (wrong := _first(sparse & (columns.key_counts != columns.counts))) is not None:
        raise RecordError(wrong, f"it has {columns.key_counts[wrong]} keys for {columns.counts[wrong]} values")
    if (wrong := _first(sparse & (columns.widths == 0))) is not None:
        raise RecordError(wrong, "it is sparse and does not say its shape")
    widths = np.where(sparse, columns.widths, columns.counts)
    _compare(widths, "features")
    ends = np.concatenate([[0], np.cumsum(columns.counts)])
    keys = np.arange(ends[-1]) - np.repeat(ends[:-1], columns.counts)
    keys[np.repeat(sparse, columns.counts)] = columns.keys
    if (place := _first((keys < 0) | (keys >= widths[0]))) is not None:
        row = int(np.searchsorted(ends, place, side="right")) - 1
        raise RecordError(row, f"its key {keys[place]} is not below its width of {widths[0]}")
    matrix: Any = csr_matrix((columns.values, keys, ends), shape=(len(widths), int(widths[0])))
    return matrix


def _first(wrong: NDArray[np.bool_]) -> int | None:
    place = int(np.argmax(wrong)) if len(wrong) else 0
    return place if len(wrong) and wrong[place] else None
