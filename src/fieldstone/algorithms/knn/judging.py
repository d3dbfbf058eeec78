"""The labels of rows, and how well a model predicts those of the test rows."""

from io import BytesIO

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.batch import Batch, Floats
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.training import Run
from fieldstone.algorithms.knn import model
from fieldstone.algorithms.knn.model import Neighbours
from fieldstone.contract.training import UserError

SHARDED = "ShardedByS3Key"
_SCORES = {"classifier": ("accuracy", "score"), "regressor": ("mse", "loss")}


def read_labels(run: Run, source: Source, batch: Batch, before: int) -> Floats:
    """The labels (n,) of rows, each of which must have one, and for a classifier a whole number.

    Args:
        run: The training.
        source: The channel that the rows are from.
        batch: The rows.
        before: How many of the channel's came before them.

    Raises:
        UserError: There is none, there are several, or one is no integer.
    """
    name = source.channel.name
    count = 0 if batch.labels is None else batch.labels.shape[1]
    if batch.labels is None or count != 1:
        raise UserError(f"Rows of channel '{name}' must have one label and have {count}")
    labels = batch.labels[:, 0]
    if run.options["predictor_type"] == "classifier":
        broken = labels != np.round(labels)
        if broken.any():
            row = int(np.argmax(broken))
            raise UserError(
                f"Labels of a classifier must be integers, and {labels[row]:g} of row {before + row + 1} of channel "
                f"'{name}' is not"
            )
    return labels


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
    for batch in test.batches():
        off = found.answer(batch.features)["predicted_label"] - read_labels(run, test, batch, count)
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
