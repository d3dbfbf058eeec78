"""PyTorch's images on a server that has PyTorch beside it: ``make torch`` makes the environment that it runs in."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import Server, kill_tasks, start_server
from tests.environments import python_of

HERE = Path(__file__).parent
PYTHON = python_of("torch")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They are slow, and skipped in words where there is no such environment."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(not PYTHON.exists(), reason=f"{PYTHON} is missing: make torch"))


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that clients are pointed at here."""
    data_dir = tmp_path_factory.mktemp("torch") / "data"
    running = start_server(data_dir, fieldstone=(str(PYTHON), "-m", "fieldstone"))
    yield running
    running.stop()
    kill_tasks(data_dir)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The folder that the programs send as their source, with a module of a small network in it."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "network.py").write_text(NETWORK)
    return folder


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, np.ndarray]:
    """Points inside and outside a circle, as a CSV file for training in two parts, and one to hold against."""
    points = np.random.default_rng(1).uniform(-1, 1, (800, 2)).round(4)
    table = np.column_stack([(points**2).sum(axis=1) < 0.5, points])
    parts = {"train/part-0.csv": table[:300], "train/part-1.csv": table[300:600], "held/rows.csv": table[600:]}
    for name, part in parts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.savetxt(tmp_path / name, part, delimiter=",", fmt="%.4f")
    return {"train": table[:600], "held": table[600:]}


@pytest.fixture
def forward(code: Path, tmp_path: Path) -> Callable[[Path, np.ndarray], np.ndarray]:
    """What the network of a model.tar.gz says of points, in a process of its own."""

    def forward(archive: Path, points: np.ndarray) -> np.ndarray:
        np.save(tmp_path / "points.npy", points.astype("float32"))
        command = [str(PYTHON), "-c", FORWARD, str(archive), str(tmp_path / "points.npy"), str(tmp_path / "said.npy")]
        subprocess.run(command, cwd=code, check=True)
        return np.load(tmp_path / "said.npy")

    return forward


NETWORK = """
import glob
import numpy as np
import torch

def network(hidden):
    return torch.nn.Sequential(torch.nn.Linear(2, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 1))

def read(folder):
    files = sorted(glob.glob(f"{folder}/*.csv"))
    rows = np.vstack([np.loadtxt(file, delimiter=",", dtype="float32") for file in files])
    return torch.from_numpy(rows[:, 1:]), torch.from_numpy(rows[:, :1])

def save(model, folder):
    torch.save({"hidden": model[0].out_features, "state": model.state_dict()}, f"{folder}/model.pth")

def load(folder):
    saved = torch.load(f"{folder}/model.pth", weights_only=True)
    model = network(saved["hidden"])
    model.load_state_dict(saved["state"])
    return model.eval()
"""

FORWARD = """
import sys, tarfile, tempfile
import numpy as np, torch
from network import load
folder = tempfile.mkdtemp()
tarfile.open(sys.argv[1]).extractall(folder, filter="data")
with torch.no_grad():
    np.save(sys.argv[3], torch.sigmoid(load(folder)(torch.from_numpy(np.load(sys.argv[2])))).numpy())
"""
