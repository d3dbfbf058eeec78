"""Boosting: the call of XGBoost, with the parameters, metrics and callbacks that the hyperparameters ask for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xgboost
from xgboost import collective
from xgboost.callback import EarlyStopping

from fieldstone.algorithms.xgboost import log, ring
from fieldstone.algorithms.xgboost.callbacks import AfterRound, resume
from fieldstone.algorithms.xgboost.metrics import is_maximized, is_own, measure_with
from fieldstone.algorithms.xgboost.reading import explain
from fieldstone.algorithms.xgboost.versions import Version, translate
from fieldstone.contract.training import UserError

OURS = frozenset(
    {
        "num_round",
        "csv_weights",
        "early_stopping_rounds",
        "eval_metric",
        "save_model_on_termination",
        "use_dask_gpu_training",
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
)
"""Parts of XGBoost's messages that tell of a mistake in the data or the hyperparameters."""


def boost(
    options: Mapping[str, Any],
    version: Version,
    data: xgboost.DMatrix,
    checks: xgboost.DMatrix | None,
    *,
    checkpoints: Path | None = None,
    latest: Path | None = None,
) -> xgboost.Booster:
    """Train a booster, going on from the newest checkpoint.

    Args:
        options: Validated hyperparameters.
        version: The image's.
        data: The training data.
        checks: The validation data, if there are any.
        checkpoints: The folder for checkpoints, if they are wanted.
        latest: The file for the model after each round, if it is wanted.

    Raises:
        UserError: XGBoost finds fault with the data or the parameters.
    """
    metrics = choose_metrics(options)
    parameters = build_parameters(options, version, metrics, rows=data.num_row())
    own = [metric for metric in metrics if is_own(metric)]
    started, done = ring.share(resume(checkpoints)) if checkpoints else (None, 0)
    if started is not None:
        log.info(f"Resuming from iteration {done}")
    stopping = _early_stopping(options) if checks is not None else None
    try:
        return xgboost.train(
            parameters,
            data,
            num_boost_round=options["num_round"] - done,
            evals=[(data, "train"), (checks, "validation")] if checks is not None else [(data, "train")],
            custom_metric=measure_with(own, parameters["objective"]) if own else None,
            callbacks=[AfterRound(done, checkpoints=checkpoints, latest=latest, stopping=stopping)],
            xgb_model=started,
            verbose_eval=False,
        )
    except ValueError as error:
        if any(known in str(error) for known in USER_ERRORS):
            raise UserError(explain(error)) from error
        raise RuntimeError(f"XGB train call failed with exception: {explain(error)}") from error


def choose_metrics(options: Mapping[str, Any]) -> list[str]:
    """The metrics to compute: those asked for, and the tuning objective's."""
    asked = list(options.get("eval_metric", []))
    tuned = _tuned_metric(options)
    return sorted({*asked, tuned}) if tuned else asked


def build_parameters(options: Mapping[str, Any], version: Version, metrics: list[str], *, rows: int) -> dict[str, Any]:
    """XGBoost's parameters for the validated hyperparameters, translated from the image's version to ours."""
    parameters = {name: value for name, value in options.items() if name not in OURS}
    if native := [metric for metric in metrics if not is_own(metric)]:
        parameters["eval_metric"] = native
    parameters = translate(parameters, version, rows, alone=not collective.is_distributed())
    for name in ("monotone_constraints", "interaction_constraints"):
        if name in parameters:
            parameters[name] = str(parameters[name])
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    return parameters


def _early_stopping(options: Mapping[str, Any]) -> EarlyStopping | None:
    # As in the container: without a metric named by tuning or by eval_metric, nothing stops early.
    metric = _tuned_metric(options) or next(reversed(options.get("eval_metric", [])), None)
    rounds = options.get("early_stopping_rounds")
    if metric is None or rounds is None:
        return None
    return EarlyStopping(
        rounds=rounds,
        data_name="validation",
        metric_name=metric,
        maximize=is_maximized(metric),
        save_best=options.get("booster") != "gblinear",
    )


def _tuned_metric(options: Mapping[str, Any]) -> str | None:
    objective = options.get("_tuning_objective_metric")
    return objective.partition(":")[2] if objective else None
