"""The labels of rows, and how well a model predicts those of the test rows."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.batch import Batch, Floats
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.labels import Labels
from fieldstone.algorithms.amazon.training import Run
from fieldstone.algorithms.knn import model
from fieldstone.algorithms.knn.model import Neighbours

SHARDED = "ShardedByS3Key"
_SCORES = {"classifier": ("accuracy", "score"), "regressor": ("mse", "loss")}


def labelled(run: Run, source: Source) -> Iterator[tuple[Batch, Floats]]:
    """The rows of a channel, and their labels (n,).

    Args:
        run: The training.
        source: The channel.

    Raises:
        UserError: A row cannot be read, or has no label, several, or, for a classifier, one that is no integer.
    """
    kind = run.options["predictor_type"]
    for batch in source.batches(check=Labels(kind, whole=kind == "classifier").check):
        assert batch.labels is not None
        yield batch, batch.labels[:, 0]


def score(run: Run, test: Source, found: Neighbours | None) -> None:
    """Say how well the test rows are predicted; of rows that all hosts have, those of the first one.

    Args:
        run: The training.
        test: Their channel.
        found: The model at the first host, None at others.
    """
    if test.channel.distribution == SHARDED:
        found = _share(run, found)
    total, count = (0.0, 0) if found is None else _count(run, test, found)
    totals, counts = run.peers.add(np.array([total]), np.array([float(count)]))
    if not run.peers.leads:
        return
    if not counts[0]:
        log.warn("There are no records in channel 'test'.")
        return
    name, kind = _SCORES[run.options["predictor_type"]]
    value = float(totals[0] / counts[0])
    run.metrics.quality(f"test {name}", kind, value)
    run.metrics.score("test", name, value)


def _count(run: Run, test: Source, found: Neighbours) -> tuple[float, int]:
    """How many predictions are right, or what the squares of their errors add up to; and how many there are."""
    total, count = 0.0, 0
    for batch, labels in labelled(run, test):
        off = found.answer(batch.features)["predicted_label"] - labels
        right = found.predictor_type == "classifier"
        total += float((off == 0).sum() if right else (off.astype(np.float64) ** 2).sum())
        count += len(batch)
    return total, count


def _share(run: Run, found: Neighbours | None) -> Neighbours:
    """The model that the first host has built, at every host."""
    (hosts,) = run.peers.add(np.ones(1))[0]
    if hosts == 1 and found is not None:
        return found
    told = run.peers.exchange(run.model.read_bytes() if found is not None else b"")
    return found or model.receive(BytesIO(told[0]))
