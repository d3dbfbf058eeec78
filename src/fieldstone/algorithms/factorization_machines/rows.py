"""The rows of a channel in mini-batches, as often as they are wanted; what fits into memory is read once."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.rows import in_batches
from fieldstone.algorithms.factorization_machines.plans import Singles
from fieldstone.contract.training import UserError

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
        self._source, self._size, self._classifier = source, size, classifier
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
        before = 0
        for batch in self._source.batches(epoch):
            labels = self._check(batch, before)
            before += len(batch)
            yield csr_matrix(batch.features, dtype=np.float32), labels

    def _check(self, batch: Batch, before: int) -> Singles:
        name = self._source.channel.name
        count = 0 if batch.labels is None else batch.labels.shape[1]
        if batch.labels is None or count != 1:
            raise UserError(f"Rows of channel '{name}' must have one label and have {count}")
        labels = batch.labels[:, 0]
        if self._classifier:
            wrong = (labels != 0) & (labels != 1)
            if wrong.any():
                row = int(np.argmax(wrong))
                raise UserError(
                    f"Labels of a binary_classifier must be 0 or 1, and {labels[row]:g} of row {before + row + 1} of "
                    f"channel '{name}' is not"
                )
        return labels
