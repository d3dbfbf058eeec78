"""The library called directly predicts to the bit what XGBoost's Python part does; what it does not know falls back."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix

from fieldstone.algorithms.xgboost import engines

WIDTH = 5
DIRECT = "Predictions are made by XGBoost's library, called directly"
OBJECTIVES = [
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:logistic",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "reg:gamma",
    "reg:tweedie",
    "count:poisson",
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "survival:cox",
    "survival:aft",
]


def train(objective="reg:squarederror", seed=0, rounds=4, kinds=None, **parameters):
    """A model of rows in which a fifth of the values is missing."""
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(300, WIDTH)).astype(np.float32)
    if kinds:
        features[:, [kind == "c" for kind in kinds]] = draw.integers(0, 7, size=(300, 1))
    labels = (features[:, 0] + features[:, 1] > 0).astype(np.float32)
    if objective.startswith("multi:"):
        labels += features[:, 2] > 0
        parameters["num_class"] = 3
    if objective == "reg:quantileerror":
        parameters["quantile_alpha"] = [0.1, 0.9]
    if objective in {"reg:gamma", "survival:cox", "survival:aft"}:
        labels += 1
    features[draw.random(features.shape) < 0.2] = np.nan
    data = xgboost.DMatrix(features, label=labels, feature_types=kinds, enable_categorical=bool(kinds))
    if objective.startswith("rank:"):
        data.set_info(qid=np.arange(300) // 10)
    if objective == "survival:aft":
        data.set_info(label_lower_bound=labels, label_upper_bound=labels + 1)
    return xgboost.train({"objective": objective, "nthread": 1, **parameters}, data, rounds)


def make_hard_rows(booster):
    """Rows at each threshold of the trees, beside it, and far from all; the rest of each row is drawn."""
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    trees = trees.get("gbtree", trees)["model"]["trees"]
    at = {value for tree in trees for value in tree["split_conditions"]}
    thresholds = np.unique(np.array(sorted(at), np.float32))
    beside = [np.nextafter(thresholds, np.float32(to)) for to in (-np.inf, np.inf)]
    strange = np.array([np.nan, 0, -0.0, np.inf, -np.inf, 3e38, -3e38, 1e-45], np.float32)
    values = np.concatenate([thresholds, *beside, strange])
    draw = np.random.default_rng(1)
    return draw.choice(values, size=(len(values), WIDTH))


def expect(booster, rows):
    end = int(booster.attr("best_iteration") or -1) + 1
    return booster.inplace_predict(rows, iteration_range=(0, end))


def predict_from_matrix(booster, rows):
    """The way that every booster knows, which takes no infinite values."""
    end = int(booster.attr("best_iteration") or -1) + 1
    return booster.predict(xgboost.DMatrix(rows, feature_types=booster.feature_types), iteration_range=(0, end))


def assert_direct_and_equal(booster, log):
    """On all the hard rows together, and on some of them alone."""
    rows = make_hard_rows(booster)
    expected = expect(booster, rows)
    predict = engines.choose(booster)

    assert DIRECT in log.readouterr().out
    np.testing.assert_array_equal(predict(rows), expected)
    for start in range(0, len(rows), 10):
        np.testing.assert_array_equal(predict(rows[start : start + 1]), expected[start : start + 1])
    finite = rows[~np.isinf(rows).any(axis=1)]
    np.testing.assert_allclose(predict(finite), predict_from_matrix(booster, finite), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_is_predicted_directly_and_to_the_bit(objective, capfd):
    """At the thresholds, beside them, for infinite and for missing values."""
    assert_direct_and_equal(train(objective), capfd)


@pytest.mark.parametrize(
    ("kinds", "parameters"),
    [
        (None, {"booster": "dart", "rate_drop": 0.3}),
        (None, {"num_parallel_tree": 3, "subsample": 0.7}),
        (None, {"base_score": 0.3}),
        (["c", "q", "q", "q", "q"], {}),
        (["c", "q", "q", "q", "q"], {"max_cat_to_onehot": 20}),
    ],
    ids=["dart", "forests", "base score", "categories", "categories one by one"],
)
def test_other_kinds_of_trees_are_predicted_directly_too(kinds, parameters, capfd):
    """What XGBoost makes of them, we have."""
    assert_direct_and_equal(train(kinds=kinds, **parameters), capfd)


def test_only_the_rounds_to_the_best_count(capfd):
    """As training said."""
    booster = train("binary:logistic", rounds=6)
    booster.set_attr(best_iteration="2")

    assert_direct_and_equal(booster, capfd)
    rows = make_hard_rows(booster)
    assert (engines.choose(booster)(rows) != booster.inplace_predict(rows)).any()


def test_a_linear_model_falls_back_to_xgboost_and_the_log_says_why(capfd):
    """XGBoost has no fast way for it."""
    booster = train(booster="gblinear")
    rows = np.random.default_rng(0).normal(size=(5, WIDTH)).astype(np.float32)
    predict = engines.choose(booster)

    log = capfd.readouterr().out
    assert "Predictions are made by Booster.predict: for a linear model XGBoost has no other way." in log
    assert log.count("\n") == 1
    np.testing.assert_array_equal(predict(rows), booster.predict(xgboost.DMatrix(rows)))


def test_an_engine_that_predicts_something_else_is_not_used(monkeypatch, capfd):
    """Here one that forgets all rounds but the first."""
    whole = engines.Direct
    monkeypatch.setattr(engines, "Direct", lambda booster, rounds, shape: whole(booster, (0, 1), shape))
    booster = train()
    rows = make_hard_rows(booster)
    predict = engines.choose(booster)

    log = capfd.readouterr().out
    assert "made by Booster.inplace_predict: XGBoost's library cannot be called directly: it predicts something" in log
    np.testing.assert_array_equal(predict(rows), expect(booster, rows))


def test_an_engine_that_fails_is_not_used(monkeypatch, capfd):
    """Here for rounds that the model does not have."""
    whole = engines.Direct
    monkeypatch.setattr(engines, "Direct", lambda booster, rounds, shape: whole(booster, (0, 99), shape))
    engines.choose(train())

    log = capfd.readouterr().out
    assert "made by Booster.inplace_predict: XGBoost's library cannot be called directly: Check failed: " in log
    assert log.count("\n") == 1


def test_sparse_rows_and_arrays_of_other_layouts_are_predicted_as_well():
    """A CSR matrix; columns one after the other; numbers of double width."""
    booster = train()
    rows = np.random.default_rng(0).normal(size=(20, WIDTH)).astype(np.float32)
    predict = engines.choose(booster)

    for same in (csr_matrix(rows), np.asfortranarray(rows), rows.astype(np.float64), np.repeat(rows, 2, axis=0)[::2]):
        np.testing.assert_array_equal(predict(same), booster.inplace_predict(rows))


@pytest.mark.slow
def test_threads_do_not_disturb_each_other():
    """Four predict at a time, each its own rows."""
    booster = train("multi:softprob")
    predict = engines.choose(booster)
    rows = make_hard_rows(booster)
    expected = expect(booster, rows)

    def predict_many(start):
        return all(
            np.array_equal(predict(rows[index : index + 3]), expected[index : index + 3])
            for index in range(start, len(rows), 4)
            for _ in range(20)
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(predict_many, range(4)))


def test_a_model_that_expects_more_columns_than_it_gets_is_an_error_not_a_crash():
    """The library says so, and we pass it on."""
    direct = engines.Direct(train(), (0, 0), ())

    with pytest.raises(xgboost.core.XGBoostError, match="Number of columns in data must equal"):
        direct.predict(np.zeros((1, WIDTH - 1), np.float32))


def test_a_model_whose_best_round_it_does_not_have_is_not_answered_by_all_its_rounds():
    """XGBoost refuses, and so do we."""
    booster = train()
    booster.set_attr(best_iteration="99")
    predict = engines.choose(booster)

    with pytest.raises(xgboost.core.XGBoostError):
        predict(np.zeros((1, WIDTH), np.float32))
