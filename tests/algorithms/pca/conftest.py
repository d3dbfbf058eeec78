"""PCA as a program: a folder laid out as the contract says, and the process that works in it."""

import numpy as np
import pytest
from tests.algorithms import folder

HYPERPARAMETERS = {"feature_dim": "6", "num_components": "3", "mini_batch_size": "500"}


def make_rows(count=2000, width=6, seed=0):
    """Rows whose variances differ, far from zero."""
    draw = np.random.default_rng(seed)
    turn = np.linalg.qr(np.random.default_rng(99).normal(size=(width, width)))[0]
    return (draw.normal(size=(count, width)) * 2.0 ** -np.arange(width) @ turn + 50).astype(np.float32)


class Folder(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "pca"
    hyperparameters = HYPERPARAMETERS


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    """A folder with rows to train on."""
    return folder.with_records(Folder(tmp_path), make_rows())
