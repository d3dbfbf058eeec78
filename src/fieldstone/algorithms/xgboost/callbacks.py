"""What happens after each round of boosting: the log's line, a checkpoint, the model as it is so far."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xgboost
from xgboost.callback import EarlyStopping, TrainingCallback

from fieldstone.algorithms.xgboost import ring

CHECKPOINTS_KEPT = 5
CHECKPOINT = "xgboost-checkpoint"
UNFINISHED = ".sagemaker-ignore"
"""What the name of a file ends with that is still being written; the platform uploads none of them."""


class AfterRound(TrainingCallback):
    """Prints a round's metrics as XGBoost does, saves the model where that is wanted, then asks whether to stop.

    Of the hosts in a ring only the leading one prints and saves; they all come to the same verdict.

    One callback for all three: XGBoost keeps callbacks in a set and calls none after the first that wants to stop, so
    that the last round could go unprinted.

    Args:
        start: The rounds of an earlier run, from which this one counts on.
        checkpoints: A folder for `xgboost-checkpoint.<round>`, of which the last five are kept.
        latest: The file of the finished model, for a job that may be stopped early.
        stopping: XGBoost's own judge of whether a model still improves.
        names: What metrics are called in the log, as far as XGBoost calls them something else.
    """

    def __init__(
        self,
        start: int,
        *,
        checkpoints: Path | None = None,
        latest: Path | None = None,
        stopping: EarlyStopping | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._start = start
        self._checkpoints = checkpoints
        self._latest = latest
        self._stopping = stopping
        self._names = names or {}
        if checkpoints:
            checkpoints.mkdir(parents=True, exist_ok=True)

    def before_training(self, model: Any) -> Any:
        """Let the judge see the model that training begins with."""
        return self._stopping.before_training(model) if self._stopping else model

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print `[7]<TAB>train-rmse:1.23456<TAB>validation-rmse:2.34567`, save, and give the judge's verdict."""
        if ring.leads():
            self._record(model, self._start + epoch, evals_log)
        return self._stopping.after_iteration(model, epoch, evals_log) if self._stopping else False

    def after_training(self, model: Any) -> Any:
        """Let the judge cut off the rounds after the best."""
        return self._stopping.after_training(model) if self._stopping else model

    def _record(self, model: xgboost.Booster, done: int, evals_log: Any) -> None:
        tell(
            done,
            [
                (f"{data}-{self._names.get(metric, metric)}", values[-1])
                for data, metrics in evals_log.items()
                for metric, values in metrics.items()
            ],
        )
        if self._checkpoints:
            save(model, self._checkpoints / f"{CHECKPOINT}.{done}")
            (self._checkpoints / f"{CHECKPOINT}.{done - CHECKPOINTS_KEPT}").unlink(missing_ok=True)
        if self._latest:
            save(model, self._latest)


def tell(done: int, scores: Iterable[tuple[str, float]]) -> None:
    """Say in the log what metrics are after some rounds: the line that they are read from."""
    texts = [f"\t{name}:{value:.5f}" for name, value in scores]
    print(f"[{done}]{''.join(texts)}", flush=True)  # noqa: T201 - the log that metrics are read from


def save(model: xgboost.Booster, file: Path) -> None:
    """Write a model as UBJSON, the format of `save_model`, whole or not at all.

    The images up to 1.2 pickled their models; we write the same open format for every version.
    """
    growing = file.with_name(file.name + UNFINISHED)
    growing.write_bytes(model.save_raw("ubj"))
    growing.replace(file)


def resume(folder: Path) -> tuple[xgboost.Booster | None, int]:
    """The newest checkpoint that can be loaded, and the number of rounds it has; nothing and 0 without one."""
    found = [file for file in folder.glob(f"{CHECKPOINT}.*") if file.suffix[1:].isdigit()]
    for file in sorted(found, key=_round, reverse=True):
        try:
            return xgboost.Booster(model_file=file), _round(file) + 1
        except xgboost.core.XGBoostError:
            continue
    return None, 0


def _round(file: Path) -> int:
    return int(file.suffix[1:])
