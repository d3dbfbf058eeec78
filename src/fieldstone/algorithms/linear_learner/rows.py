"""The rows of a channel in mini-batches, pass after pass, each with a label that there may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.rows import Rows, in_batches
from fieldstone.algorithms.amazon.training import NO_DATA
from fieldstone.algorithms.linear_learner.losses import Array
from fieldstone.contract.training import UserError

KEPT = 256 << 20
"""Bytes of rows that are kept in memory; a channel that has more is read anew in every pass."""
_TRAIN = "train"
Pair = tuple[Rows, Array]
"""Rows and their labels."""


@dataclass(slots=True)
class Form:
    """What the job's first rows were like: others have as many features, and are made sparse or dense as they are."""

    width: int | None = None
    sparse: bool = False

    def fit(self, features: Rows, channel: str) -> Rows:
        """The features of some rows in this form.

        Raises:
            UserError: They are more or fewer than those of the first rows.
        """
        count = cast(tuple[int, int], features.shape)[1]
        if self.width is None:
            self.width, self.sparse = count, isinstance(features, csr_matrix)
        if count != self.width:
            raise UserError(f"Rows of channel '{channel}' have {count} features instead of {self.width}")
        if isinstance(features, csr_matrix):
            return features if self.sparse else features.toarray()
        return csr_matrix(features) if self.sparse else features


@dataclass(frozen=True, slots=True)
class Labels:
    """Which labels there may be: 0 to a number of classes for a classifier, any number for a regressor."""

    predictor_type: str
    classes: int | None

    @classmethod
    def of(cls, predictor_type: str, num_classes: int) -> "Labels":
        """Those of a type of predictor."""
        classes = {"binary_classifier": 2, "multiclass_classifier": num_classes}
        return cls(predictor_type, classes.get(predictor_type))

    def check(self, batch: Batch, channel: str, before: int) -> Array:
        """The labels of some rows, (n,).

        Args:
            batch: The rows.
            channel: Where they are from.
            before: How many came before them.

        Raises:
            UserError: There are none, more than one a row, or one that may not be.
        """
        if batch.labels is None or batch.labels.shape[1] != 1:
            found = 0 if batch.labels is None else batch.labels.shape[1]
            raise UserError(f"Rows of channel '{channel}' must have one label and have {found}")
        labels = batch.labels[:, 0]
        if self.classes is not None:
            wrong = (labels < 0) | (labels >= self.classes) | (labels != np.floor(labels))
            if wrong.any():
                row = int(np.argmax(wrong))
                raise UserError(
                    f"Labels of a {self.predictor_type} must be integers from 0 to {self.classes - 1}, and "
                    f"{labels[row]:g} of row {before + row + 1} of channel '{channel}' is not"
                )
        return labels


class Passes:
    """The rows of one channel: each call is a pass over all of them."""

    def __init__(self, source: Source, size: int, form: Form, labels: Labels) -> None:
        """Begin before the first pass.

        Args:
            source: The channel.
            size: How many rows a batch has; the last of a pass has the rest.
            form: That of the job's rows, shared by its channels.
            labels: Those that there may be.
        """
        self._source, self._size, self._form, self._labels = source, size, form, labels
        self._epoch = 0
        self._kept: list[Pair] | None = None
        self.count = 0
        """How many rows the last whole pass had."""

    def __call__(self) -> Iterator[Pair]:
        """One pass, in batches.

        Raises:
            UserError: A row cannot be read or learnt from, or there is none.
        """
        if self._kept is not None:
            yield from self._kept
            return
        kept, weight, count = list[Pair](), 0, 0
        for rows, labels in in_batches(self._read(), self._size):
            weight += _weigh(rows) + labels.nbytes
            if weight <= KEPT:
                kept.append((rows, labels))
            else:
                kept.clear()
            count += len(labels)
            yield rows, labels
        if not count:
            name = self._source.channel.name
            raise UserError(NO_DATA if name == _TRAIN else f"Channel '{name}' has no data points")
        self.count = count
        self._kept = kept if weight <= KEPT else None

    def _read(self) -> Iterator[Pair]:
        name, before = self._source.channel.name, 0
        epoch, self._epoch = self._epoch, self._epoch + 1
        for batch in self._source.batches(epoch):
            yield self._form.fit(batch.features, name), self._labels.check(batch, name, before)
            before += len(batch)


def _weigh(rows: Rows) -> int:
    """The bytes that rows take."""
    return rows.data.nbytes + rows.indices.nbytes if isinstance(rows, csr_matrix) else rows.nbytes
