"""What happens after each round of boosting: the log's line, a checkpoint, the model as it is so far."""

from pathlib import Path
from typing import Any

import xgboost
from xgboost.callback import TrainingCallback

CHECKPOINTS_KEPT = 5
CHECKPOINT = "xgboost-checkpoint"
UNFINISHED = ".sagemaker-ignore"
"""What the name of a file ends with that is still being written; the platform uploads none of them."""


class AfterRound(TrainingCallback):
    """Prints a round's metrics as XGBoost does, and saves the model as it is so far where that is wanted.

    Args:
        start: The rounds of an earlier run, from which this one counts on.
        checkpoints: A folder for `xgboost-checkpoint.<round>`, of which the last five are kept.
        latest: The file of the finished model, for a job that may be stopped early.
    """

    def __init__(self, start: int, *, checkpoints: Path | None = None, latest: Path | None = None) -> None:
        super().__init__()
        self._start = start
        self._checkpoints = checkpoints
        self._latest = latest
        if checkpoints:
            checkpoints.mkdir(parents=True, exist_ok=True)

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print `[7]<TAB>train-rmse:1.23456<TAB>validation-rmse:2.34567`, and save; never stop the training."""
        done = self._start + epoch
        scores = [
            f"\t{data}-{metric}:{values[-1]:.5f}"
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        ]
        print(f"[{done}]{''.join(scores)}", flush=True)  # noqa: T201 - the log that metrics are read from
        if self._checkpoints:
            save(model, self._checkpoints / f"{CHECKPOINT}.{done}")
            (self._checkpoints / f"{CHECKPOINT}.{done - CHECKPOINTS_KEPT}").unlink(missing_ok=True)
        if self._latest:
            save(model, self._latest)
        return False


def save(model: xgboost.Booster, file: Path) -> None:
    """Write a model as UBJSON, the format of `save_model`, whole or not at all.

    The images up to 1.2 pickled their models; we write the same open format for every version, and read no pickles.
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
