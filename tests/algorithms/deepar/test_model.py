"""The model in its folder."""

import json

import numpy as np
import pytest
from tests.algorithms.deepar.conftest import parse

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.deepar.hyperparameters import find_shape
from fieldstone.algorithms.deepar.model import Saved, load, save
from fieldstone.algorithms.deepar.windows import Norms

SHAPE = find_shape(parse(time_freq="2H"), (2, 3), 1)
NORMS = Norms(3.5, np.array([1], np.float32), np.array([2], np.float32))


def test_it_is_read_as_it_was_written_and_has_awss_names(tmp_path):
    """MXNet's file of parameters, and JSON with AWS's keys."""
    parameters = {"projection.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
    save(tmp_path, Saved(SHAPE, NORMS, ("cat",), parameters))
    saved = load(tmp_path)
    config = json.loads((tmp_path / "model_algo-1-config.json").read_text())

    assert (saved.shape, saved.norms, saved.given) == (SHAPE, NORMS, ("cat",))
    assert ndarray.load(tmp_path / "model_algo-1-0000.params").keys() == parameters.keys()
    np.testing.assert_array_equal(saved.parameters["projection.weight"], parameters["projection.weight"])
    assert config | {"fieldstone": None} == {
        "cardinality": [2, 3],
        "category_provided": True,
        "data_shapes": [{"name": "projection.weight", "shape": [2, 3]}],
        "date_feature_names": ["hour_of_day", "day_of_week", "day_of_month", "day_of_year"],
        "num_dynamic_feat": 1,
        "prediction_length": 12,
        "time_freq": "2H",
        "train_length": 24 + max(SHAPE.frequency.lags()),
        "fieldstone": None,
    }


def test_what_is_no_model_of_ours_is_refused(tmp_path):
    """One of AWS's own too: its network is another."""
    with pytest.raises(ValueError, match=r"There is no file called model_algo-1-config\.json"):
        load(tmp_path)
    (tmp_path / "model_algo-1-config.json").write_text('{"time_freq": "H"}')
    with pytest.raises(ValueError, match="is of a model that AWS trained"):
        load(tmp_path)
