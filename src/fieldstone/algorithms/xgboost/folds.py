"""Cross-validation, as the container does it for `_kfold`: a model for each fold, and what it says of rows unseen."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from fieldstone.algorithms.xgboost import log, ring
from fieldstone.algorithms.xgboost.boosting import Kept, Scores, boost
from fieldstone.algorithms.xgboost.callbacks import save, tell
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.training import UserError

Places = NDArray[np.int64]
PREDICTIONS = "predictions.csv"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to cross-validate.

    Attributes:
        options: The hyperparameters, `_kfold` among them.
        version: The image's.
        keep: Where the model of a fold is left, by the fold's number, before it is done.
        name: The file for the finished model of a fold.
        output: The folder for the predictions.
    """

    options: Mapping[str, Any]
    version: Version
    keep: Callable[[int], Kept]
    name: Callable[[int], Path]
    output: Path

    @property
    def folds(self) -> int:
        """How many parts the rows are dealt into."""
        return self.options["_kfold"]

    @property
    def repeats(self) -> int:
        """How often they are."""
        return self.options.get("_num_cv_round", 1)

    @property
    def classes(self) -> bool:
        """Whether the labels are classes, of which each fold then has its share."""
        return "num_class" in self.options or self.options.get("objective", "").startswith("binary:")


def cross_validate(plan: Plan, data: xgboost.DMatrix) -> None:
    """Train a model for each fold, on the other folds, and keep it and what it predicts for its fold.

    The metrics of a fold are those of the rows that it learnt from, and of those that it did not see. In the container
    both are of the whole channels.

    Args:
        plan: How to.
        data: All rows.

    Raises:
        UserError: The rows cannot be dealt into so many folds.
    """
    rows = data.num_row()
    log.info(f"Run {plan.repeats}-round of {plan.folds}-fold cross validation with {rows} rows")
    predictions = np.zeros((plan.repeats, rows, 1 + plan.classes))
    scores: list[Scores] = []
    for number, (seen, unseen) in enumerate(_split(plan, data)):
        log.info(f"Train cross validation fold {number % plan.folds + 1}")
        others, fold = data.slice(seen), data.slice(unseen)
        booster, found = boost(plan.options, plan.version, others, fold, plan.keep(number))
        scores.append(found)
        predictions[number // plan.folds, unseen] = _predict(booster, fold, plan)
        if ring.leads():
            save(booster, plan.name(number))
        if (number + 1) % plan.folds == 0:
            log.info(f"The metrics of round {(number + 1) // plan.folds} cross validation")
            _tell_means(plan, scores[-plan.folds :])
    _write(plan.output, ring.gather(np.column_stack([data.get_label(), _combine(predictions)])))
    if plan.repeats > 1:
        log.info(f"The overall metrics of {plan.repeats}-round cross validation")
        _tell_means(plan, scores)


def _split(plan: Plan, data: xgboost.DMatrix) -> Iterator[tuple[Places, Places]]:
    """The rows to learn from and those of the fold, fold by fold; the same for the same `seed`."""
    if data.get_uint_info("group_ptr").size:
        raise UserError("Cross validation (_kfold) does not go with rows that are grouped by qid.")
    modules: dict[str, Any] = sys.modules
    if modules.get("sklearn", sys) is None:  # forbidden, so that XGBoost starts sooner
        del modules["sklearn"]
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold  # noqa: PLC0415 - see above

    kind = RepeatedStratifiedKFold if plan.classes else RepeatedKFold
    seed = plan.options.get("seed", 0) % 2**32
    splitter = kind(n_splits=plan.folds, n_repeats=plan.repeats, random_state=seed)
    try:
        yield from splitter.split(np.zeros(data.num_row()), data.get_label())
    except ValueError as error:
        raise UserError(f"Cross validation: {error}") from error


def _predict(booster: xgboost.Booster, fold: xgboost.DMatrix, plan: Plan) -> NDArray[np.float64]:
    """For each row of a fold the value, (n, 1), or the probability of the likeliest class, and the class, (n, 2).

    Of two classes it is the probability of the second; without probabilities, what the objective gives instead.
    """
    objective = plan.options.get("objective", "")
    values = booster.predict(fold, output_margin=objective == "multi:softmax").astype(np.float64)
    if not plan.classes:
        return values[:, np.newaxis]
    if objective == "multi:softmax":
        values = np.exp(values - values.max(axis=1, keepdims=True))
        values /= values.sum(axis=1, keepdims=True)
    if values.ndim == 2:
        return np.column_stack([values.max(axis=1), values.argmax(axis=1)])
    classes = values > (0.0 if objective == "binary:logitraw" else 0.5)
    return np.column_stack([values, classes.astype(np.float64)])


def _combine(predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the repeats' predictions, (repeats, n, 1 or 2): mean value, or mean probability and most frequent class."""
    means = predictions[:, :, 0].mean(axis=0)
    if predictions.shape[2] == 1:
        return means[:, np.newaxis]
    classes = predictions[:, :, 1]
    found = np.unique(classes)
    votes = np.stack([(classes == label).sum(axis=0) for label in found])
    return np.column_stack([means, found[votes.argmax(axis=0)]])


def _tell_means(plan: Plan, scores: list[Scores]) -> None:
    # A fold that an earlier run has finished has no metrics in this one.
    measured = [found for found in scores if found]
    if not measured or not ring.leads():
        return
    names = [(data, metric) for metric in measured[0]["train"] for data in ("train", "validation")]
    means = [float(np.mean([found[data][metric][-1] for found in measured])) for data, metric in names]
    tell(plan.options["num_round"], zip((f"{data}-{metric}" for data, metric in names), means, strict=True))


def _write(folder: Path, table: NDArray[np.float64]) -> None:
    if ring.leads():
        folder.mkdir(parents=True, exist_ok=True)
        log.info(f"Storing predictions on validation set(s) in {folder / PREDICTIONS}")
        np.savetxt(folder / PREDICTIONS, table, delimiter=",", fmt="%f")
