"""Training: passes over the rows, each told in the log, then the best model, its scores and its file."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.training import NO_DATA, Run
from fieldstone.algorithms.linear_learner import model, training
from fieldstone.algorithms.linear_learner.agreeing import agree, require_classes
from fieldstone.algorithms.linear_learner.checkpoints import Checkpoints
from fieldstone.algorithms.linear_learner.course import Epoch
from fieldstone.algorithms.linear_learner.fitted import Fitted
from fieldstone.algorithms.linear_learner.judging import judge, objective
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.preparing import NoRows
from fieldstone.algorithms.linear_learner.rows import Passes, labels_of
from fieldstone.algorithms.linear_learner.rules import make_plan
from fieldstone.algorithms.linear_learner.training import Diverged, Model, Surroundings
from fieldstone.contract.training import UserError

_SEED = 0x5EED
_ALL = 100
CHANNELS = ("train", "validation", "test")


def train(run: Run) -> None:
    """Train the models that the hyperparameters ask for, and save the best.

    Several hosts come to the same model; what is told of all rows, the first one tells.

    Raises:
        UserError: Hyperparameters do not go together, or the data cannot be learnt from.
    """
    plan = make_plan(run.options)
    labels = labels_of(plan.predictor_type, plan.num_classes)
    passes = {
        name: Passes(source, run.options["mini_batch_size"], labels, run.peers)
        for name, source in sorted(run.sources.items(), key=lambda named: CHANNELS.index(named[0]))
    }
    form = agree(passes.values(), run.peers)
    checkpoints = Checkpoints(run.checkpoints, made_by(plan, form.width))
    found = _learn(run, plan, passes, checkpoints)
    fitted = Fitted.rounded(found.weights, plan.predictor_type, plan.loss, found.threshold)
    if run.peers.leads:
        log.info(f"Best model found for hyperparameters: {json.dumps(_describe(plan, found))}")
    for name, data in passes.items():
        scores = judge(data(), fitted, plan, run.options["accuracy_top_k"], run.peers)
        for score in scores if run.peers.leads else ():
            run.metrics.score(name, score.name, score.value)
            run.metrics.quality(f"{name} {score.name}", score.kind, score.value)
    if run.peers.leads:
        model.save(run.model, fitted)


def made_by(plan: Plan, width: int) -> str:
    """What checkpoints of these hyperparameters, but for those of when to end, and so many columns are known by."""
    lasting = replace(plan, epochs=1, early_stopping_patience=1, early_stopping_tolerance=1.0)
    return sha256(f"{width} {lasting}".encode()).hexdigest()


def _learn(run: Run, plan: Plan, passes: Mapping[str, Passes], checkpoints: Checkpoints) -> Model:
    telling = _Telling(run, plan, passes["train"])
    try:
        found = training.train(
            passes["train"],
            plan,
            np.random.default_rng(_SEED),
            validation=passes.get("validation"),
            around=Surroundings(run.peers, checkpoints, telling.tell),
        )
    except NoRows as error:
        raise UserError(NO_DATA) from error
    except Diverged as error:
        raise UserError(str(error)) from error
    if len(found.epochs) < plan.epochs:
        log.info("Early stopping condition met. Stopping training.")
        run.metrics.progress(_ALL)
    return found


class _Telling:
    """Tells the log of each pass when it ends."""

    def __init__(self, run: Run, plan: Plan, rows: Passes) -> None:
        self._run, self._plan, self._rows = run, plan, rows
        self._since = time.time()

    def tell(self, epoch: Epoch) -> None:
        """Say what a pass came to.

        Raises:
            UserError: All labels of the first one are of the same class.
        """
        if not epoch.number and self._plan.predictor_type != "regressor":
            require_classes(self._rows, self._run.peers)
        metrics, number, count = self._run.metrics, epoch.number, self._rows.count
        if self._run.peers.leads:
            self._tell_losses(epoch)
        metrics.progress(_ALL * (number + 1) // self._plan.epochs)
        metrics.seen(self._since, -(-count // self._run.options["mini_batch_size"]), count, epoch=number)
        metrics.throughput(count, time.time() - self._since)
        self._since = time.time()

    def _tell_losses(self, epoch: Epoch) -> None:
        metrics, number, name = self._run.metrics, epoch.number, objective(self._plan)
        losses = {"train": epoch.train, "validation": epoch.validation}
        known = {channel: loss for channel, loss in losses.items() if loss is not None}
        metrics.record(self._since, {f"{channel}_{name}": loss for channel, loss in known.items()}, epoch=number)
        for channel, loss in known.items():
            metrics.quality(f"{channel} {name}", "loss", loss, epoch=number)
        judged = epoch.train if epoch.validation is None else epoch.validation
        log.info(
            f"#early_stopping_criteria_metric: host={metrics.host}, epoch={number}, criteria={name}, value={judged}"
        )
        if epoch.improved:
            log.info(f"Epoch {number}: Loss improved. Updating best model")


def _describe(plan: Plan, found: Model) -> dict[str, float | str]:
    setting = found.setting
    return {
        "optimizer": plan.steps.optimizer,
        "learning_rate": setting.learning_rate,
        "l1": setting.l1,
        "wd": setting.wd,
        "lr_scheduler_step": setting.lr_scheduler_step,
        "lr_scheduler_factor": setting.lr_scheduler_factor,
        "lr_scheduler_minimum_lr": plan.steps.lr_scheduler_minimum_lr,
    }
