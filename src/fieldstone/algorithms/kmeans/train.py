"""Training: every host goes over its rows; the first one merges what all know of theirs, and finds the centres."""

import time
from collections.abc import Iterable, Iterator
from itertools import count
from zlib import crc32

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.rows import Rows, in_batches, length
from fieldstone.algorithms.amazon.training import NO_DATA, Run
from fieldstone.algorithms.kmeans import model
from fieldstone.algorithms.kmeans.geometry import Floats
from fieldstone.algorithms.kmeans.reducing import Lloyd
from fieldstone.algorithms.kmeans.sending import pack, unpack
from fieldstone.algorithms.kmeans.training import (
    Plan,
    Summary,
    TooFewRows,
    evaluate,
    finish,
    merge,
    require_rows,
    summarise,
)
from fieldstone.contract.training import UserError

_AUTO = 10
"""What `auto` stands for: so AWS's log says of `extra_center_factor`, and it tells of as many trials."""
_SEED = 0x5EED


def train(run: Run) -> None:
    """Find the centres of the training rows, and save them; tell how far the test rows are from them.

    Raises:
        UserError: There are no rows, or fewer than centres are asked for.
    """
    plan = _plan(run.options)
    draws = np.random.default_rng([_SEED, crc32(run.metrics.host.encode())])
    own = _summarise(run, plan, draws)
    began = time.time()
    centers = _find(run, plan, own, draws)
    run.metrics.record(began, {"finalize.time": 1000 * (time.time() - began)})
    if run.test is not None:
        _score(run, run.test, centers)


def _plan(options: Options) -> Plan:
    if options["extra_center_factor"] is None:
        log.info(f"'extra_center_factor' was set to 'auto', evaluated to {_AUTO}.")
    return Plan(
        k=options["k"],
        extra_center_factor=options["extra_center_factor"] or _AUTO,
        init_method=options["init_method"],
        half_life_time_size=options["half_life_time_size"],
        epochs=options["epochs"],
        local_lloyd=Lloyd(
            init_method=options["local_lloyd_init_method"],
            max_iter=options["local_lloyd_max_iter"],
            trials=options["local_lloyd_num_trials"] or _AUTO,
            tol=options["local_lloyd_tol"],
        ),
    )


def _summarise(run: Run, plan: Plan, draws: np.random.Generator) -> Summary | None:
    """What this host knows; None if it has no rows."""
    numbers = count()
    try:
        return summarise(lambda: _epoch(run, next(numbers)), plan, draws)
    except TooFewRows:
        return None


def _epoch(run: Run, number: int) -> Iterator[Rows]:
    """The mini-batches of one epoch, and at its end its lines in the log."""
    size, started = run.options["mini_batch_size"], time.time()
    batches = records = 0
    for rows in _mini_batches(run.train.batches(number), size):
        if not number and not batches and length(rows) < size:
            log.warn(
                f"Batch size {size} is bigger than the first batch data. "
                f"Effective batch size used to initialize is {length(rows)}"
            )
        yield rows
        batches += 1
        records += length(rows)
    seconds = time.time() - started
    log.info(f"processed a total of {records} examples")
    run.metrics.record(started, {"epochs": 1, "update.time": 1000 * seconds})
    run.metrics.progress(100 * (number + 1) / run.options["epochs"])
    run.metrics.seen(started, batches, records, number)
    run.metrics.throughput(records, seconds)


def _find(run: Run, plan: Plan, own: Summary | None, draws: np.random.Generator) -> Floats:
    """The centres, on every host; the first one finds them, from what all hosts know, and saves them."""
    (rows,) = run.peers.add(np.array([float(own.rows if own else 0)]))
    if not rows[0]:
        raise UserError(NO_DATA)
    try:
        require_rows(int(rows[0]), plan.k)
    except TooFewRows as error:
        raise UserError(str(error)) from error
    words = run.peers.gather(b"" if own is None or run.peers.leads else pack(own))
    centers = np.zeros((plan.k, run.options["feature_dim"]))
    if run.peers.leads:
        parts = [*([own] if own else []), *(unpack(word) for word in words if word)]
        centers = _reduce(run, merge(parts, plan), plan, draws)
        model.save(run.model, centers)
    return run.peers.add(centers)[0]


def _reduce(run: Run, summary: Summary, plan: Plan, draws: np.random.Generator) -> Floats:
    log.info(f"shrinking {len(summary.centers.places)} centers into {plan.k}")
    found = finish(summary, plan, draws)
    for number, msd in enumerate(found.attempts):
        log.info(f"local kmeans attempt #{number}. Current mean square distance {msd:f}")
    log.info(f"finished shrinking process. Mean Square Distance = {int(min(found.attempts))}")
    run.metrics.quality("train msd", "loss", found.msd)
    return found.centers


def _score(run: Run, test: Source, centers: Floats) -> None:
    """Say how far the test rows are from their centres; of rows that all hosts have, those of the first one."""
    rows, total = 0, 0.0
    if run.peers.leads or test.channel.distribution == "ShardedByS3Key":
        for batch in _mini_batches(test.batches(), run.options["mini_batch_size"]):
            rows += length(batch)
            total += evaluate([batch], centers)["ssd"]
    counts, totals = run.peers.add(np.array([float(rows)]), np.array([total]))
    if not run.peers.leads or not counts[0]:
        return
    found = {"msd": float(totals[0] / counts[0]), "ssd": float(totals[0])}
    for name in run.options["eval_metrics"]:
        run.metrics.quality(f"test {name}", "loss", found[name])
        run.metrics.score("test", name, found[name])


def _mini_batches(batches: Iterable[Batch], size: int) -> Iterator[Rows]:
    """The rows of a channel as many at a time as was asked for, however they were read."""
    return (rows for (rows,) in in_batches(((batch.features,) for batch in batches), size))
