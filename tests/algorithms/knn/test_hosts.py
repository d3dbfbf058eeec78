"""Several hosts, and processes of their own, also one that is forked from another that has imported faiss."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from tests.algorithms.knn.conftest import Folder, load_table, to_csv

NETWORKS = itertools.count()
PATIENCE = 600
"""Seconds until processes that hang are ended; others test beside them."""
FORKING = """
import os, sys
import fieldstone.algorithms.knn.algorithm, fieldstone.algorithms.amazon.training
from fieldstone.algorithms.amazon.program import main
for _ in range(2):
    child = os.fork()
    if not child:
        os._exit(main(fieldstone.algorithms.knn.algorithm.KNN, ["--image-version", "1", "train"]))
    assert os.waitpid(child, 0)[1] == 0
"""


def lay_out_hosts(tmp_path, count, **documents):
    network = f"127.{128 + os.getpid() % 100}.{100 + next(NETWORKS)}"
    names = [f"{network}.{number + 1}" for number in range(count)]
    hosts = [Folder(tmp_path / name) for name in names]
    for name, host in zip(names, hosts, strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
        host.hyperparameters = host.hyperparameters | {"predictor_type": "classifier", "feature_dim": "64", **documents}
    return hosts


def train_all(hosts, **hyperparameters):
    processes = [host.start(**hyperparameters) for host in hosts]
    logs = []
    for process in processes:
        with process:
            log, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, "")
        logs.append(log)
    return logs


def test_hosts_make_the_model_that_one_makes_where_all_rows_fit(folder, trained, tmp_path):
    """Sharded, one of them without any rows; test rows, sharded too, are counted once."""
    table, asked = folder.fill("classifier")
    log = trained()
    hosts = lay_out_hosts(tmp_path, 3)
    for host, rows, checks in zip(hosts, (table[:400], table[:0], table[400:]), np.array_split(asked, 3), strict=True):
        host.write("train", "part", to_csv(rows), "text/csv", S3DistributionType="ShardedByS3Key")
        host.write("test", "part", to_csv(checks), "text/csv", S3DistributionType="ShardedByS3Key")
    logs = train_all(hosts)
    found, expected = hosts[0].model.answer(asked[:, 1:]), folder.model.answer(asked[:, 1:])
    (score,) = [line.split("] ")[1] for line in log.splitlines() if "#test_score" in line]

    for name, numbers in expected.items():
        np.testing.assert_allclose(found[name], numbers, rtol=1e-6)
    assert [score in log.replace(f"{host.root.name}", "algo-1") for log, host in zip(logs, hosts, strict=True)] == [
        True, False, False
    ]  # fmt: skip
    assert not list((hosts[1].root / "model").iterdir())


@pytest.mark.slow
def test_hosts_give_to_a_sample_what_is_theirs(tmp_path):
    """A host with nine tenths of the rows, about nine tenths of it: 270 of 300, with a deviation of 5."""
    table = load_table("classifier")
    hosts = lay_out_hosts(tmp_path, 2, sample_size="300")
    for host, rows, label in zip(hosts, (table[:1617], table[1617:]), (0, 1), strict=True):
        rows[:, 0] = label
        host.write_records("train", "part", rows, S3DistributionType="ShardedByS3Key")
    train_all(hosts)
    model = hosts[0].model

    assert model.index.ntotal == 300
    assert 10 <= model.labels.sum() <= 55


def test_rows_that_all_hosts_have_are_there_once(tmp_path):
    """Nobody is his own neighbour twice."""
    table = load_table("classifier")[:100]
    hosts = lay_out_hosts(tmp_path, 2)
    for host in hosts:
        host.write_records("train", "part", table)
    train_all(hosts)

    assert hosts[0].model.index.ntotal == 100


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_training_that_is_forked_ends_as_one_that_is_not(folder, threads):
    """With one thread or more, twice from the same process."""
    _, asked = folder.fill("classifier")
    train_all([folder], index_type="faiss.IVFFlat")
    expected = folder.model.answer(asked[:, 1:])
    environment = {**os.environ, **folder.lay_out(index_type="faiss.IVFFlat"), "OMP_NUM_THREADS": threads}
    subprocess.run([sys.executable, "-c", FORKING], env=environment, check=True, timeout=PATIENCE, capture_output=True)

    np.testing.assert_array_equal(folder.model.answer(asked[:, 1:])["predicted_label"], expected["predicted_label"])
