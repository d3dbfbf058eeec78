"""Training as a process: data, log, model, hosts and errors."""

import itertools
import json
import os
import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from tests.algorithms.kmeans.conftest import Folder, make_rows

from fieldstone.algorithms.amazon.hyperparameters import validate
from fieldstone.algorithms.kmeans.algorithm import KMEANS
from fieldstone.algorithms.kmeans.training import evaluate
from fieldstone.contract.training import UserError

NETWORKS = itertools.count()


def to_csv(rows, label=""):
    return "".join(label + ",".join(map(repr, row)) + "\n" for row in rows.tolist()).encode()


def read_metrics(log):
    """Every value that the manifest's expressions find, by the metric's name."""
    manifest = tomllib.loads((files("fieldstone.algorithms.kmeans") / "algorithm.toml").read_text())
    found = {metric["name"]: list(map(float, re.findall(metric["regex"], log))) for metric in manifest["metrics"]}
    return {name: values for name, values in found.items() if values}


def test_the_model_is_a_list_of_one_array_whose_centres_are_scikit_learns(folder):
    """In single precision, k x features, as `mx.ndarray.load` gives it."""
    code, _, errors = folder.train()
    best = KMeans(4, n_init=10, random_state=0).fit(make_rows())

    assert (code, errors) == (0, "")
    assert {name: (array.shape, array.dtype) for name, array in folder.model.items()} == {"0": ((4, 6), np.float32)}
    np.testing.assert_allclose(np.sort(folder.centers, axis=0), np.sort(best.cluster_centers_, axis=0), atol=1e-3)


def test_the_log_has_awss_lines(folder):
    """Those that people and their expressions look for: of every epoch, of every trial, of the test rows."""
    checks = make_rows(300, seed=5)
    folder.write("test", "checks.csv", to_csv(checks, "7,"), "text/csv;label_size=1")
    _, log, _ = folder.train(epochs="2", eval_metrics='["msd", "ssd"]', mini_batch_size="600")
    metrics = [json.loads(line.removeprefix("#metrics ")) for line in log.splitlines() if line.startswith("#metrics ")]
    seen = next(line for line in metrics if line["Dimensions"].get("Meta") == "training_data_iter")
    found = read_metrics(log)
    train, test = (evaluate([rows], folder.centers.astype(np.float64)) for rows in (make_rows(), checks))

    for text in (
        "'extra_center_factor' was set to 'auto', evaluated to 10.",
        "shrinking 40 centers into 4",
        "local kmeans attempt #9. Current mean square distance ",
        "finished shrinking process. Mean Square Distance = ",
        "#test_score (algo-1) : ('ssd', ",
    ):
        assert text in log
    assert seen["Dimensions"]["Algorithm"] == "AWS/KMeansWebscale"
    assert [seen["Metrics"][f"Total {what} Seen"]["sum"] for what in ("Records", "Batches")] == [2000, 4]
    assert found["train:progress"] == [50, 100]
    assert len(found["train:throughput"]) == 2
    assert found["train:msd"] == pytest.approx([train["msd"]], rel=1e-5)
    assert found["test:msd"] == pytest.approx([test["msd"]], rel=1e-5)
    assert found["test:ssd"] == pytest.approx([test["ssd"]], rel=1e-5)


def test_text_and_sparse_records_in_one_job_train_alike(tmp_path):
    """A mini-batch of more rows than there are is told of; hyperparameters that AWS's machinery adds are none."""
    folder = Folder(tmp_path)
    rows = np.where(np.abs(make_rows()) > 5, make_rows(), 0)
    folder.write("train", "a.pbr", csr_matrix(rows[:900]))
    folder.write("train", "b.pbr", rows[900:])
    code, log, errors = folder.train(_num_slices="1", force_dense="True", init_method="k-means++")
    sparse = folder.centers

    assert (code, errors) == (0, "")
    assert "Batch size 5000 is bigger than the first batch data. Effective batch size used to initialize is 2000" in log
    assert "Test data is not provided." in log
    folder.channels.clear()
    for file in (folder.root / "input" / "data" / "train").iterdir():
        file.unlink()
    folder.write("train", "a.csv", to_csv(rows), "text/csv;label_size=0")
    folder.train()
    np.testing.assert_allclose(folder.centers, sparse, atol=1e-3)


def test_hosts_find_the_centres_that_one_finds(folder, tmp_path):
    """Sharded, one of them without any rows; test rows that all of them have count once; the first leaves a model."""
    network = f"127.{128 + os.getpid() % 100}.{150 + next(NETWORKS)}"
    names = [f"{network}.{number}" for number in (1, 2, 3)]
    hosts = [Folder(tmp_path / name) for name in names]
    checks = make_rows(100, seed=7)
    for name, host, rows in zip(names, hosts, (make_rows()[:0], make_rows()[:800], make_rows()[800:]), strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
        host.write("train", "part.pbr", rows, S3DistributionType="ShardedByS3Key")
        host.write("test", "checks.pbr", checks)
    processes = [host.start(eval_metrics='["ssd"]') for host in hosts]
    logs = []
    for process in processes:
        with process:
            log, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        logs.append(log)
    folder.train()

    np.testing.assert_allclose(hosts[0].centers, folder.centers, atol=1e-3)
    ssd = evaluate([checks], hosts[0].centers.astype(np.float64))["ssd"]
    assert read_metrics("".join(logs))["test:ssd"] == pytest.approx([ssd], rel=1e-5)
    assert not list((hosts[1].root / "model").iterdir())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "No training data processed. Either the training channel is empty or the mini-batch size"),
        (b"1,2,3,4,5,6\n" * 3, "The training data has 3 data points, fewer than k=4."),
        (b"1,2,3,4,5,6\n1,2\n", "Unable to parse csv: row 2 of file a.csv has 2 columns instead of 6"),
    ],
)
def test_data_that_are_wrong_end_the_job_with_a_reason(tmp_path, data, reason):
    """In the log and as the reason, without a traceback."""
    folder = Folder(tmp_path)
    folder.write("train", "a.csv", data, "text/csv;label_size=0")
    code, log, errors = folder.train()

    assert code == 2
    assert f"Customer Error: {reason}" in log
    assert folder.failure.read_text().startswith(f"ClientError: {reason}")
    assert "Traceback" not in errors


def test_hyperparameters_have_awss_defaults():
    """Those of its documents; `auto` leaves the value to the algorithm."""
    found = validate(KMEANS.hyperparameters, {"feature_dim": "2", "k": "3"})

    assert found == {
        "feature_dim": 2, "k": 3, "mini_batch_size": 5000, "epochs": 1, "extra_center_factor": None,
        "half_life_time_size": 0, "init_method": "random", "local_lloyd_init_method": "kmeans++",
        "local_lloyd_max_iter": 300, "local_lloyd_num_trials": None, "local_lloyd_tol": 0.0001,
        "eval_metrics": ["msd"], "force_dense": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("k", "0", "'0' is not in [1, +inf)"),
        ("k", "many", "'many' is not of type 'integer'"),
        ("mini_batch_size", "0", "'0' is not in [1, +inf)"),
        ("epochs", "0", "'0' is not in [1, +inf)"),
        ("extra_center_factor", "0", "'0' is not in [1, +inf)"),
        ("half_life_time_size", "-1", "'-1' is not in [0, +inf)"),
        ("init_method", "best", "'best' is not one of ['random', 'kmeans++']"),
        ("local_lloyd_init_method", "auto", "'auto' is not one of ['random', 'kmeans++']"),
        ("local_lloyd_max_iter", "0", "'0' is not in [1, +inf)"),
        ("local_lloyd_num_trials", "1.5", "'1.5' is not of type 'integer'"),
        ("local_lloyd_tol", "1.01", "'1.01' is not in [0, 1]"),
        ("local_lloyd_tol", "nan", "'nan' is not in [0, 1]"),
        ("eval_metrics", '["mse"]', "'[\"mse\"]' is not one of ['msd', 'ssd']"),
        ("eval_metrics", "msd", "Hyperparameter must be valid json, but found eval_metrics: msd"),
    ],
)
def test_hyperparameters_out_of_their_range_are_refused_by_name(name, text, reason):
    """With what is accepted."""
    with pytest.raises(UserError) as error:
        validate(KMEANS.hyperparameters, {"feature_dim": "2", "k": "3", name: text})
    assert name in str(error.value)
    assert reason in str(error.value)
