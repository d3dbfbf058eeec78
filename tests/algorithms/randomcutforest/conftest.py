"""Data whose usual and unusual rows are known, forests of it, and AWS's open implementation of the same."""

import csv
import gzip
from pathlib import Path

import krcf
import numpy as np
import pytest
import river

from fieldstone.algorithms.randomcutforest.forest import build
from fieldstone.algorithms.randomcutforest.sampling import Reservoir, deal


def _train(rows, trees=100, size=256, seed=0):
    """As a job would: one pass, a sample, a forest."""
    generator = np.random.default_rng(seed)
    reservoir = Reservoir(trees * size, rows.shape[1], generator)
    reservoir.offer(rows)
    return build(deal(reservoir.kept()[0], trees, size), generator)


def _train_open(rows, trees=100, size=256, seed=1):
    """AWS's open implementation, with every row as likely as any other to stay."""
    options = {
        "dimensions": rows.shape[1],
        "shingle_size": 1,
        "num_trees": trees,
        "sample_size": size,
        "output_after": 1,
        "random_seed": seed,
        "lambda": 0.0,
        "initial_accept_fraction": 1.0,
        "parallel_execution_enabled": False,
    }
    forest = krcf.RandomCutForest(options)
    for row in rows:
        forest.update(row)
    return forest


@pytest.fixture
def train():
    """A forest of rows; the size of trees and the seed may be given."""
    return _train


@pytest.fixture
def train_open():
    """The same by AWS's open implementation."""
    return _train_open


@pytest.fixture(scope="session")
def shuttle():
    """Positions of a space shuttle's radiators, 49,097 rows of 9, and which of them are unusual."""
    path = Path(river.__file__).parent / "datasets" / "shuttle.csv.gz"
    with gzip.open(path, "rt") as file:
        reader = csv.reader(file)
        next(reader)
        table = np.array(list(reader), dtype=np.float64)
    return table[:, :-1].astype(np.float32), table[:, -1] > 0


@pytest.fixture
def clouds():
    """Two clouds of 3,000 rows of 5, and ten rows far from both."""
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(3000, 5)) * [1, 2, 0.5, 3, 1]
    rows[::2] += 8
    unusual = generator.normal(size=(10, 5)) + np.array([30, -30, 20, 0, 40])
    return rows.astype(np.float32), unusual.astype(np.float32)
