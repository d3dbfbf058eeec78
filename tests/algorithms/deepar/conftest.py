"""DeepAR as a program: a folder laid out as the contract says, and series in it. With PyTorch, tests are slow."""

import json

import numpy as np
import pytest
from tests.algorithms import folder
from tests.environments import python_of

from fieldstone.algorithms.amazon.hyperparameters import validate
from fieldstone.algorithms.deepar.hosts import Team
from fieldstone.algorithms.deepar.hyperparameters import TABLE
from fieldstone.algorithms.deepar.series import build
from fieldstone.contract.paths import Layout
from fieldstone.contract.training import Job

TORCH = python_of("torch")
HYPERPARAMETERS = {
    "time_freq": "H",
    "context_length": "24",
    "prediction_length": "12",
    "epochs": "2",
    "mini_batch_size": "16",
    "num_cells": "8",
    "num_layers": "1",
    "learning_rate": "0.01",
    "num_eval_samples": "20",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Those that ask for PyTorch are slow, and skipped in words where there is no environment with it."""
    for item in items:
        if "torch_folder" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(not TORCH.exists(), reason=f"{TORCH} is missing: make torch"))


def make_series(count=8, length=200, seed=0):
    """Waves of a day, of different heights, with a little noise."""
    draw = np.random.default_rng(seed)
    levels = draw.uniform(5, 50, count)
    wave = 1 + 0.4 * np.sin(np.arange(length) * 2 * np.pi / 24)
    return levels[:, None] * (wave + draw.normal(0, 0.03, (count, length)))


def to_lines(targets, start="2024-01-01 00:00:00", **fields):
    """JSON Lines of series that begin together, or each by itself; `fields` are of each series what else it has."""
    rows = [
        {
            "start": start if isinstance(start, str) else start[number],
            "target": [None if np.isnan(value) else round(value, 4) for value in np.asarray(target).tolist()],
        }
        | {name: values[number] for name, values in fields.items()}
        for number, target in enumerate(targets)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parse(**hyperparameters):
    """Parsed hyperparameters of a small job; it has none of those that are None."""
    return validate(
        TABLE, {name: text for name, text in (HYPERPARAMETERS | hyperparameters).items() if text is not None}
    )


def series_of(targets, start="2024-01-01", cat=None, dynamic=None):
    return [
        build(start, np.asarray(target).tolist(), cat, dynamic, f"row {number}")
        for number, target in enumerate(targets, 1)
    ]


class Folder(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "deepar"
    hyperparameters = HYPERPARAMETERS

    def job(self, **hyperparameters):
        """The job of this folder, without a process."""
        self.lay_out(**hyperparameters)
        return Job.read(Layout(self.root))

    def team(self):
        return Team.gather(self.job())


class TorchFolder(Folder):
    python = str(TORCH)


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def torch_folder(tmp_path):
    """A folder with series to learn from, whose program has PyTorch."""
    with_torch = TorchFolder(tmp_path)
    targets = make_series()
    with_torch.write("train", "a.json", to_lines(targets[:4, :-12]))
    with_torch.write("train", "more/b.json", to_lines(targets[4:, :-12]))
    with_torch.write("test", "all.json", to_lines(targets))
    return with_torch
