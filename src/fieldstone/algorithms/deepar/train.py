"""Training: from the job's channels to the model and its scores."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.amazon.channels import check_names
from fieldstone.algorithms.amazon.hyperparameters import AUTO
from fieldstone.algorithms.amazon.training import MODEL
from fieldstone.algorithms.deepar import model, schema, statistics
from fieldstone.algorithms.deepar.forecasting import judge
from fieldstone.algorithms.deepar.hosts import Known, Team
from fieldstone.algorithms.deepar.hyperparameters import Shape, find_shape
from fieldstone.algorithms.deepar.learning import Learner
from fieldstone.algorithms.deepar.network import Network
from fieldstone.algorithms.deepar.reading import Data, read
from fieldstone.algorithms.deepar.series import Series, SeriesError
from fieldstone.algorithms.deepar.stopping import Stop
from fieldstone.algorithms.deepar.telling import Telling
from fieldstone.algorithms.deepar.tensors import torch
from fieldstone.algorithms.deepar.windows import Norms, count_passes
from fieldstone.contract.training import Job, UserError

NAME = "AWS/DeepAR"
CHANNELS = ("train", "test")
NO_DATA = "No training data processed. The training channel is empty."
_SEED = 0x5EED


def train(job: Job, options: Options) -> None:
    """Learn from the channel `train`, save the model, and hold it against the channel `test`.

    Raises:
        UserError: A channel, a file or a hyperparameter is not what it must be.
    """
    began = time.time()
    stop = Stop()
    stop.watch()
    check_names(job.channels, CHANNELS)
    team = Team.gather(job)
    metrics = log.Metrics(NAME, job.current_host)
    data = {name: read(channel) for name, channel in job.channels.items()}
    try:
        known = team.meet(data["train"].series)
        shape = _find_shape(options, known, data["train"])
        _check(data, shape, known)
    except SeriesError as error:
        raise UserError(str(error)) from error
    _tell_of_data(data, known, options, team)
    norms = team.find_norms(data["train"].series, known.statistics.scale, shape.num_dynamic_feat)
    torch.manual_seed(_SEED)
    network = Network(shape)
    random = np.random.default_rng([_SEED, team.number])
    telling = Telling(metrics)
    metrics.record(began, {"initialize.time": 1000 * (time.time() - began)})
    found = Learner(network, norms, data["train"].series, options, team, telling, stop, random).learn()
    telling.finish(found.loss, found.epoch)
    log.info("All workers finished. Serializing model for prediction.")
    network.take(found.parameters)
    if team.peers.leads:
        job.layout.model.mkdir(parents=True, exist_ok=True)
        log.info(f"Serializing to {job.layout.model / MODEL}")
        given = (*(["cat"] if known.cardinality else []), *(["dynamic_feat"] if known.features else []))
        model.save(job.layout.model, model.Saved(shape, norms, given, found.parameters))
        log.info("Successfully serialized the model for prediction.")
    if "test" in data and not stop.asked:
        _judge(network, norms, data["test"].series, options, team, metrics)
    metrics.record(began, {"totaltime": 1000 * (time.time() - began)})


def _find_shape(options: Options, known: Known, data: Data) -> Shape:
    if not known.statistics.series:
        raise SeriesError(NO_DATA)
    found = {"cardinality": known.cardinality, "num_dynamic_feat": known.features}
    settled: dict[str, tuple[int, ...] | int] = {}
    for (name, there), field in zip(found.items(), ("cat", "dynamic_feat"), strict=True):
        settled[name] = schema.settle(options[name], there, field)
        was, will = ("was", "will") if there else ("was NOT", "will NOT")
        if options[name] == AUTO and data.first is not None:
            log.info(f"[{name}=auto] `{field}` field {was} found in the file `{data.first}` and {will} be used for training.")
        if options[name] == AUTO and there:
            value = list(there) if isinstance(there, tuple) else there
            log.info(f"[{name}=auto] Inferred value {name}={value} from dataset.")
    return find_shape(options, **settled)


def _check(data: Mapping[str, Data], shape: Shape, known: Known) -> None:
    for part in data.values():
        schema.check(part.series, shape.cardinality, shape.num_dynamic_feat)
        schema.check_range(part.series, shape.likelihood)
    counted = known.statistics
    if counted.observations < schema.ENOUGH:
        raise SeriesError(
            f"Very low number of time observations (found {counted.observations} observations in {counted.series} time "
            f"series). DeepAR requires at least {schema.ENOUGH} observations."
        )


def _tell_of_data(data: Mapping[str, Data], known: Known, options: Options, team: Team) -> None:
    log.info("Training set statistics:")
    for line in known.statistics.lines():
        log.info(line)
    passes, chance = count_passes(known.statistics.series * team.share("train"), options["mini_batch_size"])
    if passes > 1 and options["num_batches_per_epoch"] is None:
        log.info(f"Small number of time series. Doing {passes} passes over dataset with prob {chance} per epoch.")
    if "test" not in data:
        log.info("Test data is not provided.")
        return
    log.info("Test set statistics:")
    for line in statistics.measure(data["test"].series).lines():
        log.info(line)


def _judge(
    network: Network, norms: Norms, series: Sequence[Series], options: Options, team: Team, metrics: log.Metrics
) -> None:
    """Say how far the forecasts of the last points of test series are from these."""
    samples, levels = options["num_eval_samples"], options["test_quantiles"]
    log.info(f"Evaluating model accuracy on testset using {samples} samples")
    began = time.time()
    scored = judge(network, norms, team.own("test", series), samples, levels)
    errors = scored.add_up(team.peers.add)
    metrics.record(began, {"model.score.time": 1000 * (time.time() - began)})
    if not team.peers.leads:
        return
    if not errors.points:
        log.warn("No test series has a point in its last prediction_length points: there is nothing to score.")
        return
    scores = errors.scores(levels)
    for name, score in scores.items():
        log.info(f"#test_score ({metrics.host}, {name}): {score}")
    for name in ("RMSE", "mean_wQuantileLoss"):
        metrics.quality(f"test {name}", "loss", scores[name])
