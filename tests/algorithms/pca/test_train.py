"""Training as a process: data, log, model, hosts and errors."""

import itertools
import json
import os
import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from tests.algorithms.pca.conftest import Folder, make_rows

NETWORKS = itertools.count()


def to_csv(rows):
    return "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist()).encode()


def expect(rows, count=3):
    return PCA(count, svd_solver="full").fit(rows.astype(np.float64))


@pytest.mark.parametrize("mode", ["regular", "randomized"])
def test_the_model_is_a_file_of_mxnets_with_the_components_in_ascending_order(folder, mode):
    """A mean of one row, the singular values, and a column for each component."""
    code, _, errors = folder.train(algorithm_mode=mode)
    expected = expect(make_rows())

    assert (code, errors) == (0, "")
    assert {name: array.shape for name, array in folder.model.items()} == {"mean": (1, 6), "s": (3,), "v": (6, 3)}
    assert {array.dtype for array in folder.model.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(folder.model["s"][::-1], expected.singular_values_, rtol=1e-6)
    np.testing.assert_allclose(folder.model["mean"][0], expected.mean_, rtol=1e-6)
    for number in range(3):
        pair = folder.model["v"][:, [-1 - number]], expected.components_[[number]].T
        assert subspace_angles(*pair)[0] < 1e-6


def test_the_log_has_awss_lines(folder):
    """Those that people and their expressions look for; a test channel is scored by what is left of its rows."""
    checks = make_rows(300, seed=5)
    folder.write("test", "checks.csv", to_csv(checks), "text/csv;label_size=0")
    _, log, _ = folder.train()
    metrics = [json.loads(line.removeprefix("#metrics ")) for line in log.splitlines() if line.startswith("#metrics ")]
    seen = next(line for line in metrics if line["Dimensions"].get("Meta") == "training_data_iter")
    expected = expect(make_rows())
    left = checks - expected.inverse_transform(expected.transform(checks))

    assert re.match(
        r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] Docker entrypoint called with argument\(s\): train", log
    )
    for text in ("Final configuration: {", "Using default worker.", "completed 100 % of epochs"):
        assert text in log
    assert seen["Dimensions"] == {
        "Algorithm": "PCA", "Host": "algo-1", "Operation": "training", "Meta": "training_data_iter", "epoch": 0
    }  # fmt: skip
    assert seen["Metrics"]["Total Records Seen"] == {"sum": 2000.0, "count": 1, "min": 2000, "max": 2000}
    assert seen["Metrics"]["Total Batches Seen"]["sum"] == 4
    manifest = tomllib.loads((files("fieldstone.algorithms.pca") / "algorithm.toml").read_text())
    found = {metric["name"]: float(re.search(metric["regex"], log)[1]) for metric in manifest["metrics"]}
    assert found["train:progress"] == 100
    assert found["train:throughput"] > 0
    assert found["test:reconstruction_error"] == pytest.approx((left**2).sum(axis=1).mean(), rel=1e-6)


def test_without_a_test_channel_the_log_says_so_and_csv_trains_alike(tmp_path):
    """Rows of text are the same rows."""
    folder = Folder(tmp_path)
    folder.write("train", "a.csv", to_csv(make_rows()), "text/csv;label_size=0")
    code, log, _ = folder.train(subtract_mean="false", extra_components="2", _kvstore="dist_sync", force_dense="True")

    assert code == 0
    assert "Test data is not provided." in log
    assert not folder.model["mean"].any()


@pytest.mark.parametrize("mode", ["regular", "randomized"])
def test_hosts_make_the_model_that_one_makes(folder, tmp_path, mode):
    """Sharded, one of them without any rows; only the first leaves a model."""
    network = f"127.{128 + os.getpid() % 100}.{50 + next(NETWORKS)}"
    names = [f"{network}.{number}" for number in (1, 2, 3)]
    hosts = [Folder(tmp_path / name) for name in names]
    for name, host, rows in zip(names, hosts, (make_rows()[:7], make_rows()[7:], make_rows()[:0]), strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
        host.write("train", "part.pbr", rows)
    processes = [host.start(algorithm_mode=mode) for host in hosts]
    for process in processes:
        with process:
            _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    folder.train(algorithm_mode=mode)

    for name, array in hosts[0].model.items():
        np.testing.assert_allclose(array, folder.model[name], rtol=1e-6, atol=1e-7)
    assert not list((hosts[1].root / "model").iterdir())


@pytest.mark.parametrize(
    ("files", "hyperparameters", "reason"),
    [
        ({"a.csv": b""}, {}, "No training data processed. Either the training channel is empty or the mini-batch size"),
        ({"a.csv": b"1,2,3\n1,2\n"}, {}, "Unable to parse csv: row 2 of file a.csv has 2 columns instead of 3"),
        ({"a.csv": b"1,2,3\n"}, {"feature_dim": "4"}, "row 1 of file a.csv has 3 columns instead of 4"),
        ({"a.csv": b"1,2,3\n"}, {"num_components": "4"}, "num_components (4) must not be larger than feature_dim (3)"),
        ({"a.csv": b"1,2,3\n"}, {"num_components": "x"}, "Hyperparameter num_components: 'x' is not of type 'integer'"),
    ],
)
def test_what_is_wrong_ends_the_job_with_awss_words(tmp_path, files, hyperparameters, reason):
    """In the log and as the reason, without a traceback."""
    folder = Folder(tmp_path)
    for name, data in files.items():
        folder.write("train", name, data, "text/csv;label_size=0")
    code, log, errors = folder.train(**{"feature_dim": "3", "num_components": "2", **hyperparameters})

    assert code == 2
    assert f"Customer Error: {reason.split(' has ')[0].split('row ')[0]}" in log
    assert folder.failure.read_text().startswith("ClientError: ")
    assert reason in folder.failure.read_text()
    assert "Traceback" not in errors
