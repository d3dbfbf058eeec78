"""Rows of numbers, dense or sparse, as methods take them: stacked, and so many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse, vstack

Dense = NDArray[np.floating]
Rows = Dense | csr_matrix
"""(n, d): an array, or SciPy's CSR; n labels are (n,)."""
P = TypeVar("P", bound=tuple[Rows, ...])


def length(rows: Rows) -> int:
    """How many rows there are."""
    return int(cast(tuple[int, ...], rows.shape)[0])


def dense(rows: Rows) -> Dense:
    """The same rows as an array."""
    return cast(csr_matrix, rows).toarray() if issparse(rows) else cast(Dense, rows)


def stack(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts below each other; sparse if any are."""
    if len(parts) == 1:
        return parts[0]
    if any(map(issparse, parts)):
        return csr_matrix(vstack([csr_matrix(part) for part in parts], format="csr"))
    return np.concatenate(cast(Sequence[Dense], parts))


def in_batches(parts: Iterable[P], size: int) -> Iterator[P]:
    """The same rows in their order, ``size`` at a time; the last batch has the rest.

    Args:
        parts: What belongs together, such as some rows and their labels: as many of the one as of the other.
        size: How many rows a batch has.
    """
    held: list[P] = []
    missing = size
    for part in parts:
        start, count = 0, length(part[0])
        while start < count:
            taken = min(missing, count - start)
            held.append(cast(P, tuple(each[start : start + taken] for each in part)))
            start, missing = start + taken, missing - taken
            if not missing:
                yield _join(held)
                held, missing = [], size
    if held:
        yield _join(held)


def _join(held: Sequence[P]) -> P:
    return cast(P, tuple(stack(each) for each in zip(*held, strict=True)))
