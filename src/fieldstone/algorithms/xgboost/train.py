"""Training: from the job's documents and channels to `model/xgboost-model`."""

import os
import signal
import warnings
from collections.abc import Mapping
from itertools import compress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from fieldstone.algorithms.xgboost import log, ring
from fieldstone.algorithms.xgboost.boosting import boost
from fieldstone.algorithms.xgboost.callbacks import UNFINISHED, save
from fieldstone.algorithms.xgboost.channels import Source, find_sources, require_data
from fieldstone.algorithms.xgboost.hyperparameters import validate
from fieldstone.algorithms.xgboost.reading import Table, build, explain, read
from fieldstone.algorithms.xgboost.rows import Floats
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.training import Job, UserError

MODEL = "xgboost-model"
Sources = tuple[Source, Source | None]


def train(job: Job, version: Version) -> None:
    """Train a model as the image of this version would, and save it.

    Raises:
        UserError: A hyperparameter, a channel or the data are not what they must be.
    """
    options = validate(job.hyperparameters, version)
    _refuse_what_is_missing(options)
    warnings.showwarning = _log_warning
    log.info("Determined 0 GPU(s) available on the instance.")
    sources = find_sources(job.channels)
    if len(job.hosts) == 1:
        require_data(*sources)
        log.info("Single node training.")
        _learn(job, options, version, _read(options, *sources))
    else:
        _train_together(job, options, version, sources)


def _train_together(job: Job, options: dict[str, Any], version: Version, sources: Sources) -> None:
    log.info(f"Distributed node training with {len(job.hosts)} hosts: {list(job.hosts)}")
    has_data = all(source.has_data for source in sources if source is not None)
    table = _read(options, *sources) if has_data else None
    provided = ring.meet(job.hosts, job.current_host, has_data)
    hosts = list(compress(job.hosts, provided))
    if not hosts:
        require_data(*sources)
    if table is None:
        log.warn(f"Host {job.current_host} has no data. It takes no part in the training.")
        return
    with ring.join(hosts, job.current_host):
        _learn(job, options, version, table)


def _read(options: Mapping[str, Any], train: Source, validation: Source | None) -> Table:
    table = read(train, validation, weighted=options.get("csv_weights") == 1)
    _check_labels(table[0].labels, options.get("objective", ""))
    return table


def _learn(job: Job, options: dict[str, Any], version: Version, table: Table) -> None:
    data, checks = build(table, options.setdefault("nthread", _count_threads()))
    log.info(f"Train matrix has {data.num_row()} rows and {data.num_col()} columns")
    if checks is not None:
        log.info(f"Validation matrix has {checks.num_row()} rows")
    model = job.layout.model / MODEL
    model.parent.mkdir(parents=True, exist_ok=True)
    latest = model if options.get("save_model_on_termination") == "true" else None
    if latest:
        signal.signal(signal.SIGTERM, lambda number, frame: _stop(model.parent, number, frame))
    booster = boost(options, version, data, checks, checkpoints=job.checkpoints, latest=latest)
    if ring.leads():
        save(booster, model)


def _refuse_what_is_missing(options: Mapping[str, Any]) -> None:
    if "_kfold" in options or "_num_cv_round" in options:
        raise UserError("Cross-validation (_kfold) is not supported yet: leave out _kfold and _num_cv_round.")
    if options.get("use_dask_gpu_training") == "true":
        raise UserError("Dask GPU training is not supported here: leave out use_dask_gpu_training.")


def _count_threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))


def _check_labels(labels: Floats, objective: str) -> None:
    # Estimating the intercept from such labels fails first, with words that send the user to `base_score`.
    probable = objective in {"binary:logistic", "binary:logitraw", "reg:logistic"}
    if probable and np.any((labels < 0) | (labels > 1)):
        raise UserError("label must be in [0,1] for logistic regression")


def _stop(folder: Path, _number: int, _frame: FrameType | None) -> NoReturn:
    for file in folder.glob(f"*{UNFINISHED}"):
        file.unlink()
    ring.leave(0)


def _log_warning(message: Warning | str, *_: object) -> None:
    log.warn(" ".join(explain(message).split()))
