"""K-Means as a program: a folder laid out as the contract says, and the process that works in it."""

import numpy as np
import pytest
from tests.algorithms import folder

PLACES = np.array([[0, 0, 0, 50, 0, 0], [40, 0, 0, 0, 0, 9], [0, 60, 0, 0, 0, 0], [0, 0, 80, 0, 70, 0]], np.float32)
"""Where the rows are: about each of these as many."""

HYPERPARAMETERS = {"feature_dim": "6", "k": "4"}


def make_rows(count=2000, seed=0):
    """Rows about four places, in no order."""
    draws = np.random.default_rng(seed)
    return (PLACES[draws.integers(0, 4, count)] + draws.normal(size=(count, 6))).astype(np.float32)


class Folder(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "kmeans"
    hyperparameters = HYPERPARAMETERS

    @property
    def centers(self):
        """Those of the model, in the order of the places."""
        (found,) = self.model.values()
        distances = ((found[:, None] - PLACES) ** 2).sum(axis=2)
        return found[distances.argmin(axis=0)]


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    """A folder with rows to train on."""
    return folder.with_records(Folder(tmp_path), make_rows())
