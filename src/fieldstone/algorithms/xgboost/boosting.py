"""Boosting: the call of XGBoost, with the parameters, metrics and callbacks that the hyperparameters ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xgboost
from xgboost import collective
from xgboost.callback import EarlyStopping

from fieldstone.algorithms.xgboost import log, ring
from fieldstone.algorithms.xgboost.callbacks import AfterRound, resume
from fieldstone.algorithms.xgboost.errors import explain
from fieldstone.algorithms.xgboost.metrics import is_maximized, is_own, measure_with
from fieldstone.algorithms.xgboost.versions import Version, translate
from fieldstone.contract.training import UserError

Scores = dict[str, dict[str, list[float]]]

OURS = frozenset(
    {
        "num_round",
        "csv_weights",
        "early_stopping_rounds",
        "eval_metric",
        "save_model_on_termination",
        "use_dask_gpu_training",
        "_kfold",
        "_num_cv_round",
        "_tuning_objective_metric",
    }
)
"""Hyperparameters that are not handed to XGBoost as they are."""

USER_ERRORS = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "feature_names mismatch",
    "preds.size() == info.labels",
    "the dataset only contains pos or neg samples",
    "base_score must be in (0,1)",
    "label must be nonnegative",
    "reg_lambda",
    "can not be used to create new trees",
    "doesn't support distributed training",
    "Weights must be positive values",
)
"""Parts of XGBoost's messages that tell of a mistake in the data or the hyperparameters."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a training leaves something before its end.

    Attributes:
        checkpoints: The folder for checkpoints, if they are wanted.
        latest: The file for the model after each round, if it is wanted.
    """

    checkpoints: Path | None = None
    latest: Path | None = None


def boost(
    options: Mapping[str, Any],
    version: Version,
    data: xgboost.DMatrix,
    checks: xgboost.DMatrix | None,
    kept: Kept = Kept(),
) -> tuple[xgboost.Booster, Scores]:
    """Train a booster, going on from the newest checkpoint.

    Args:
        options: Validated hyperparameters.
        version: The image's.
        data: The training data.
        checks: The validation data, if there are any.
        kept: What is kept meanwhile.

    Returns:
        The model, and its metrics after each round: lists by the names of data and metric.

    Raises:
        UserError: XGBoost finds fault with the data or the parameters.
    """
    metrics = choose_metrics(options)
    parameters = build_parameters(options, version, metrics, rows=data.num_row())
    own = [metric for metric in metrics if is_own(metric)]
    started, done = ring.share(resume(kept.checkpoints)) if kept.checkpoints else (None, 0)
    if started is not None:
        log.info(f"Resuming from iteration {done}")
    stopping = _early_stopping(options) if checks is not None else None
    names = {_native_name(metric, options): metric for metric in metrics}
    scores: Scores = {}
    try:
        booster = xgboost.train(
            parameters,
            data,
            num_boost_round=options["num_round"] - done,
            evals=[(data, "train"), (checks, "validation")] if checks is not None else [(data, "train")],
            custom_metric=measure_with(own, parameters["objective"]) if own else None,
            callbacks=[
                AfterRound(done, checkpoints=kept.checkpoints, latest=kept.latest, stopping=stopping, names=names)
            ],
            evals_result=scores,
            xgb_model=started,
            verbose_eval=False,
        )
    except ValueError as error:
        raise _blame(error, options) from error
    return booster, {
        data: {names.get(metric, metric): values for metric, values in metrics.items()}
        for data, metrics in scores.items()
    }


def _blame(error: ValueError, options: Mapping[str, Any]) -> Exception:
    """What to raise: alone on a host, XGBoost fails over nothing but data and parameters."""
    reason = explain(error)
    if "base_score" in reason and "base_score" not in options:
        reason += " (it is the mean of the labels, which are all the same)"
    if any(known in str(error) for known in USER_ERRORS):
        return UserError(reason)
    reason = f"XGB train call failed with exception:\n {reason}"
    return RuntimeError(reason) if collective.is_distributed() else UserError(reason)


def choose_metrics(options: Mapping[str, Any]) -> list[str]:
    """The metrics to compute: those asked for, and the tuning objective's."""
    asked = list(options.get("eval_metric", []))
    tuned = _tuned_metric(options)
    return sorted({*asked, tuned}) if tuned else asked


def build_parameters(options: Mapping[str, Any], version: Version, metrics: list[str], *, rows: int) -> dict[str, Any]:
    """XGBoost's parameters for the validated hyperparameters, translated from the image's version to ours."""
    parameters = {name: value for name, value in options.items() if name not in OURS}
    if native := [_native_name(metric, options) for metric in metrics if not is_own(metric)]:
        parameters["eval_metric"] = native
    parameters = translate(parameters, version, rows, alone=not collective.is_distributed())
    for name in ("monotone_constraints", "interaction_constraints"):
        if name in parameters:
            parameters[name] = str(parameters[name])
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    return parameters


def looks_at_bins(options: Mapping[str, Any], version: Version) -> bool:
    """Whether trees are grown by `hist`, which looks at nothing but the bins that numbers fall into."""
    if {"updater", "process_type"} & options.keys() or options.get("booster", "gbtree") != "gbtree":
        return False
    method = options.get("tree_method", "auto")
    return method in {"hist", "gpu_hist"} or (method == "auto" and version.estimates_intercept)


def _early_stopping(options: Mapping[str, Any]) -> EarlyStopping | None:
    # As in the container: without a metric named by tuning or by eval_metric, nothing stops early.
    metric = _tuned_metric(options) or next(reversed(options.get("eval_metric", [])), None)
    rounds = options.get("early_stopping_rounds")
    if metric is None or rounds is None:
        return None
    return EarlyStopping(
        rounds=rounds,
        data_name="validation",
        metric_name=_native_name(metric, options),
        maximize=is_maximized(metric),
        save_best=options.get("booster") != "gblinear",
    )


def _native_name(metric: str, options: Mapping[str, Any]) -> str:
    """What XGBoost calls a metric: this one not without its power, which the container's expression does not expect."""
    if metric == "tweedie-nloglik":
        return f"{metric}@{options.get('tweedie_variance_power', 1.5):g}"
    return metric


def _tuned_metric(options: Mapping[str, Any]) -> str | None:
    objective = options.get("_tuning_objective_metric")
    return objective.partition(":")[2] if objective else None
