"""What a job must have: hyperparameters, channels, fields that are the same in all series, enough of them."""

import gzip
import re

import numpy as np
import pytest
from tests.algorithms.deepar.conftest import make_series, parse, to_lines

from fieldstone.algorithms.deepar.preparing import prepare
from fieldstone.algorithms.deepar.windows import count_passes
from fieldstone.contract.training import UserError

TARGETS = make_series(4, 100)
COVARIATES = np.arange(400.0).reshape(4, 1, 100)
START = "2024-01-01 00:00:00"


def prepare_in(folder, **hyperparameters):
    return prepare(folder.job(**hyperparameters), parse(**hyperparameters), folder.team())


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"context_length": None}, "No value(s) were specified for 'context_length' which are required"),
        ({"context_length": "0"}, "Hyperparameter context_length: '0' is not in [1, +inf)"),
        ({"epochs": "many"}, "Hyperparameter epochs: 'many' is not of type 'integer'"),
        ({"time_freq": "Y"}, "time_freq: 'Y' is not of type 'an integer followed by M, W, D, H or min'"),
        ({"likelihood": "poisson"}, "Hyperparameter likelihood: 'poisson' is not one of ['gaussian', 'beta'"),
        ({"dropout_rate": "1"}, "Hyperparameter dropout_rate: '1' is not in [0, 1)"),
        ({"learning_rate": "0"}, "Hyperparameter learning_rate: '0' is not in (0, +inf)"),
        (
            {"cardinality": "[2, 0]"},
            "cardinality: '[2, 0]' is not of type 'auto, ignore or array of positive integers'",
        ),
        ({"cardinality": "some"}, "cardinality: 'some' is not of type 'auto, ignore or array of positive integers'"),
        ({"num_dynamic_feat": "-1"}, "num_dynamic_feat: '-1' is not of type 'auto, ignore or positive integer'"),
        ({"early_stopping_patience": "0"}, "early_stopping_patience: '0' is not of type 'positive integer'"),
        ({"test_quantiles": "[0.5, 1]"}, "Hyperparameter test_quantiles: '[0.5, 1]' is not in (0, 1)"),
        ({"test_quantiles": "[]"}, "Hyperparameter test_quantiles: '[]' is not in (0, 1)"),
        ({"test_quantiles": "0.5, 1"}, "Hyperparameter must be valid json, but found test_quantiles: 0.5, 1"),
        ({"cells": "40"}, "Additional hyperparameters are not allowed ('cells' was unexpected)"),
    ],
)
def test_a_hyperparameter_that_is_wrong_is_refused_in_awss_words(hyperparameters, reason):
    """Each by its name."""
    with pytest.raises(UserError) as refusal:
        parse(**hyperparameters)
    assert reason in str(refusal.value)


def test_lists_come_as_texts_and_what_is_empty_or_begins_with_a_bar_is_taken():
    """As the SDK sends them, and AWS's own defaults are."""
    options = parse(
        likelihood="student-T", cardinality="[3,2]", num_dynamic_feat="", early_stopping_patience="",
        test_quantiles="[0.5]", _kvstore="auto", _num_gpus="auto", _num_kv_servers="auto", _tuning_objective_metric="",
    )  # fmt: skip

    assert (options["likelihood"], options["cardinality"], options["num_dynamic_feat"]) == ("student-t", (3, 2), 0)
    assert (options["early_stopping_patience"], options["test_quantiles"]) == (None, [0.5])
    assert parse()["cardinality"] == parse()["num_dynamic_feat"] == "auto"


def test_categories_and_features_are_found_in_the_series_and_said_in_the_log(folder, capsys):
    """With `auto`, which is the default."""
    lines = to_lines(TARGETS, cat=[[0, 2], [1, 0], [0, 1], [1, 1]], dynamic_feat=COVARIATES.tolist())
    folder.write("train", "a.json", lines)
    _, shape, norms, given = prepare_in(folder)
    log = capsys.readouterr().out

    assert (shape.cardinality, shape.num_dynamic_feat, given) == ((2, 3), 1, ("cat", "dynamic_feat"))
    np.testing.assert_allclose(norms.means, [199.5])
    np.testing.assert_allclose(norms.deviations, [COVARIATES.std()])
    assert norms.scale == pytest.approx(np.abs(TARGETS).mean(), rel=1e-5)
    file = folder.root / "input/data/train/a.json"
    for text in (
        f"[cardinality=auto] `cat` field was found in the file `{file}` and will be used for training.",
        "[cardinality=auto] Inferred value cardinality=[2, 3] from dataset.",
        "[num_dynamic_feat=auto] Inferred value num_dynamic_feat=1 from dataset.",
    ):
        assert text in log


def test_the_log_has_awss_statistics(folder, capsys):
    """Of both channels."""
    targets = np.round(TARGETS)
    targets[0, 5] = np.nan
    folder.write("train", "a.json", to_lines(targets))
    folder.write("test", "a.json", to_lines(TARGETS))
    prepare_in(folder)
    said = [re.sub(r"^\[.*?INFO \d+\] ", "", line) for line in capsys.readouterr().out.splitlines()]
    train = said.index("Training set statistics:")

    assert said[train + 1 : train + 5] == [
        "Integer time series",
        "number of time series: 4",
        "number of observations: 399",
        "mean target length: 100.0",
    ]
    least, mean, most = map(float, said[train + 5].removeprefix("min/mean/max target: ").split("/"))
    assert (least, most) == (np.nanmin(targets), np.nanmax(targets))
    assert mean == pytest.approx(np.nanmean(targets))
    assert said[train + 7] == "contains missing values: yes"
    assert said[train + 8] == "Small number of time series. Doing 40 passes over dataset with prob 1.0 per epoch."
    assert "Real time series" in said[said.index("Test set statistics:") :]


@pytest.mark.parametrize(("series", "batch", "expected"), [(200, 32, (2, 0.8)), (14, 64, (46, 0.9937888198757764))])
def test_few_series_are_gone_over_as_often_as_aws_does(series, batch, expected):
    """The numbers are those of two of its logs."""
    assert count_passes(series, batch) == pytest.approx(expected)


def test_what_is_to_be_ignored_is_not_looked_at(folder):
    """Even where it does not fit."""
    folder.write("train", "a.json", to_lines(TARGETS, cat=[[5], [1], [0], [1]], dynamic_feat=[[[1.0]]] * 4))
    _, shape, _, given = prepare_in(folder, cardinality="ignore", num_dynamic_feat="ignore")

    assert (shape.cardinality, shape.num_dynamic_feat) == ((), 0)
    assert given == ("cat", "dynamic_feat")


def rows(**fields):
    return {"train": to_lines(TARGETS, **fields)}


ONES = [[1.0] * 100]
WRONG = [
    ({}, {}, "'train' is a required property"),
    ({"train": to_lines(TARGETS), "eval": b""}, {}, "Additional properties are not allowed ('eval' was unexpected)"),
    ({"train": b""}, {}, "No training data processed. The training channel is empty."),
    (
        {"train": to_lines(TARGETS[:2])},
        {},
        "Very low number of time observations (found 200 observations in 2 time series). DeepAR requires at least 300",
    ),
    (rows(), {"prediction_length": "101"}, "The longest of the training series has 100 points"),
    (rows(cat=[[0], [1], [0], [1, 2]]), {}, "all.json, row 4: cat has 2 values instead of 1"),
    (rows(cat=[[0], [1], [0], []]), {}, "all.json, row 4: cat has 0 values instead of 1"),
    (
        rows(cat=[[0], [1], [0], [3]]),
        {"cardinality": "[2]"},
        "all.json, row 4: value 1 of cat is 3, and the model knows those from 0 to 1",
    ),
    (rows(cat=[[0]] * 4), {"cardinality": "[2, 2]"}, "cardinality has 2 sizes, and the series have 1 values in cat"),
    (rows(), {"num_dynamic_feat": "1"}, "num_dynamic_feat is 1, and the series have 0 lists in dynamic_feat"),
    (
        rows(dynamic_feat=[ONES] * 3 + [[[1.0] * 99]]),
        {},
        "all.json, row 4: the lists of dynamic_feat have 99 values, and target has 100",
    ),
    (rows(dynamic_feat=[ONES] * 3 + [[]]), {}, "all.json, row 4: dynamic_feat has 0 lists instead of 1"),
    (rows(), {"likelihood": "beta"}, "and likelihood beta takes none above 1"),
    ({"train": to_lines(TARGETS - 99)}, {"likelihood": "beta"}, "and likelihood beta takes none below 0"),
    (rows(), {"likelihood": "negative-binomial"}, "all.json, row 1: target has numbers that are no counts"),
    (
        {**rows(cat=[[0], [1], [0], [1]]), "test": to_lines(TARGETS, cat=[[0], [1], [2], [1]])},
        {},
        "all.json, row 3: value 1 of cat is 2",
    ),
    ({"train": gzip.compress(to_lines(TARGETS), mtime=0)}, {}, "Error when parsing json (source: all.json, row: 1)"),
]


@pytest.mark.parametrize(("channels", "hyperparameters", "reason"), WRONG)
def test_what_a_model_cannot_be_made_of_is_refused(folder, channels, hyperparameters, reason):
    """With the file and row, where one is to blame."""
    for name, data in channels.items():
        folder.write(name, "all.json", data)
    with pytest.raises(UserError) as refusal:
        prepare_in(folder, **hyperparameters)
    assert reason in str(refusal.value)
