"""Fewer dimensions by random linear maps that keep distances, whatever the rows are (Johnson and Lindenstrauss).

`sign`: every entry is +1 or -1 (D. Achlioptas, *Database-friendly random projections*, JCSS 2003). `fjlt`: random
signs, a Walsh-Hadamard transform, which spreads what is in few features over all, and a sparse Gaussian matrix (N.
Ailon, B. Chazelle, *The fast Johnson-Lindenstrauss transform*, SIAM J. Computing 2009). Either is one matrix here, made
once and applied as one product, which a processor does faster than the steps one by one. Scaled so that lengths stay
what they are in the mean.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

from fieldstone.algorithms.amazon.rows import Rows, dense, length

Singles = NDArray[np.float32]

METHODS = ("sign", "fjlt")
_PIECE = 1 << 22
"""Numbers of sparse rows that are written out at a time."""
_BLOCK = 1 << 12
"""Rows of a Hadamard matrix are made as many at a time as products of two smaller ones."""


def draw_map(
    method: str | None, width: int, target: int | None, rows: int, draws: np.random.Generator
) -> Singles | None:
    """A map from ``width`` to ``target`` dimensions, (width, target); None without a method.

    Args:
        method: One of `METHODS`, or None.
        width: The number of features.
        target: To how many they are reduced.
        rows: Of how many rows distances shall be kept: the more, the denser is the map of `fjlt`.
        draws: Where chance comes from: hosts that train together have the same.
    """
    if method is None or target is None:
        return None
    if method == "sign":
        signs = draws.integers(0, 2, (width, target), dtype=np.int8)
        return (2 * signs.astype(np.float32) - 1) / np.float32(np.sqrt(target))
    return _draw_fast_map(width, target, rows, draws)


def reduce(rows: Rows, how: Singles | None) -> Singles:
    """The rows (n, d), mapped: (n, target), as singles side by side; as they are without a map."""
    if how is None:
        return np.ascontiguousarray(dense(rows), np.float32)
    mapped: Any = rows @ how
    return np.ascontiguousarray(mapped, np.float32)


def pieces(rows: Rows, width: int) -> list[slice]:
    """Parts of rows that may be written out at a time, though they are sparse and ``width`` wide."""
    each = max(1, _PIECE // width)
    return [slice(start, start + each) for start in range(0, length(rows), each)]


def _draw_fast_map(width: int, target: int, rows: int, draws: np.random.Generator) -> Singles:
    """D H P: signs, the Hadamard matrix of the next power of two, and N(0, 1/q) at a share q of places, else zero."""
    padded = 1 << max(width - 1, 1).bit_length()
    signs = draws.choice(np.array([-1, 1], np.float32), width)
    share = min(1.0, np.log(max(rows, 2)) ** 2 / padded)
    chosen = draws.random((padded, target)) < share
    normal = draws.standard_normal((padded, target)).astype(np.float32) / np.float32(np.sqrt(share))
    spread = _transform(np.where(chosen, normal, np.float32(0)))[:width]
    return signs[:, None] * spread / np.float32(np.sqrt(target * padded))


def _transform(matrix: Singles) -> Singles:
    """The Walsh-Hadamard transform of each column, not scaled; there is a power of two of rows."""
    size = len(matrix)
    inner = min(size, _BLOCK)
    inside, outside = (np.asarray(hadamard(count), np.float32) for count in (inner, size // inner))
    blocks = matrix.reshape(size // inner, inner, -1)
    mixed = np.einsum("ij,bjt->bit", inside, blocks, optimize=True)
    return np.einsum("ab,bit->ait", outside, mixed, optimize=True).reshape(size, -1)
