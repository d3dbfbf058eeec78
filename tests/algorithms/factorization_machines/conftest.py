"""Factorization Machines as a program: a folder laid out as the contract says, and trainings in it; rows."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from tests.algorithms import folder

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.factorization_machines import model
from fieldstone.algorithms.factorization_machines.algorithm import FACTORIZATION_MACHINES

KINDS = ("regressor", "binary_classifier")
RECORDIO = "application/x-recordio-protobuf"
USERS, ITEMS = 60, 40
WIDTH = USERS + ITEMS
QUICK = {
    "feature_dim": str(WIDTH), "num_factors": "4", "epochs": "25", "mini_batch_size": "100", "bias_lr": "0.05",
    "linear_lr": "0.02", "factors_lr": "0.02", "factors_init_sigma": "0.1", "linear_wd": "0", "bias_wd": "0",
}  # fmt: skip


def make_pairs(kind, count=3000, seed=0):
    """Rows of a user and an item, (n, d) sparse, and how the one likes the other, (n,): a matter of two tastes."""
    draws = np.random.default_rng(seed)
    tastes = np.random.default_rng(99).normal(size=(WIDTH, 2))
    users, items = draws.integers(0, USERS, count), draws.integers(USERS, WIDTH, count)
    liking = (tastes[users] * tastes[items]).sum(axis=1) + 0.3 * tastes[users, 0] + draws.normal(size=count) / 10
    labels = liking > 0 if kind == "binary_classifier" else liking + 3
    keys = np.column_stack([users, items]).ravel()
    rows = csr_matrix((np.ones(2 * count, np.float32), keys, np.arange(0, 2 * count + 1, 2)), shape=(count, WIDTH))
    return rows, labels.astype(np.float32)


class Folder(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "factorization_machines"
    record = FACTORIZATION_MACHINES
    hyperparameters = QUICK

    def put(self, channel, rows, labels, name="part.pbr", **config):
        self.write(channel, name, records.write(rows, labels[:, None]), **config)

    @property
    def model(self):
        return model.read(self.root / "model" / "model_algo-1")


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    """A folder without anything in it."""
    return Folder(tmp_path)
