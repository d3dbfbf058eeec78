"""A training: what an algorithm is given, and how a program comes to its end, good or bad."""

import time
from dataclasses import dataclass
from pathlib import Path

from fieldstone.algorithms.amazon import hyperparameters, log
from fieldstone.algorithms.amazon.algorithm import Algorithm, Options, OwnAlgorithm
from fieldstone.algorithms.amazon.artifact import MODEL
from fieldstone.algorithms.amazon.channels import Source, find_sources
from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.contract.training import Job, UserError, run

CUSTOMER_CODE = 2
"""How AWS's programs end where the user is to blame; 1 is for their own faults."""
NO_DATA = (
    "No training data processed. Either the training channel is empty or the mini-batch size is too high. Verify that "
    "training data contains non-empty files and the mini-batch size is less than the number of records per training "
    "host."
)


@dataclass(frozen=True, slots=True)
class Run:
    """One training on one host.

    Attributes:
        options: The hyperparameters, by name; None for those without a value and for `auto`.
        train: The rows to learn from.
        test: The rows of the second channel, if the job has it.
        peers: The other hosts.
        metrics: Says in the log what is measured.
        model: The file for the model; only the host that leads writes it.
        sources: All channels, by name.
        checkpoints: The folder for what an interrupted job goes on from, if the job has one.
    """

    options: Options
    train: Source
    test: Source | None
    peers: Peers
    metrics: log.Metrics
    model: Path
    sources: dict[str, Source]
    checkpoints: Path | None = None


def train(algorithm: Algorithm | OwnAlgorithm) -> int:
    """Train as this process's job says, and give back its exit code."""
    customer_errors: list[UserError] = []

    def attempt(job: Job) -> None:
        try:
            _start(algorithm, job)
        except UserError as error:
            log.error(f"Customer Error: {error}")
            customer_errors.append(error)
            raise UserError(f"ClientError: {error}") from error

    log.info("Docker entrypoint called with argument(s): train")
    code = run(attempt)
    return CUSTOMER_CODE if customer_errors else code


def _start(algorithm: Algorithm | OwnAlgorithm, job: Job) -> None:
    if isinstance(algorithm, Algorithm):
        _train(algorithm, job)
        return
    if algorithm.lack:
        raise UserError(algorithm.lack)
    algorithm.train(job)


def _train(algorithm: Algorithm, job: Job) -> None:
    started = time.time()
    options = hyperparameters.validate(algorithm.hyperparameters, job.hyperparameters)
    sources = find_sources(job.channels, algorithm, options.get("feature_dim"))
    log.info("Using default worker.")
    peers = Peers(job.hosts, job.current_host)
    metrics = log.Metrics(algorithm.name, job.current_host)
    metrics.record(started, {"initialize.time": _milliseconds(started)})
    main, *others = (sources.get(name) for name in algorithm.channels)
    assert main is not None
    job.layout.model.mkdir(parents=True, exist_ok=True)
    test = others[-1] if others else None
    if test is None:
        log.info("Test data is not provided.")
    algorithm.train(Run(options, main, test, peers, metrics, job.layout.model / MODEL, sources, job.checkpoints))
    metrics.record(started, {"totaltime": _milliseconds(started)})


def _milliseconds(since: float) -> float:
    return (time.time() - since) * 1000
