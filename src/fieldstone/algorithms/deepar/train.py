"""Training: from the job's channels to the model and its scores."""

import time
from collections.abc import Sequence

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.amazon.artifact import MODEL
from fieldstone.algorithms.deepar import model
from fieldstone.algorithms.deepar.forecasting import judge
from fieldstone.algorithms.deepar.hosts import Team
from fieldstone.algorithms.deepar.learning import Learner
from fieldstone.algorithms.deepar.network import Network
from fieldstone.algorithms.deepar.preparing import prepare
from fieldstone.algorithms.deepar.series import Series
from fieldstone.algorithms.deepar.stopping import Stop
from fieldstone.algorithms.deepar.telling import Telling
from fieldstone.algorithms.deepar.tensors import torch
from fieldstone.algorithms.deepar.windows import Norms
from fieldstone.contract.training import Job

NAME = "AWS/DeepAR"
_SEED = 0x5EED


def train(job: Job, options: Options) -> None:
    """Learn from the channel `train`, save the model, and hold it against the channel `test`.

    Raises:
        UserError: A channel, a file or a hyperparameter is not what it must be.
    """
    began = time.time()
    stop, metrics = Stop(), log.Metrics(NAME, job.current_host)
    stop.watch()
    if options["early_stopping_patience"] is not None:
        log.info(f"Using early stopping with patience {options['early_stopping_patience']}")
    team = Team.gather(job)
    data, shape, norms, given = prepare(job, options, team)
    seed = _SEED if options["_seed"] is None else options["_seed"]
    torch.manual_seed(seed)
    network = Network(shape)
    random = np.random.default_rng([seed, team.number])
    metrics.record(began, {"initialize.time": 1000 * (time.time() - began)})
    telling = Telling(metrics)
    found = Learner(network, norms, data["train"].series, options, team, telling, stop, random).learn()
    telling.finish(found.loss, found.epoch)
    network.take(found.parameters)
    if team.peers.leads:
        log.info("All workers finished. Serializing model for prediction.")
        log.info(f"Serializing to {job.layout.model / MODEL}")
        job.layout.model.mkdir(parents=True, exist_ok=True)
        model.save(job.layout.model, model.Saved(shape, norms, given, found.parameters))
        log.info("Successfully serialized the model for prediction.")
    if "test" in data and not stop.asked:
        _judge(network, norms, data["test"].series, options, team, metrics)
    metrics.record(began, {"totaltime": 1000 * (time.time() - began)})


def _judge(
    network: Network, norms: Norms, series: Sequence[Series], options: Options, team: Team, metrics: log.Metrics
) -> None:
    """Say how far the forecasts of the last points of test series are from these."""
    samples, levels = options["num_eval_samples"], options["test_quantiles"]
    log.info(f"Evaluating model accuracy on testset using {samples} samples")
    began = time.time()
    errors = judge(network, norms, team.own("test", series), samples, levels).add_up(team.peers.add)
    metrics.record(began, {"model.score.time": 1000 * (time.time() - began)})
    if not team.peers.leads:
        return
    if not errors.points:
        log.warn("No test series has a point among its last prediction_length ones: there is nothing to score.")
        return
    scores = errors.scores(levels)
    for name, score in scores.items():
        log.info(f"#test_score ({metrics.host}, {name}): {score}")
    for name in ("RMSE", "mean_wQuantileLoss"):
        metrics.quality(f"test {name}", "loss", scores[name])
