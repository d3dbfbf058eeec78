"""Models on disk: which are loaded, and which never."""

import pickle
import warnings

import numpy as np
import pytest
import xgboost

from fieldstone.algorithms.xgboost import boosters


@pytest.fixture
def booster():
    features = np.arange(40, dtype=np.float32).reshape(10, 4)
    return xgboost.train({"nthread": 1}, xgboost.DMatrix(features, label=np.arange(10)), 2)


@pytest.mark.parametrize("form", ["ubj", "json", "deprecated"])
def test_every_format_that_xgboost_ever_saved_is_loaded(tmp_path, booster, form):
    """The binary one of the old images too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (tmp_path / "xgboost-model").write_bytes(booster.save_raw(form))
    features = np.ones((1, 4), np.float32)

    assert boosters.load(tmp_path).predict(features) == booster.inplace_predict(features)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_never_opened(tmp_path, protocol):
    """It could run anything; the reason says what to do instead."""
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps({"a": [1, 2]}, protocol=protocol))

    with pytest.raises(ValueError, match=r"is a pickle|is no XGBoost model"):
        boosters.load(tmp_path)


def test_what_is_no_model_is_named(tmp_path):
    """With its file."""
    (tmp_path / "xgboost-model").write_bytes(b"nothing that anybody saved")

    with pytest.raises(ValueError, match="xgboost-model cannot be loaded"):
        boosters.load(tmp_path)


def test_an_empty_folder_is_named(tmp_path):
    """There is nothing to serve."""
    with pytest.raises(ValueError, match="There is no model file in"):
        boosters.load(tmp_path)


def test_hidden_files_are_passed_over(tmp_path, booster, capsys):
    """Archives from a Mac have them."""
    (tmp_path / "xgboost-model").write_bytes(booster.save_raw("ubj"))
    (tmp_path / "._xgboost-model").write_bytes(b"x")

    assert boosters.load(tmp_path).features == 4
    assert "starts with '.'. Skipping this file." in capsys.readouterr().out
