# pyright: reportMissingImports=false
"""Training: from a job's documents and channels to its model."""

import os
import signal
import sys
from functools import partial
from types import FrameType
from typing import NoReturn

import torch

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.image_classification import artifact, channels, graph
from fieldstone.algorithms.image_classification.augmenting import Preparation
from fieldstone.algorithms.image_classification.feeding import TOO_FEW, Feed
from fieldstone.algorithms.image_classification.hosts import Team
from fieldstone.algorithms.image_classification.hyperparameters import AUGMENTATIONS, Options
from fieldstone.algorithms.image_classification.keeping import Keeper, load_checkpoint, save_checkpoint
from fieldstone.algorithms.image_classification.loading import Loader
from fieldstone.algorithms.image_classification.network import Network, find_device, find_half
from fieldstone.algorithms.image_classification.pretrained import Beginning, find_beginning
from fieldstone.algorithms.image_classification.samples import Source
from fieldstone.algorithms.image_classification.scoring import make_loss
from fieldstone.algorithms.image_classification.symbol import UnknownNetworkError
from fieldstone.algorithms.image_classification.training import Training
from fieldstone.contract.training import Job, UserError

_SEED = 0x5EED


def train(job: Job, options: Options) -> None:
    """Train a model and leave it in the job's folder.

    Raises:
        UserError: A channel, an image or a label is not what it must be.
    """
    channels.check(job.channels, len(job.hosts))
    threads = _count_threads()
    log.info(f"Setting number of threads: {threads}")
    torch.set_num_threads(threads)
    sources = [channels.find_source(name, job.channels, options) for name in ("train", "validation")]
    _check_number(sources[0], options)
    nodes = graph.build(
        options["num_layers"], options["image_shape"], options["num_classes"], multi_label=options["multi_label"]
    )
    network = Network(nodes, options["image_shape"].channels)
    network.draw(_SEED)
    beginning = find_beginning(options, job.channels.get(channels.MODEL))
    if beginning is not None:
        _begin(network, beginning)
    team = Team(job.hosts, job.current_host)
    job.layout.model.mkdir(parents=True, exist_ok=True)
    if team.leads:
        artifact.save_network(job.layout.model, nodes, options["image_shape"])
    _warn(options, len(job.hosts))
    _learn(job, options, network, team, sources, threads)


def _learn(job: Job, options: Options, network: Network, team: Team, sources: list[Source], threads: int) -> None:
    keeper = Keeper(job.layout.model, options["checkpoint_frequency"])
    loss = make_loss(
        multi_label=options["multi_label"], weighted=options["use_weighted_loss"], labels=sources[0].labels
    )
    training = Training(network, options, loss, team, keeper)
    _resume(job, training)
    signal.signal(signal.SIGTERM, partial(_stop, training))
    kinds = AUGMENTATIONS.index(options["augmentation_type"]) + 1 if options["augmentation_type"] else 0
    preparation = Preparation(
        options["image_shape"], options["resize"], crops=kinds > 0, colours=kinds > 1, transforms=kinds > 2
    )
    loader = Loader(threads)
    feeds = [Feed(source, loader, preparation, options["mini_batch_size"], team) for source in sources]
    folder = job.checkpoints
    save = None if folder is None else partial(save_checkpoint, folder, keeper=keeper)
    training.run(feeds[0], feeds[1], save)


def _check_number(source: Source, options: Options) -> None:
    if source.labels is None:
        return
    count = len(source.labels)
    if count < options["mini_batch_size"]:
        raise UserError(
            f"{TOO_FEW} (The train channel has {count}, and mini_batch_size is {options['mini_batch_size']}.)"
        )
    if count != options["num_training_samples"]:
        log.warn(f"num_training_samples is {options['num_training_samples']}, and the train channel has {count} images")


def _begin(network: Network, beginning: Beginning) -> None:
    try:
        network.load(beginning.weights, without=beginning.without)
    except UnknownNetworkError as error:
        raise UserError(f"The model to begin with cannot be used: {beginning.file}: {error}") from error


def _resume(job: Job, training: Training) -> None:
    checkpoint = load_checkpoint(job.checkpoints)
    epochs = 0 if checkpoint is None else checkpoint.epochs
    if training.team.least(epochs) != -training.team.least(-epochs):
        raise UserError("The hosts have checkpoints of different epochs")
    if checkpoint is None or job.checkpoints is None:
        return
    try:
        training.resume(checkpoint)
    except (ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"The checkpoint of epoch {checkpoint.epochs} does not fit this job: {error}") from error
    log.info(f"Going on from the checkpoint after epoch {checkpoint.epochs - 1}")
    if training.team.leads:
        training.keeper.take_over(job.checkpoints, checkpoint)


def _warn(options: Options, hosts: int) -> None:
    if options["precision_dtype"] == "float16" and (half := find_half(find_device())) is not torch.float16:
        log.warn(f"precision_dtype=float16 needs a GPU: training in {'float32' if half is None else 'bfloat16'}")
    if options["kv_store"] == "dist_async" and hosts > 1:
        log.warn("kv_store=dist_async is not provided: the hosts learn as with dist_sync")
    if options["top_k"] is not None and options["multi_label"]:
        log.warn("top_k has no meaning with multi_label=1")


def _stop(training: Training, _number: int, _frame: FrameType | None) -> NoReturn:
    """End at once, as the job was told to; there is a model then, if only what was learnt until now."""
    keeper = training.keeper
    if training.team.leads:
        keeper.clean()
        if not keeper.kept:
            keeper.keep(training.network.weights(), None, training.begun + 1)
    sys.stdout.flush()
    os._exit(0)


def _count_threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
