"""Training: every host goes over its rows, and all take the same steps; the first one writes the model."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.training import NO_DATA, Run
from fieldstone.algorithms.factorization_machines import model
from fieldstone.algorithms.factorization_machines.joining import add, any_left
from fieldstone.algorithms.factorization_machines.judging import Tally
from fieldstone.algorithms.factorization_machines.plans import Plan
from fieldstone.algorithms.factorization_machines.rows import Pair, Rows
from fieldstone.algorithms.factorization_machines.training import Course, Share
from fieldstone.contract.training import UserError

_SEED = 0x5EED
_PUBLISHED = 500
"""After so many mini-batches the log tells of one; so it does on AWS."""


def train(run: Run) -> None:
    """Learn from the training rows, save the model, and tell how well it predicts the test rows.

    Raises:
        UserError: There are no rows, their labels are none to learn from, or the parameters have left the numbers.
    """
    plan = Plan.of(run.options)
    course = Course(plan, np.random.default_rng(_SEED))
    rows = Rows(run.train, plan.mini_batch_size, classifier=plan.classifier)
    # A host that is alone asks nobody.
    (hosts,) = run.peers.add(np.ones(1))[0]
    share = partial(add, run.peers) if hosts > 1 else None
    tally = Tally(classifier=plan.classifier)
    for epoch in range(plan.epochs):
        tally = _learn(run, plan, course, rows, epoch, share)
        if not course.parameters.finite:
            raise UserError(
                "The parameters are not finite any more. Choose lower learning rates (bias_lr, linear_lr, factors_lr), "
                "or clip_gradient"
            )
    if run.peers.leads:
        began = time.time()
        model.save(run.model, model.Fitted(course.parameters, plan.classifier))
        for score in tally.scores():
            run.metrics.quality(f"train {score.name}", score.kind, score.value)
        run.metrics.record(began, {"finalize.time": 1000 * (time.time() - began)})
    if run.test is not None:
        _score(run, run.test, plan, course)


def _learn(run: Run, plan: Plan, course: Course, rows: Rows, epoch: int, share: Share | None) -> Tally:
    """Go over the rows once; gives what was counted of them, on all hosts, each before it was learnt from."""
    started = time.time()
    tally = Tally(classifier=plan.classifier)
    batches = 0
    for batch, labels in _steps(run, rows, share, plan.features):
        scores = course.learn(batch, labels, share)
        tally.add(scores, labels)
        if batches % _PUBLISHED == 0:
            _tell_batch(run, plan, epoch, batches, (scores, labels))
        batches += 1
    records, seconds = int(tally.sums[0]), time.time() - started
    tally.sums = run.peers.add(tally.sums)[0]
    if not tally.sums[0]:
        raise UserError(NO_DATA)
    for score in tally.scores():
        run.metrics.quality(f"train {score.name}", score.kind, score.value, epoch=epoch)
    run.metrics.record(started, {"epochs": plan.epochs, "update.time": 1000 * seconds}, epoch=epoch)
    run.metrics.progress(round(100 * (epoch + 1) / plan.epochs, 6))
    run.metrics.seen(started, batches, records, epoch)
    run.metrics.throughput(records, seconds)
    return tally


def _tell_batch(run: Run, plan: Plan, epoch: int, batch: int, found: tuple[np.ndarray, np.ndarray]) -> None:
    tally = Tally(classifier=plan.classifier)
    tally.add(*found)
    for score in tally.scores():
        run.metrics.quality(f"batch={batch} train {score.name}", score.kind, score.value, epoch=epoch)


def _steps(run: Run, rows: Callable[[], Iterator[Pair]], share: Share | None, width: int) -> Iterator[Pair]:
    """The mini-batches of this host; where others have more, then empty ones, as all take as many steps."""
    if share is None:
        yield from rows()
        return
    own = rows()
    while True:
        pair = next(own, None)
        if not any_left(run.peers, here=pair is not None):
            return
        yield pair or (csr_matrix((0, width), dtype=np.float32), np.empty(0, np.float32))


def _score(run: Run, test: Source, plan: Plan, course: Course) -> None:
    """Say how well the test rows are predicted; of rows that all hosts have, those of the first one."""
    tally = Tally(classifier=plan.classifier)
    if run.peers.leads or test.channel.distribution == "ShardedByS3Key":
        for rows, labels in Rows(test, plan.mini_batch_size, classifier=plan.classifier)():
            tally.add(course.parameters.scores(rows), labels)
    tally.sums = run.peers.add(tally.sums)[0]
    if not run.peers.leads:
        return
    if not tally.sums[0]:
        log.warn("There are no records in channel 'test'.")
    for score in tally.scores():
        run.metrics.quality(f"test {score.name}", score.kind, score.value)
        run.metrics.score("test", score.name, score.value)
