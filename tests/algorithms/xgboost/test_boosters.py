"""Models on disk: which are loaded, and which never."""

import json
import os
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xgboost

from fieldstone.algorithms.xgboost import boosters

OLD_MODELS = Path(__file__).parent / "old_models" / "old_models.zip"
"""See make.py beside it."""
OLD_NAMES = [name for name in zipfile.ZipFile(OLD_MODELS).namelist() if not name.endswith(".json")]


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


def write_old_model(folder, name):
    """A file as some version of XGBoost left it; gives rows, and what that version predicted for them."""
    with zipfile.ZipFile(OLD_MODELS) as archive:
        (folder / "xgboost-model").write_bytes(archive.read(name))
        rows = json.loads(archive.read("rows.json"))
        return np.array(rows, np.float32), json.loads(archive.read(f"{name}.json"))


@pytest.mark.parametrize("name", OLD_NAMES)
def test_what_old_versions_left_predicts_what_it_did_then(tmp_path, name):
    """Pickles and the binary format, trees and linear models, also where training had gone on beyond the best round."""
    rows, predictions = write_old_model(tmp_path, name)

    np.testing.assert_allclose(boosters.load(tmp_path).predict(rows), predictions, rtol=1e-6, atol=1e-7)


class Attack:
    """Pickled, it is a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


ATTACKS = {
    "posix.system": Attack(os.system, "touch ran"),
    "builtins.eval": Attack(eval, "open('ran', 'w')"),
    "builtins.getattr": Attack(getattr, xgboost.Booster, "__init__"),
    "xgboost.core.DMatrix": xgboost.DMatrix,
    "numpy": np.float64(3),
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("asked", ATTACKS)
def test_a_pickle_that_asks_for_anything_else_is_refused_and_not_run(tmp_path, monkeypatch, booster, asked, protocol):
    """It is named, and so is the way out; inside a booster it is found too."""
    monkeypatch.chdir(tmp_path)
    booster.trap = ATTACKS[asked]
    for content in (ATTACKS[asked], booster) if protocol > 1 else (booster,):
        (tmp_path / "xgboost-model").write_bytes(pickle.dumps(content, protocol=protocol))
        with pytest.raises(ValueError, match=f"it asks for {asked}.*save its booster with Booster.save_model"):
            boosters.load(tmp_path)

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x80\x02cxgboost.core\nBooster.load_model\n.", "it asks for xgboost.core.Booster.load_model"),
        (
            b"\x80\x04\x8c\x0cxgboost.core\x8c\x10Booster.__init__\x93.",
            "it asks for xgboost.core.Booster.__init__",
        ),
        (b"\x80\x02P1\n.", "it cannot be read"),
        (b"\x80\x02", "it cannot be read"),
        (b"\x80\x02cbuiltins\nbytearray\nJ\x00\x00\x00\x7f\x85R.", "it makes bytes of int"),
        (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x06\x00\x00\x00idna98\x86R.", "it makes bytes of str"),
        (pickle.dumps({"handle": b"x"}), "there is no trained Booster in it"),
        (b"\x80\x02cxgboost.core\nBooster\n)\x81.", "there is no trained Booster in it"),
    ],
    ids=["a method", "a method of a method", "a reference", "half", "a bomb", "a codec", "a dictionary", "nothing"],
)
def test_a_pickle_of_no_booster_is_refused(tmp_path, content, reason):
    """Whatever is wrong with it."""
    (tmp_path / "xgboost-model").write_bytes(content)

    with pytest.raises(ValueError, match=reason):
        boosters.load(tmp_path)


@pytest.mark.parametrize("protocol", [0, 1])
def test_a_bare_call_in_an_old_protocol_is_no_model(tmp_path, monkeypatch, protocol):
    """It is not even taken for a pickle."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(ATTACKS["posix.system"], protocol=protocol))

    with pytest.raises(ValueError, match="it is no XGBoost model"):
        boosters.load(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_pickle_cannot_change_how_the_next_one_is_read(tmp_path):
    """What it names is made anew for each."""
    spoil = b"\x80\x02cxgboost.core\nBooster\nN}X\x06\x00\x00\x00handleK\x01s\x86b."
    (tmp_path / "xgboost-model").write_bytes(spoil)
    with pytest.raises(ValueError, match="there is no trained Booster in it"):
        boosters.load(tmp_path)

    rows, predictions = write_old_model(tmp_path, "0.90-binary.pickle3")
    np.testing.assert_allclose(boosters.load(tmp_path).predict(rows), predictions, rtol=1e-6)


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
