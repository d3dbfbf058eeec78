"""Training: from the job's documents and channels to `model/xgboost-model`."""

import os
import signal
import warnings
from collections.abc import Mapping
from itertools import compress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from fieldstone.algorithms.xgboost import log, ring
from fieldstone.algorithms.xgboost.boosting import Kept, boost, looks_at_bins
from fieldstone.algorithms.xgboost.callbacks import UNFINISHED, save
from fieldstone.algorithms.xgboost.channels import Source, find_sources, require_data
from fieldstone.algorithms.xgboost.errors import explain
from fieldstone.algorithms.xgboost.folds import Plan, cross_validate
from fieldstone.algorithms.xgboost.hyperparameters import validate
from fieldstone.algorithms.xgboost.matrices import build, merge
from fieldstone.algorithms.xgboost.reading import Table, read
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
    _refuse_gpus(options)
    warnings.showwarning = _log_warning
    log.info("Determined 0 GPU(s) available on the instance.")
    sources = find_sources(job.channels)
    options.setdefault("nthread", _count_threads())
    if len(job.hosts) == 1:
        require_data(*sources)
        log.info("Single node training.")
        _learn(job, options, version, read(*sources, options))
    else:
        _train_together(job, options, version, sources)


def _train_together(job: Job, options: dict[str, Any], version: Version, sources: Sources) -> None:
    log.info(f"Distributed node training with {len(job.hosts)} hosts: {list(job.hosts)}")
    has_data = all(source.has_data for source in sources if source is not None)
    table, mistake = _try_to_read(sources, options) if has_data else (None, None)
    said: list[tuple[bool, str | None]] = ring.meet(job.hosts, job.current_host, (has_data, mistake))
    for _, reason in said:
        if reason is not None:  # all end with it: whoever ends first, it is the job's
            raise UserError(reason)
    hosts = list(compress(job.hosts, (provided for provided, _ in said)))
    if not hosts:
        require_data(*sources)
    if table is None:
        _tell_of_missing(job.current_host, sources)
        return
    with ring.join(hosts, job.current_host):
        _learn(job, options, version, table)


def _try_to_read(sources: Sources, options: Mapping[str, Any]) -> tuple[Table | None, str | None]:
    """The rows, or what is wrong with them: the other hosts shall not wait for one that has none."""
    try:
        return read(*sources, options), None
    except UserError as error:
        return None, str(error)


def _tell_of_missing(host: str, sources: Sources) -> None:
    for source in sources:
        if source is not None and not source.has_data:
            log.warn(
                f"Host {host} does not have {source.purpose} data. Will broadcast to cluster and this host {host} will "
                f"not be used in distributed training. Please divide the {source.purpose} data across instances "
                "properly."
            )


def _learn(job: Job, options: dict[str, Any], version: Version, table: Table) -> None:
    """Train on the rows of a table, which is used up."""
    folder = job.layout.model
    folder.mkdir(parents=True, exist_ok=True)
    saves = options.get("save_model_on_termination") == "true"
    if saves:
        signal.signal(signal.SIGTERM, lambda number, frame: _stop(folder, number, frame))
    if "_kfold" in options:
        counts = [sum(map(len, parts)) for parts in table if parts is not None]
        _tell_sizes(*counts, columns=table[0][0].features.shape[1])
        data, _ = build(merge(table), options)
        cross_validate(_plan(job, options, version), data)
        return
    data, checks = build(table, options, binned=looks_at_bins(options, version))
    _tell_sizes(*(matrix.num_row() for matrix in (data, checks) if matrix is not None), columns=data.num_col())
    model = folder / MODEL
    booster, _ = boost(options, version, data, checks, Kept(job.checkpoints, model if saves else None))
    if ring.leads():
        save(booster, model)


def _tell_sizes(rows: int, *checks: int, columns: int) -> None:
    log.info(f"Train matrix has {rows} rows and {columns} columns")
    for count in checks:
        log.info(f"Validation matrix has {count} rows")


def _plan(job: Job, options: Mapping[str, Any], version: Version) -> Plan:
    saves = options.get("save_model_on_termination") == "true"

    def name(fold: int) -> Path:
        return job.layout.model / f"{MODEL}-{fold}"

    def keep(fold: int) -> Kept:
        return Kept(job.checkpoints and job.checkpoints / f"model-{fold}", name(fold) if saves else None)

    return Plan(options, version, keep, name, job.layout.output_data)


def _refuse_gpus(options: Mapping[str, Any]) -> None:
    if options.get("use_dask_gpu_training") == "true":
        raise UserError("Dask GPU training is not supported here: leave out use_dask_gpu_training.")


def _count_threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))


def _stop(folder: Path, _number: int, _frame: FrameType | None) -> NoReturn:
    for file in folder.glob(f"*{UNFINISHED}"):
        file.unlink()
    ring.leave(0)


def _log_warning(message: Warning | str, *_: object) -> None:
    log.warn(" ".join(explain(message).split()))
