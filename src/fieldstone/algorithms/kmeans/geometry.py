"""Distances between rows and centres, by one matrix product a batch.

Rows are dense (float32 or float64, rows x features) or sparse; centres are always dense, float64.
"""

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from fieldstone.algorithms.amazon.rows import Rows, dense, length

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

_SINGLE = 1e30
"""Squares up to this are safe in single precision."""
_AT_ONCE = 1 << 22
"""So many distances are held at a time: more rows are gone through in parts."""


def nearest(rows: Rows, centers: Floats) -> Labels:
    """The number of the centre closest to each row; of several at one distance, the first."""
    many = max(1, _AT_ONCE // len(centers))
    if length(rows) > many:
        return np.concatenate([nearest(rows[at : at + many], centers) for at in range(0, length(rows), many)])
    # About the middle of the centres the squares are small, and little is lost where they cancel out.
    return Centred(rows, centers.mean(axis=0)).nearest(centers)


class Centred:
    """Rows about an origin, made ready once for many looks at centres that move; of sparse rows it is 0."""

    def __init__(self, rows: Rows, origin: Floats) -> None:
        """Get ready.

        Args:
            rows: The rows.
            origin: A place in their midst.
        """
        self.origin = np.zeros_like(origin) if isinstance(rows, csr_matrix) else origin
        self._rows = rows if isinstance(rows, csr_matrix) else _ready(rows, origin)

    def nearest(self, centers: Floats) -> Labels:
        """The number of the centre closest to each row; of several at one distance, the first."""
        many = max(1, _AT_ONCE // len(centers))
        starts = range(0, length(self._rows), many)
        if isinstance(self._rows, csr_matrix):
            found = [np.argmin(_of_sparse(self._rows[at : at + many], centers), axis=1) for at in starts]
        else:
            apart = centers - self.origin
            squares = np.einsum("ij,ij->i", apart, apart)
            factors = np.column_stack([-2 * apart, squares]).astype(self._rows.dtype).T
            found = [np.argmin(self._rows[at : at + many] @ factors, axis=1) for at in starts]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def totals(self, count: int, weights: Floats) -> "Totals":
        """What adds up the rows about the origin."""
        return Totals(self._rows if isinstance(self._rows, csr_matrix) else self._rows[:, :-1], count, weights)


class Totals:
    """Adds up the rows of each centre, again and again as they are given to others."""

    def __init__(self, rows: Rows, count: int, weights: Floats | None = None) -> None:
        """Get ready.

        Args:
            rows: The rows.
            count: How many centres there are.
            weights: Of the rows; 1 if they are not given.
        """
        # In double precision: thousands of large single ones do not add up to their sum.
        self._rows = rows if isinstance(rows, csr_matrix) else np.ascontiguousarray(rows, np.float64)
        self._count = count
        self._weights = np.ones(length(rows)) if weights is None else weights
        owners, edges = np.zeros(length(rows), dtype=np.int32), np.arange(length(rows) + 1)
        self._held = csc_matrix((self._weights, owners, edges), shape=(count, length(rows)))

    def add(self, labels: Labels) -> tuple[Floats, Floats]:
        """The weight of the rows of each centre, and their weighted sums, centres x features."""
        self._held.indices[:] = labels
        held = np.bincount(labels, weights=self._weights, minlength=self._count).astype(np.float64, copy=False)
        return held, dense(cast(Rows, self._held @ self._rows)).astype(np.float64, copy=False)


def squared_distances(rows: Rows, centers: Floats, labels: Labels) -> Floats:
    """How far each row is from the centre that it is given to, squared; exact, as differences are taken first."""
    if isinstance(rows, csr_matrix):
        at = np.repeat(labels, np.diff(rows.indptr))
        stored = centers[at, rows.indices]
        # What a row does not store is 0, and as far off as the centre's own coordinate.
        gains = (rows.data - stored) ** 2 - stored**2
        owners = np.repeat(np.arange(len(labels)), np.diff(rows.indptr))
        squares = np.einsum("ij,ij->i", centers, centers)[labels]
        return np.maximum(squares + np.bincount(owners, weights=gains, minlength=len(labels)), 0.0)
    apart = rows - centers[labels]
    return np.einsum("ij,ij->i", apart, apart)


def distances_among(rows: Rows) -> Callable[[Labels], Floats]:
    """A function that tells how far the rows of some numbers are, squared, from every row: numbers x rows.

    Where the distances between all rows are few enough to be held, they are found once.
    """
    if isinstance(rows, csr_matrix):
        squares = np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).reshape(-1, 1)
        return lambda chosen: np.maximum(_of_sparse(rows, dense(rows[chosen]).astype(np.float64)) + squares, 0.0).T
    moved = rows - rows.mean(axis=0, dtype=np.float64)
    norms = np.einsum("ij,ij->i", moved, moved)

    def distances(chosen: Labels | slice) -> Floats:
        return np.maximum(norms[chosen, None] + norms - 2 * (moved[chosen] @ moved.T), 0.0)

    return distances(slice(None)).__getitem__ if len(rows) ** 2 <= _AT_ONCE else distances


def _ready(rows: NDArray[np.floating], origin: Floats) -> NDArray[np.floating]:
    """The rows about the origin, and a column of ones, so that one product adds the centres' squares, too."""
    moved = np.ones((rows.shape[0], rows.shape[1] + 1), dtype=rows.dtype)
    np.subtract(rows, origin, out=moved[:, :-1], casting="same_kind")
    if moved.dtype == np.float32 and not float(np.abs(moved).max(initial=0.0)) < _SINGLE**0.5:
        return _ready(rows.astype(np.float64), origin)
    return moved


def _of_sparse(rows: csr_matrix, centers: Floats) -> Floats:
    """The squared distances less each row's own square, which is the same for all centres."""
    return np.asarray(rows @ (-2 * centers.T)) + np.einsum("ij,ij->i", centers, centers)
