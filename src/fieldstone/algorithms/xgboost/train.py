"""Training: from the job's documents and channels to `model/xgboost-model`."""

import os
import signal
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import numpy as np
import xgboost

from fieldstone.algorithms.xgboost import log
from fieldstone.algorithms.xgboost.boosting import boost
from fieldstone.algorithms.xgboost.callbacks import UNFINISHED, save
from fieldstone.algorithms.xgboost.channels import find_sources
from fieldstone.algorithms.xgboost.hyperparameters import validate
from fieldstone.algorithms.xgboost.reading import explain, read
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.training import Job, UserError

MODEL = "xgboost-model"


def train(job: Job, version: Version) -> None:
    """Train a model as the image of this version would, and save it.

    Raises:
        UserError: A hyperparameter, a channel or the data are not what they must be.
    """
    options = validate(job.hyperparameters, version)
    _refuse_what_is_missing(job, options)
    warnings.showwarning = _log_warning
    log.info("Determined 0 GPU(s) available on the instance.")
    threads = options.setdefault("nthread", _count_threads())
    sources = find_sources(job.channels)
    data, checks = read(*sources, weighted=options.get("csv_weights") == 1, threads=threads)
    log.info("Single node training.")
    log.info(f"Train matrix has {data.num_row()} rows and {data.num_col()} columns")
    if checks is not None:
        log.info(f"Validation matrix has {checks.num_row()} rows")
    _check_labels(data, options.get("objective", ""))
    model = job.layout.model / MODEL
    model.parent.mkdir(parents=True, exist_ok=True)
    latest = model if options.get("save_model_on_termination") == "true" else None
    if latest:
        signal.signal(signal.SIGTERM, lambda number, frame: _stop(model.parent, number, frame))
    save(boost(options, version, data, checks, checkpoints=job.checkpoints, latest=latest), model)


def _refuse_what_is_missing(job: Job, options: Mapping[str, Any]) -> None:
    if len(job.hosts) > 1:
        raise UserError(f"Training on {len(job.hosts)} hosts is not supported yet: set InstanceCount to 1.")
    if "_kfold" in options or "_num_cv_round" in options:
        raise UserError("Cross-validation (_kfold) is not supported yet: leave out _kfold and _num_cv_round.")
    if options.get("use_dask_gpu_training") == "true":
        raise UserError("Dask GPU training is not supported here: leave out use_dask_gpu_training.")


def _count_threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))


def _check_labels(data: xgboost.DMatrix, objective: str) -> None:
    # Estimating the intercept from such labels fails first, with words that send the user to `base_score`.
    if objective in {"binary:logistic", "binary:logitraw", "reg:logistic"}:
        labels = data.get_label()
        if np.any((labels < 0) | (labels > 1)):
            raise UserError("label must be in [0,1] for logistic regression")


def _stop(folder: Path, _number: int, _frame: FrameType | None) -> NoReturn:
    for file in folder.glob(f"*{UNFINISHED}"):
        file.unlink()
    sys.exit(0)


def _log_warning(message: Warning | str, *_: object) -> None:
    log.warn(" ".join(explain(message).split()))
