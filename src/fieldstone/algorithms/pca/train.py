"""Training: one pass over the rows, whatever their number, and then the components."""

import math
import time
from collections.abc import Iterator

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.rows import dense
from fieldstone.algorithms.amazon.training import NO_DATA, Run
from fieldstone.algorithms.pca import model
from fieldstone.algorithms.pca.method import Components, Scatter, draw_directions, find_components
from fieldstone.contract.training import UserError


def train(run: Run) -> None:
    """Find the components of the training rows, and save them; tell how well they describe the test rows.

    Raises:
        UserError: There are no rows, or more components are asked for than there can be.
    """
    width, count = run.options["feature_dim"], run.options["num_components"]
    if count > width:
        raise UserError(f"num_components ({count}) must not be larger than feature_dim ({width})")
    started = time.time()
    scatter = _read(run, width, _count_directions(run, count))
    seconds = time.time() - started
    run.metrics.record(started, {"epochs": 1, "update.time": 1000 * seconds})
    run.metrics.progress(100)
    run.metrics.seen(started, math.ceil(scatter.count / run.options["mini_batch_size"]), scatter.count)
    run.metrics.throughput(scatter.count, seconds)
    began = time.time()
    rows, mean, product = scatter.finish(run.peers.add)
    if not rows:
        raise UserError(NO_DATA)
    components = find_components(mean, product, count, scatter.directions)
    if run.peers.leads:
        model.save(run.model, components)
    run.metrics.record(began, {"finalize.time": 1000 * (time.time() - began)})
    if run.test is not None:
        _score(run, run.test, components)


def _count_directions(run: Run, count: int) -> int | None:
    if run.options["algorithm_mode"] == "regular":
        return None
    extra = run.options["extra_components"]
    return count + (max(10, count) if extra < 0 else extra)


def _read(run: Run, width: int, directions: int | None) -> Scatter:
    drawn = None if directions is None else draw_directions(width, directions)
    scatter = Scatter(width, centred=run.options["subtract_mean"], directions=drawn)
    log.info(f"{width} feature(s) found in 'data'.")
    for batch in run.train.batches():
        scatter.add(batch.features)
    return scatter


def _score(run: Run, test: Source, components: Components) -> None:
    """Say the mean squared distance of the test rows from what is left of them."""
    count, total = 0, 0.0
    for rows in _rows(test.batches()):
        away = rows - components.mean
        total += float((away**2).sum() - ((away @ components.vectors) ** 2).sum())
        count += len(rows)
    counts, totals = run.peers.add(np.array([float(count)]), np.array([total]))
    if run.peers.leads and counts[0]:
        error = max(float(totals[0] / counts[0]), 0.0)
        run.metrics.quality("test reconstruction_error", "loss", error)
        run.metrics.score("test", "reconstruction_error", error)


def _rows(batches: Iterator[Batch]) -> Iterator[np.ndarray]:
    for batch in batches:
        yield dense(batch.features).astype(np.float64)
