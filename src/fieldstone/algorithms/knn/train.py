"""Training: one pass that keeps a sample of the rows, reduced; the first host builds an index of all hosts' samples."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from zlib import crc32

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.batch import Batch, Floats
from fieldstone.algorithms.amazon.training import NO_DATA, Run
from fieldstone.algorithms.knn import index as indexes
from fieldstone.algorithms.knn import model
from fieldstone.algorithms.knn.index import FLAT, IVF_PQ, Shape
from fieldstone.algorithms.knn.judging import SHARDED, labelled, score
from fieldstone.algorithms.knn.model import Neighbours, Preparation
from fieldstone.algorithms.knn.reducing import Singles, draw_map, pieces
from fieldstone.algorithms.knn.sampling import Part, Sampler, join
from fieldstone.contract.training import UserError

_SEED = 0x5EED


def train(run: Run) -> None:
    """Build an index of a sample of the training rows, and save it; tell how well it predicts labels of the test rows.

    Raises:
        UserError: Hyperparameters do not fit each other, there are too few rows, or labels are missing or none.
    """
    _check(run)
    options = run.options
    # All hosts have the same map; what rows they keep is a matter of each one's own chance.
    how = draw_map(
        options["dimension_reduction_type"],
        options["feature_dim"],
        options["dimension_reduction_target"],
        options["sample_size"],
        np.random.default_rng(_SEED),
    )
    preparation = Preparation(how, unit=options["index_metric"] == "COSINE")
    sampler = Sampler(options["sample_size"], np.random.default_rng([_SEED, crc32(run.metrics.host.encode())]))
    _sample(run, sampler, preparation)
    (seen,) = run.peers.add(np.array([float(sampler.seen)]))[0].tolist()
    if not seen:
        raise UserError(NO_DATA)
    count = min(int(seen), options["sample_size"])
    if count < options["k"]:
        raise UserError(
            f"k ({options['k']}) must not be larger than the number of points in the index ({count}), which is that of "
            "the training records or sample_size, whichever is less"
        )
    found = _build(run, sampler, preparation, count)
    if run.test is not None:
        score(run, run.test, found)


def _check(run: Run) -> None:
    """Hold that hyperparameters fit each other."""
    options = run.options
    width, target, codes = (options[name] for name in ("feature_dim", "dimension_reduction_target", "faiss_index_pq_m"))
    if options["dimension_reduction_type"] is not None:
        if target is None:
            raise UserError("dimension_reduction_target must be given with dimension_reduction_type")
        if target >= width:
            raise UserError(f"dimension_reduction_target ({target}) must be less than feature_dim ({width})")
        width = target
    elif target is not None:
        log.warn("dimension_reduction_target has no effect without dimension_reduction_type.")
    if options["index_type"] == IVF_PQ:
        if codes is None:
            raise UserError("faiss_index_pq_m must be given with index_type faiss.IVFPQ")
        if width % codes:
            raise UserError(f"faiss_index_pq_m ({codes}) must divide the number of dimensions in the index ({width})")


def _sample(run: Run, sampler: Sampler, preparation: Preparation) -> None:
    started = time.time()
    # Of rows that every host has, those of the first one: nobody shall be his own neighbour twice.
    if run.peers.leads or run.train.channel.distribution == SHARDED:
        for batch, labels in labelled(run, run.train):
            for part in _chosen(sampler, batch, labels, preparation):
                sampler.keep(part)
    seconds = time.time() - started
    run.metrics.record(started, {"epochs": 1, "update.time": 1000 * seconds})
    run.metrics.progress(100)
    run.metrics.seen(started, math.ceil(sampler.seen / run.options["mini_batch_size"]), sampler.seen)
    run.metrics.throughput(sampler.seen, seconds)


def _chosen(sampler: Sampler, batch: Batch, labels: Floats, preparation: Preparation) -> Iterator[Part]:
    chosen, draws = sampler.draw(len(batch))
    features = batch.features[chosen] if len(chosen) < len(batch) else batch.features
    for part in pieces(features, features.shape[1]) if len(chosen) else []:
        yield Part(preparation.apply(features[part]), labels[chosen[part]], draws[part])


def _build(run: Run, sampler: Sampler, preparation: Preparation, count: int) -> Neighbours | None:
    """Build the index of the rows that all hosts have kept, at the first one, which saves it; None at the others."""
    began, options = time.time(), run.options
    shape = Shape(
        options["index_type"], options["index_metric"], options["faiss_index_ivf_nlists"], options["faiss_index_pq_m"]
    )
    if (shape.lists or 1) > count and shape.kind != FLAT:
        raise UserError(
            f"faiss_index_ivf_nlists ({shape.lists}) must not be larger than the number of points in the index "
            f"({count})"
        )
    parts = join(sampler.parts(), run.peers, options["sample_size"])
    first = next(parts, None)
    if first is None:
        return None
    if shape.metric == "L2":
        preparation = replace(preparation, center=indexes.center(first.rows))
    labels: list[Singles] = []
    index = indexes.build(_ready(chain([first], parts), preparation.center, labels), count, shape)
    log.info(f"Index of {index.ntotal} points of {index.d} dimensions built: {shape.kind}, {shape.metric}")
    built = time.time()
    found = Neighbours(
        options["feature_dim"], options["k"], options["predictor_type"], np.concatenate(labels), preparation, index
    )
    model.save(run.model, found)
    times = {"fit_model.time": 1000 * (built - began), "serialize_model.time": 1000 * (time.time() - built)}
    run.metrics.record(began, {**times, "model.bytes": run.model.stat().st_size})
    return found


def _ready(parts: Iterable[Part], center: Singles | None, labels: list[Singles]) -> Iterator[Singles]:
    """The rows of some parts as the index takes them; their labels are put into a list."""
    for part in parts:
        labels.append(part.labels)
        yield part.rows if center is None else part.rows - center
