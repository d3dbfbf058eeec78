"""k-nearest neighbours as a program: a folder laid out as the contract says, and the process that works in it."""

import faiss
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits
from tests.algorithms import folder

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.knn import model
from fieldstone.algorithms.knn.algorithm import KNN

faiss.omp_set_num_threads(1)  # more would wait for each other where others test, too

DATA = {"classifier": load_digits, "regressor": load_diabetes}
"""Real rows for each type of predictor."""


def load_table(kind):
    """Rows with the label first, shuffled; those of the digits are pixels, 0 to 16."""
    features, labels = DATA[kind](return_X_y=True)
    return np.random.default_rng(0).permutation(np.column_stack([labels, features])).astype(np.float32)


def to_csv(table):
    return "".join(",".join(map(repr, row)) + "\n" for row in table.tolist()).encode()


class Folder(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "knn"
    record = KNN
    hyperparameters = {"k": "5", "sample_size": "100000"}  # noqa: RUF012 - as its base says

    def fill(self, kind, count=1500):
        """Write real rows to both channels, as text; gives those of each."""
        table = load_table(kind)
        count = min(count, len(table) * 3 // 4)
        for channel, part in (("train", table[:count]), ("test", table[count:])):
            self.write(channel, "rows.csv", to_csv(part), "text/csv")
        self.hyperparameters = {
            "predictor_type": kind, "feature_dim": str(table.shape[1] - 1), **Folder.hyperparameters
        }  # fmt: skip
        return table[:count], table[count:]

    def write_records(self, channel, name, table, **config):
        self.write(channel, name, records.write(table[:, 1:], table[:, :1]), **config)

    @property
    def model(self):
        return model.read(self.root / "model" / "model_algo-1")


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    """A folder without anything in it."""
    return Folder(tmp_path)
