"""Rows of numbers as forests take them: float32 like AWS's, side by side in memory, every one finite."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float32]

_PIECE = 1 << 22
"""Numbers of sparse rows that are written out at a time."""


def as_points(rows: ArrayLike, features: int, before: int = 0) -> Points:
    """Take rows (n, features) of any numbers; ``before`` rows came earlier, and are counted when one is named.

    Raises:
        ValueError: They have another shape, or hold something that is missing, infinite or too large for float32.
    """
    given = np.asarray(rows)
    if given.ndim != 2 or given.shape[1] != features:
        raise ValueError(f"rows of {features} features are needed, not an array of shape {given.shape}")
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        points = np.ascontiguousarray(given, dtype=np.float32)
    # In float64, a sum of float32 is finite if and only if all of them are.
    with np.errstate(invalid="ignore"):  # where one infinity is taken from another
        total = np.add.reduce(points, axis=None, dtype=np.float64)
    if not np.isfinite(total):
        row, column = np.argwhere(~np.isfinite(points))[0].tolist()
        raise ValueError(
            f"row {before + row + 1}, feature {column + 1} is {given[row, column]}, not a finite number of 32 bits"
        )
    return points


def dense_pieces(features: Any) -> Iterator[NDArray[Any]]:
    """Rows (n, d) as arrays: an array as it is, a scipy CSR matrix piece by piece, since it may be wide."""
    if isinstance(features, np.ndarray):
        yield features
        return
    rows = max(1, _PIECE // features.shape[1])
    for begin in range(0, features.shape[0], rows):
        yield features[begin : begin + rows].toarray()
