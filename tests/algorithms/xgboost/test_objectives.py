"""Every objective and every metric that can be asked for: it trains, and the log has what the expression looks for."""

import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest
import sklearn.metrics as theirs
import xgboost

from fieldstone.algorithms.xgboost.boosting import boost
from fieldstone.algorithms.xgboost.hyperparameters import TABLE, validate
from fieldstone.algorithms.xgboost.matrices import build
from fieldstone.algorithms.xgboost.metrics import MAXIMIZE, MINIMIZE
from fieldstone.algorithms.xgboost.rows import Rows
from fieldstone.algorithms.xgboost.versions import Version

OBJECTIVES = next(row.accepted for row in TABLE if row.name == "objective")
EXPRESSIONS = {
    metric["name"]: re.compile(metric["regex"])
    for metric in tomllib.loads((files("fieldstone.algorithms.xgboost") / "algorithm.toml").read_text())["metrics"]
}
OFTEN = ("mphe", "rmsle", "mae", "rmse", "error", "logloss", "poisson-nloglik", "gamma-nloglik")
OF_CLASSES = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "precision_macro", "recall_macro", "precision_micro")
FITTING = {
    "binary": ("auc", "aucpr", "map", "ndcg", "f1_binary", "precision", "recall", "recall_micro", *OF_CLASSES, *OFTEN),
    "multi": ("merror", "mlogloss", "recall_micro", *OF_CLASSES),
    "rank": ("auc", "map", "ndcg"),
    "reg": ("mape", "mse", "r2", "tweedie-nloglik", "gamma-deviance", "cox-nloglik", *OFTEN),
    "count": ("poisson-nloglik", "mse", "r2", "rmse"),
    "survival": ("cox-nloglik", "mae"),
}
"""Metrics by the kind of objective."""


def make_data(objective, rows=60):
    draw = np.random.default_rng(3)
    features = draw.normal(size=(rows, 3)).astype(np.float32)
    labels = (features[:, 0] + draw.normal(size=rows) * 0.3 > 0).astype(np.float32)
    if objective.startswith("multi:"):
        labels += features[:, 1] > 0
    elif objective == "reg:logistic":
        labels = labels / 2 + 0.25
    elif objective.startswith(("count:", "survival:", "reg:")):
        labels = np.exp(features[:, 0]).round(3)
    groups = np.repeat(np.arange(rows // 10, dtype=np.uint32), 10) if objective.startswith("rank:") else None
    return Rows(labels, features, groups=groups)


def train(objective, metrics, **given):
    texts = {"num_round": "2", "nthread": "1", "objective": objective, "eval_metric": ",".join(metrics), **given}
    if objective.startswith("multi:"):
        texts["num_class"] = "3"
    version = Version(3, 0, 5)
    options = validate(texts, version)
    data, checks = build(([make_data(objective)], [make_data(objective, 40)]), options)
    return boost(options, version, data, checks), data


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_objective_trains_and_its_metrics_are_found_in_the_log(objective, capsys):
    """By the expressions of tuning jobs, for both channels."""
    metrics = FITTING[objective.partition(":")[0]]
    if objective == "survival:aft":
        metrics = ("aft-nloglik", "interval-regression-accuracy", "mae")
    train(objective, metrics)
    line = capsys.readouterr().out.splitlines()[-1].replace("\t", "#011")

    for metric in metrics:
        for data in ("train", "validation"):
            found = EXPRESSIONS[f"{data}:{metric}"].match(line)
            assert found is not None, (metric, line)
            assert np.isfinite(float(found[1]))


def test_no_metric_is_left_out_above():
    """All that can be asked for are."""
    tried = {metric for metrics in FITTING.values() for metric in metrics}

    assert {*MAXIMIZE, *MINIMIZE} == tried | {"aft-nloglik", "interval-regression-accuracy"}


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob", "multi:softmax", "count:poisson"])
def test_the_metrics_of_a_training_are_scikit_learns_of_its_margins(objective):
    """Class 1 is where the margin is above 0; of several classes it is the one with the largest."""
    binary = objective == "binary:logistic"
    names = ("accuracy", "f1", "balanced_accuracy", *(("precision", "recall") if binary else ()))
    if objective == "count:poisson":
        names = ("mse", "r2")
    (booster, scores), data = train(objective, names)
    margins, labels = booster.predict(data, output_margin=True), data.get_label()
    classes = margins.argmax(axis=1) if margins.ndim == 2 else margins > 0
    values = booster.predict(data)
    formulas = {
        "accuracy": lambda: theirs.accuracy_score(labels, classes),
        "f1": lambda: theirs.f1_score(labels, classes, average="macro"),
        "balanced_accuracy": lambda: theirs.balanced_accuracy_score(labels, classes),
        "precision": lambda: theirs.precision_score(labels, classes),
        "recall": lambda: theirs.recall_score(labels, classes),
        "mse": lambda: theirs.mean_squared_error(labels, values),
        "r2": lambda: theirs.r2_score(labels, values),
    }

    for name in names:
        assert scores["train"][name][-1] == pytest.approx(formulas[name](), rel=1e-5), name


def test_a_power_of_its_own_does_not_change_the_metrics_name():
    """XGBoost adds it; the container's expression has no place for it. It decides when to stop, too."""
    (_, scores), _ = train("reg:tweedie", ("tweedie-nloglik",), tweedie_variance_power="1.3", early_stopping_rounds="1")

    assert list(scores["validation"]) == ["tweedie-nloglik"]


def test_a_negative_time_says_that_nothing_has_happened_yet():
    """For survival:aft as for survival:cox: a later time is no mistake then."""
    features = np.zeros((4, 1), np.float32)
    labels = np.array([1, -5, 2, -9], np.float32)
    data, _ = build(([Rows(labels, features)], None), {"objective": "survival:aft", "nthread": 1})

    assert data.get_float_info("label_lower_bound").tolist() == [1, 5, 2, 9]
    assert data.get_float_info("label_upper_bound").tolist() == [1, np.inf, 2, np.inf]


def test_bins_alone_make_the_model_that_the_whole_table_makes(monkeypatch):
    """Of a large table nothing else is kept, in whatever pieces it was read."""
    draw = np.random.default_rng(1)
    table = draw.normal(size=(5000, 6)).astype(np.float32)
    table[draw.random(table.shape) < 0.1] = np.nan
    labels, weights = (draw.random(5000) > 0.4).astype(np.float32), draw.random(5000).astype(np.float32)
    pieces = [
        Rows(labels[at : at + 999], table[at : at + 999, 1:], weights[at : at + 999]) for at in range(0, 5000, 999)
    ]
    options = {"nthread": 1, "max_bin": 64, "objective": "binary:logistic", "num_round": 3}
    (whole, _) = build((list(pieces), None), options, binned=True)
    monkeypatch.setattr("fieldstone.algorithms.xgboost.matrices.LARGE", 1)
    parts = list(pieces)
    (binned, _) = build((parts, None), options, binned=True)
    models = [boost(options, Version(3, 0, 5), data, None)[0].get_dump() for data in (whole, binned)]

    assert not parts
    assert not isinstance(whole, xgboost.QuantileDMatrix)
    assert isinstance(binned, xgboost.QuantileDMatrix)
    assert models[0] == models[1]
