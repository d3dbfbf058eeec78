"""Several hosts: all take the same steps."""

import itertools
import os

import numpy as np
import pytest
from tests.algorithms.factorization_machines.conftest import Folder, make_pairs

NETWORKS = itertools.count()


def train_on_hosts(tmp_path, shares, **hyperparameters):
    network = f"127.{128 + os.getpid() % 100}.{180 + next(NETWORKS)}"
    names = [f"{network}.{number + 1}" for number in range(len(shares))]
    hosts = [Folder(tmp_path / name) for name in names]
    for name, host, (rows, labels) in zip(names, hosts, shares, strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
        host.put("train", rows, labels, S3DistributionType="ShardedByS3Key")
        host.put("test", rows, labels, S3DistributionType="ShardedByS3Key")
    processes = [host.start(predictor_type="regressor", **hyperparameters) for host in hosts]
    logs = []
    for process in processes:
        with process:
            log, errors = process.communicate(timeout=600)
        assert (process.returncode, errors) == (0, "")
        logs.append(log)
    return hosts, logs


def test_hosts_make_the_model_that_one_makes_of_batches_as_large_as_all_of_theirs(folder, trained, tmp_path):
    """To five digits; only the first host leaves a model, and tells the score of all test rows."""
    rows, labels = make_pairs("regressor", 1200)
    folder.put("train", rows, labels)
    folder.put("test", rows, labels)
    log = trained(predictor_type="regressor", epochs="3", mini_batch_size="100")
    # Of every hundred rows, each host has fifty.
    turns = np.arange(1200) % 100 < 50
    shares = [(rows[np.flatnonzero(which)], labels[which]) for which in (turns, ~turns)]
    hosts, logs = train_on_hosts(tmp_path, shares, epochs="3", mini_batch_size="50")
    found, expected = hosts[0].model.parameters, folder.model.parameters
    scores = [[line.split(", ")[-1] for line in each.splitlines() if "#test_score" in line] for each in (log, *logs)]

    np.testing.assert_allclose(found.factors, expected.factors, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.linear, expected.linear, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.bias, expected.bias, rtol=1e-5)
    assert [len(each) for each in scores] == [3, 3, 0]
    np.testing.assert_allclose(*([float(text.strip(")")) for text in each] for each in scores[:2]), rtol=1e-4)
    assert not list((hosts[1].root / "model").iterdir())


@pytest.mark.slow
def test_a_host_with_fewer_rows_or_none_goes_along(tmp_path):
    """The steps of the others are made of their rows alone."""
    rows, labels = make_pairs("regressor", 700)
    shares = [(rows[:600], labels[:600]), (rows[600:], labels[600:]), (rows[:0], labels[:0])]
    hosts, logs = train_on_hosts(tmp_path, shares, epochs="2")

    assert hosts[0].model.parameters.finite
    assert ['"Total Records Seen": {"sum": 0.0' in log for log in logs] == [False, False, True]
