"""The rows of a channel in mini-batches, pass after pass, each with a label that there may be."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, cast

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.labels import Labels
from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.amazon.rows import Rows, in_batches
from fieldstone.algorithms.linear_learner.losses import Array

KEPT = 256 << 20
"""Bytes of rows that are kept in memory; a channel that has more is read anew in every pass."""
_SHARDED = "ShardedByS3Key"
Pair = tuple[Rows, Array]
"""Rows and their labels."""


class Form(NamedTuple):
    """What rows are like: how many features they have, and whether they are sparse."""

    width: int
    sparse: bool

    def fit(self, features: Rows) -> Rows:
        """The features of some rows, made sparse or dense as this form is."""
        if isinstance(features, csr_matrix):
            return features if self.sparse else features.toarray()
        return csr_matrix(features) if self.sparse else features


def labels_of(predictor_type: str, num_classes: int) -> Labels:
    """Those of a type of predictor: 0 to a number of classes for a classifier, any number for a regressor."""
    classes = {"binary_classifier": 2, "multiclass_classifier": num_classes}.get(predictor_type)
    return Labels(predictor_type, whole=classes is not None, classes=classes)


class Passes:
    """The rows of one channel that are this host's: each call is a pass over all of them.

    What the platform has dealt out by file is the host's whole; of a channel that all hosts have, each takes the
    mini-batches that are its turn. So a row counts once, however many hosts there are.
    """

    def __init__(self, source: Source, size: int, labels: Labels, peers: Peers) -> None:
        """Begin before the first pass.

        Args:
            source: The channel.
            size: How many rows a batch has; the last of a pass has the rest.
            labels: Those that there may be.
            peers: Among whom a channel that all have is shared out.
        """
        self.name = source.channel.name
        self.form: Form | None = None
        """What rows are made to be like; as they are, if None."""
        self.count = 0
        """How many rows the last whole pass had."""
        self.extremes: tuple[float, float] | None = None
        """The lowest and the highest label of the last whole pass."""
        self._source, self._size, self._labels = source, size, labels
        sharded = source.channel.distribution == _SHARDED
        self._turn, self._hosts = (0, 1) if sharded else (peers.number, peers.count)
        self._epoch = 0
        self._kept: list[Pair] | None = None

    def look(self) -> Form | None:
        """What the first rows of the channel are like, whosever turn they are; None without any.

        Raises:
            UserError: They cannot be read or learnt from.
        """
        batch = next(self._read(), None)
        if batch is None:
            return None
        features = batch[0]
        return Form(cast(tuple[int, int], features.shape)[1], isinstance(features, csr_matrix))

    def __call__(self) -> Iterator[Pair]:
        """One pass, in batches.

        Raises:
            UserError: A row cannot be read or learnt from.
        """
        if self._kept is not None:
            yield from self._kept
            return
        kept, weight, count = list[Pair](), 0, 0
        lowest, highest = np.inf, -np.inf
        for rows, labels in islice(in_batches(self._read(), self._size), self._turn, None, self._hosts):
            weight += _weigh(rows) + labels.nbytes
            if weight <= KEPT:
                kept.append((rows, labels))
            else:
                kept.clear()
            count += len(labels)
            lowest, highest = min(lowest, float(labels.min())), max(highest, float(labels.max()))
            yield rows, labels
        self.count, self.extremes = count, (lowest, highest)
        self._kept = kept if weight <= KEPT else None

    def _read(self) -> Iterator[Pair]:
        epoch, self._epoch = self._epoch, self._epoch + 1
        for batch in self._source.batches(epoch, self._labels.check):
            assert batch.labels is not None
            features = batch.features if self.form is None else self.form.fit(batch.features)
            yield features, batch.labels[:, 0]


def _weigh(rows: Rows) -> int:
    """The bytes that rows take."""
    return rows.data.nbytes + rows.indices.nbytes if isinstance(rows, csr_matrix) else rows.nbytes
