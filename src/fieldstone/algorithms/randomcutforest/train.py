"""Training: one pass that keeps a sample of the rows, whatever their number, and then a forest of it."""

import math
import time

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.batch import Batch, Floats
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.algorithms.amazon.training import NO_DATA, Run
from fieldstone.algorithms.randomcutforest import artifact
from fieldstone.algorithms.randomcutforest.forest import Forest, build
from fieldstone.algorithms.randomcutforest.joining import join
from fieldstone.algorithms.randomcutforest.judging import flag, judge
from fieldstone.algorithms.randomcutforest.model import score_features
from fieldstone.algorithms.randomcutforest.points import Points, dense_pieces
from fieldstone.algorithms.randomcutforest.sampling import Reservoir, deal
from fieldstone.contract.training import UserError

_SEED = 0x5EED
_DISTRIBUTIONS = {"train": "ShardedByS3Key", "test": "FullyReplicated"}
"""The only way in which AWS's program takes each channel."""


def train(run: Run) -> None:
    """Grow a forest from a sample of the training rows, and save it; tell what it finds among the test rows.

    Raises:
        UserError: There are fewer rows than trees, a channel is dealt out to hosts in another way than AWS takes, or
            the test rows have no labels of 0 and 1.
    """
    _check_distributions(run)
    trees, features = run.options["num_trees"], run.options["feature_dim"]
    capacity = trees * run.options["num_samples_per_tree"]
    # Hosts must not draw the same numbers, and the same job shall end in the same model.
    generator = np.random.default_rng([_SEED, *run.metrics.host.encode()])
    reservoir = Reservoir(capacity, features, generator)
    _sample(run, reservoir)
    (seen,) = run.peers.add(np.array([float(reservoir.seen)]))[0].tolist()
    if not seen:
        raise UserError(NO_DATA)
    if seen < trees:
        raise UserError(
            f"There are {seen:.0f} records in the training data, fewer than num_trees ({trees}): every tree needs one "
            "record at least. Provide more data, or reduce num_trees"
        )
    began = time.time()
    if run.peers.leads:
        log.info("Master node: building Random Cut Forest...")
        log.info("Gathering samples...")
    sample = join(reservoir, run.peers, capacity, features)
    if run.peers.leads:
        forest = _build(run, sample, generator, began)
        _save(run, forest)
        if run.test is not None:
            _judge(run, run.test, forest)


def describe(forest: Forest) -> str:
    """A forest in the words of AWS's log; nodes are cuts and leaves together."""
    nodes, depths = 2 * forest.leaves - 1, forest.depths
    listed = {"trees_num_nodes": nodes, "trees_depth": depths}
    parts = {
        "num_trees": forest.trees,
        "num_samples_in_forest": forest.trees * forest.sample_size,
        "num_samples_per_tree": forest.sample_size,
        "sample_dim": forest.features,
        "shingle_size": 1,
        **{name: f"[{''.join(f'{number}, ' for number in numbers)}]" for name, numbers in listed.items()},
        "max_num_nodes": nodes.max(),
        "min_num_nodes": nodes.min(),
        "avg_num_nodes": int(nodes.mean()),
        "max_tree_depth": depths.max(),
        "min_tree_depth": depths.min(),
        "avg_tree_depth": int(depths.mean()),
        "mem_size": forest.size,
    }
    return f"ForestInfo{{{', '.join(f'{name}: {value}' for name, value in parts.items())}}}"


def _check_distributions(run: Run) -> None:
    for name, source in run.sources.items():
        given, taken = source.channel.distribution, _DISTRIBUTIONS[name]
        if given != taken:
            raise UserError(
                "Unable to initialize the algorithm. Failed to validate input data configuration. (caused by "
                f"ValidationError)\n\nCaused by: '{given}' is not one of ['{taken}'] (S3DataDistributionType of "
                f"channel {name})"
            )


def _sample(run: Run, reservoir: Reservoir) -> None:
    started = time.time()
    log.info("Sampling training data...")
    for batch in run.train.batches():
        for rows in dense_pieces(batch.features):
            reservoir.offer(rows)
    log.info("Sampling training data completed.")
    seconds = time.time() - started
    run.metrics.record(started, {"epochs": 1, "update.time": 1000 * seconds})
    run.metrics.progress(100)
    run.metrics.seen(started, math.ceil(reservoir.seen / run.options["mini_batch_size"]), reservoir.seen)
    run.metrics.throughput(reservoir.seen, seconds)


def _build(run: Run, sample: Points, generator: np.random.Generator, began: float) -> Forest:
    log.info(f"{len(sample)} samples gathered")
    log.info("Building Random Cut Forest...")
    growing = time.time()
    forest = build(deal(sample, run.options["num_trees"], run.options["num_samples_per_tree"]), generator)
    grown = time.time()
    log.info(f"Random Cut Forest built: \n\n{describe(forest)}")
    times = {"fit_model.time": 1000 * (grown - growing), "finalize.time": 1000 * (grown - began)}
    run.metrics.record(began, {**times, "model.bytes": forest.size})
    return forest


def _save(run: Run, forest: Forest) -> None:
    began = time.time()
    log.info("Master node: Serializing the RandomCutForest model")
    artifact.save(forest, run.model)
    run.metrics.record(began, {"serialize_model.time": 1000 * (time.time() - began)})


def _check_labels(batch: Batch) -> None:
    found = 0 if batch.labels is None else batch.labels.shape[1]
    if batch.labels is None or found != 1:
        raise RecordError(
            0, f"Test records must have one label, and this one has {found}; a CSV with labels is text/csv;label_size=1"
        )
    labels = batch.labels[:, 0]
    if (wrong := ~np.isin(labels, (0, 1))).any():
        row = int(np.argmax(wrong))
        raise RecordError(
            row, f"Labels must be 1 for an anomaly and 0 for a normal record, and this one is {labels[row]:g}"
        )


def _judge(run: Run, test: Source, forest: Forest) -> None:
    """Say how well what stands out agrees with the labels: 1 for what is unusual, 0 for all else."""
    scores: list[NDArray[np.float64]] = []
    labels: list[Floats] = []
    for batch in test.batches(check=_check_labels):
        assert batch.labels is not None
        scores.append(score_features(forest, batch.features))
        labels.append(batch.labels[:, 0])
    if not scores:
        log.warn("There are no records in channel 'test'.")
        return
    quality = judge(flag(np.concatenate(scores)), np.concatenate(labels) == 1)
    asked = run.options["eval_metrics"]
    found = {"accuracy": quality.accuracy} if "accuracy" in asked else {}
    if "precision_recall_fscore" in asked:
        found |= {"precision": quality.precision, "recall": quality.recall, "f1": quality.f1}
    for name, value in found.items():
        run.metrics.quality(f"test {name}", "score", value)
        run.metrics.score("test", name, value)
