"""What is learnt from, whatever it was read from: labels, weights and features of some rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def singles(numbers: NDArray[np.float64]) -> Floats:
    """Numbers in single precision; what is too great for it is infinite."""
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def whole(numbers: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Numbers as integers; None where one is not, or is negative or beyond 64 bits."""
    with np.errstate(invalid="ignore"):
        integers = numbers.astype(np.int64)
    return None if (integers != numbers).any() or (integers < 0).any() else integers


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled rows.

    Attributes:
        labels: (n,)
        features: (n, d): an array in which NaN stands for nothing, or a scipy CSR matrix in which absence does.
        weights: (n,), or None when all rows count the same.
        groups: (n,) query identifiers for ranking, or None.
    """

    labels: Floats
    features: Any
    weights: Floats | None = None
    groups: NDArray[np.uint32] | None = None

    def __len__(self) -> int:
        return len(self.labels)


class Piece(NamedTuple):
    """Rows of one file, in their order.

    Attributes:
        rows: Them.
        locate: Says where one stands, such as `row 7 of file train.csv`; takes its number, counted from 0.
    """

    rows: Rows
    locate: Callable[[int], str]


def concatenate(parts: Sequence[Rows]) -> Rows:
    """All rows of several pieces; one without weights counts each row once."""
    if len(parts) == 1:
        return parts[0]
    weighted = any(part.weights is not None for part in parts)
    grouped = any(part.groups is not None for part in parts)
    return Rows(
        labels=np.concatenate([part.labels for part in parts]),
        features=_stack([part.features for part in parts]),
        weights=np.concatenate([_or_ones(part.weights, len(part)) for part in parts]) if weighted else None,
        groups=np.concatenate([_or_zeros(part.groups, len(part)) for part in parts]) if grouped else None,
    )


def is_dense(features: Any) -> bool:
    """Whether features are an array."""
    return isinstance(features, np.ndarray)


def widen(features: Any, columns: int) -> Any:
    """Sparse features with empty columns added up to a number; dense ones are what they are."""
    if is_dense(features) or features.shape[1] >= columns:
        return features
    features.resize(features.shape[0], columns)
    return features


def _stack(features: Sequence[Any]) -> Any:
    if all(map(is_dense, features)):
        return np.concatenate(features)
    from scipy.sparse import vstack  # noqa: PLC0415 - only sparse data need it

    columns = max(part.shape[1] for part in features)
    return vstack([widen(_sparse(part), columns) for part in features], format="csr")


def _sparse(features: Any) -> Any:
    """A CSR matrix in which every number of an array has its place, zeros too: what has none is missing."""
    if not is_dense(features):
        return features
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - as above

    rows, columns = features.shape
    places = np.tile(np.arange(columns), rows), np.arange(rows + 1) * columns
    return csr_matrix((features.ravel(), *places), shape=features.shape)


def _or_ones(weights: Floats | None, count: int) -> Floats:
    return np.ones(count, np.float32) if weights is None else weights


def _or_zeros(groups: NDArray[np.uint32] | None, count: int) -> NDArray[np.uint32]:
    return np.zeros(count, np.uint32) if groups is None else groups
