"""Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017), which `make fashion-mnist` takes from Debian."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from tests.algorithms import folder
from tests.algorithms.linear_learner.conftest import read_metrics

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.linear_learner import model

FOLDER = Path("/usr/share/datasets/fashion-mnist")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{FOLDER} is missing: make fashion-mnist"),
]


class Job(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "linear_learner"
    hyperparameters = {"predictor_type": "multiclass_classifier", "num_classes": "10"}  # noqa: RUF012 - as its base has it


def load(part):
    """The (n, 784) pixels and the (n, 1) labels of `train` or `t10k`."""
    pixels, labels = (
        np.frombuffer(gzip.decompress((FOLDER / f"{part}-{what}-ubyte.gz").read_bytes()), np.uint8, offset=offset)
        for what, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    return pixels.reshape(-1, 784).astype(np.float32), labels.reshape(-1, 1).astype(np.float32)


def test_ten_kinds_of_clothes_are_told_apart_by_their_pixels(tmp_path):
    """With AWS's defaults, 32 models on 60,000 pictures: .835 of 10,000 unseen ones at least, as the artifact says."""
    job = Job(tmp_path)
    unseen, truth = load("t10k")
    job.write("train", "train.pbr", records.write(*load("train")))
    job.write("test", "test.pbr", records.write(unseen, truth))
    with job.start() as process:
        log, errors = process.communicate(timeout=1200)
    assert (process.returncode, errors) == (0, "")

    said = model.read(tmp_path / "model" / "model_algo-1").margins(unseen.astype(np.float64)).argmax(axis=1)
    accuracy = float(np.mean(said == truth[:, 0]))
    assert accuracy >= 0.835
    assert read_metrics(log)["test:multiclass_accuracy"] == [pytest.approx(accuracy, abs=2e-4)]
