"""The rows of a channel in mini-batches, as often as they are wanted; what fits into memory is read once."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.labels import Labels
from fieldstone.algorithms.amazon.rows import in_batches
from fieldstone.algorithms.factorization_machines.plans import Singles

KEPT = 1 << 28
"""Bytes of rows that are kept for further passes; a channel with more is read anew in each."""

Pair = tuple[csr_matrix, Singles]
"""Rows (n, d) and their labels (n,)."""


class Rows:
    """A channel; to call it is to go over its rows once."""

    def __init__(self, source: Source, size: int, *, classifier: bool) -> None:
        """Read nothing yet.

        Args:
            source: The channel.
            size: How many rows a mini-batch has.
            classifier: Whether labels must be 0 and 1.
        """
        self._source, self._size = source, size
        self._labels = Labels("binary_classifier", whole=True, classes=2) if classifier else Labels("regressor")
        self._epoch = 0
        self._kept: list[Pair] | None = None

    def __call__(self) -> Iterator[Pair]:
        """One pass, in mini-batches.

        Raises:
            UserError: A row cannot be read, or has no label that can be learnt from.
        """
        if self._kept is not None:
            yield from self._kept
            return
        kept, weight = list[Pair](), 0
        for rows, labels in in_batches(self._read(), self._size):
            weight += rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes + labels.nbytes
            if weight <= KEPT:
                kept.append((rows, labels))
            else:
                kept.clear()
            yield rows, labels
        self._kept = kept if weight <= KEPT else None

    def _read(self) -> Iterator[Pair]:
        epoch, self._epoch = self._epoch, self._epoch + 1
        for batch in self._source.batches(epoch, self._labels.check):
            assert batch.labels is not None
            yield csr_matrix(batch.features, dtype=np.float32), batch.labels[:, 0]
