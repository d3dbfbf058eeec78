"""Linear Learner as a program: a folder laid out as the contract says, and trainings in it; rows of every kind."""

import json
import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from fieldstone.algorithms.amazon import training
from fieldstone.algorithms.linear_learner import model
from fieldstone.algorithms.linear_learner.algorithm import LINEAR_LEARNER

KINDS = ("binary_classifier", "multiclass_classifier", "regressor")
QUICK = {"epochs": "3", "num_models": "4", "mini_batch_size": "100"}


def make_table(kind, count=600, seed=0):
    """A label and four features, of which three tell something of it."""
    draws = np.random.default_rng(seed)
    plain = draws.normal(size=(count, 4))
    scores = plain @ [2, -1, 1, 0] + draws.normal(size=count) / 2
    labels = {
        "binary_classifier": scores > 0,
        "multiclass_classifier": np.digitize(scores, [-1.5, 1.5]),
        "regressor": 100 * scores + 1000,
    }[kind]
    return np.column_stack([labels, plain * [1, 10, 0.1, 3] + [0, 50, 0, -5]]).astype(np.float32)


def to_csv(table):
    return "".join(",".join(map(repr, row)) + "\n" for row in table.tolist()).encode()


def read_metrics(log):
    """Every value that the manifest's expressions find, by the metric's name."""
    manifest = tomllib.loads((files("fieldstone.algorithms.linear_learner") / "algorithm.toml").read_text())
    found = {metric["name"]: list(map(float, re.findall(metric["regex"], log))) for metric in manifest["metrics"]}
    return {name: values for name, values in found.items() if values}


class Folder:
    """A contract folder, and the program in it."""

    def __init__(self, root, capsys):
        self.root = root
        self.channels = {}
        self._capsys = capsys

    def write(self, channel, data, content_type="text/csv", name="part"):
        file = self.root / "input" / "data" / channel / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else to_csv(data))
        self.channels[channel] = {"TrainingInputMode": "File", "ContentType": content_type}

    def configure(self, hyperparameters):
        folder = self.root / "input" / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hyperparameters.json").write_text(json.dumps(hyperparameters))
        (folder / "inputdataconfig.json").write_text(json.dumps(self.channels))

    def train(self, **hyperparameters):
        """Train to the end; gives the exit code and the log."""
        self.configure(QUICK | hyperparameters)
        code = training.train(LINEAR_LEARNER)
        return code, self._capsys.readouterr().out

    @property
    def failure(self):
        return (self.root / "output" / "failure").read_text()

    @property
    def model(self):
        return model.read(self.root / "model" / "model_algo-1")


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    """A folder that this process takes for its own."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return Folder(tmp_path, capsys)


def kind_options(kind):
    """The hyperparameters that a kind needs."""
    return {"predictor_type": kind} | ({"num_classes": "3"} if kind == "multiclass_classifier" else {})
