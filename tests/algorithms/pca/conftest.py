"""PCA as a program: a folder laid out as the contract says, and the process that works in it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from fieldstone.algorithms.amazon import ndarray, records

PROGRAM = (sys.executable, "-m", "fieldstone.algorithms.pca", "--image-version", "1", "train")
HYPERPARAMETERS = {"feature_dim": "6", "num_components": "3", "mini_batch_size": "500"}


def make_rows(count=2000, width=6, seed=0):
    """Rows whose variances differ, far from zero."""
    draw = np.random.default_rng(seed)
    turn = np.linalg.qr(np.random.default_rng(99).normal(size=(width, width)))[0]
    return (draw.normal(size=(count, width)) * 2.0 ** -np.arange(width) @ turn + 50).astype(np.float32)


class Folder:
    """A contract folder, and the program in it."""

    program = PROGRAM
    hyperparameters = HYPERPARAMETERS

    def __init__(self, root):
        self.root = root
        self.channels = {}
        self.failure = root / "output" / "failure"

    def write(self, channel, name, data, content_type=None, **config):
        file = self.root / "input" / "data" / channel / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else records.write(data))
        self.channels[channel] = {"TrainingInputMode": "File", **config}
        if content_type:
            self.channels[channel]["ContentType"] = content_type

    def configure(self, name, document):
        file = self.root / "input" / "config" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))

    def start(self, **hyperparameters):
        self.configure("hyperparameters", self.hyperparameters | hyperparameters)
        self.configure("inputdataconfig", self.channels)
        return subprocess.Popen(
            self.program,
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(self.root), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def train(self, **hyperparameters):
        """Train to the end; gives the exit code, the log and the errors."""
        with self.start(**hyperparameters) as process:
            log, errors = process.communicate(timeout=120)
        return process.returncode, log, errors

    @property
    def model(self):
        return ndarray.load(self.root / "model" / "model_algo-1")


@pytest.fixture
def folder(tmp_path):
    """A folder with rows to train on, in two files of records."""
    folder = Folder(tmp_path)
    rows = make_rows()
    folder.write("train", "matrix_0.pbr", rows[:1500])
    folder.write("train", "matrix_1.pbr", rows[1500:])
    return folder
