"""Training as the program does it: data, log, model, hosts and errors."""

import itertools
import json
import os
import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from tests.algorithms.folder import Folder

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.randomcutforest import artifact
from fieldstone.algorithms.randomcutforest.algorithm import RANDOM_CUT_FOREST
from fieldstone.algorithms.randomcutforest.model import score_features

NETWORKS = itertools.count()
COMMAND = ("--image-version", "1", "train")
HYPERPARAMETERS = {"feature_dim": "5", "num_trees": "50"}
DISTRIBUTIONS = {"train": "ShardedByS3Key", "test": "FullyReplicated"}
UNLABELLED, LABELLED = "text/csv;label_size=0", "text/csv;label_size=1"


class ForestFolder(Folder):
    """A contract folder whose channels are dealt out as Random Cut Forest takes them, and the program in it."""

    algorithm = "randomcutforest"
    hyperparameters = HYPERPARAMETERS

    def write(self, channel, name, data, content_type=None, **config):
        super().write(channel, name, data, content_type, **{"S3DistributionType": DISTRIBUTIONS[channel], **config})

    @property
    def model(self):
        return artifact.load(self.root / "model" / "model_algo-1")


@pytest.fixture
def folder(tmp_path):
    return ForestFolder(tmp_path)


@pytest.fixture
def train_here(monkeypatch, capfd):
    """Train in this process, which has imported everything; gives the exit code, the log and the errors."""

    def train_in(folder, **hyperparameters):
        for name, value in folder.lay_out(**hyperparameters).items():
            monkeypatch.setenv(name, value)
        code = main(RANDOM_CUT_FOREST, COMMAND)
        return code, *capfd.readouterr()

    return train_in


def to_csv(rows):
    return "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist()).encode()


def points_of(forest):
    """All points that trees were grown from, each as often as it was there, sorted."""
    rows = forest.structure.points.reshape(-1, forest.features)
    rows = np.repeat(rows, forest.structure.masses.ravel(), axis=0)
    return rows[np.lexsort(rows.T)]


def test_the_log_has_awss_lines_and_the_measures_of_the_labelled_rows(folder, train_here, clouds):
    """The lines of a real job's log, the forest in its words, and what the test channel's scores found."""
    usual, unusual = clouds
    folder.write("train", "matrix_0.pbr", usual)
    labelled = np.vstack([np.c_[np.zeros(len(usual)), usual], np.c_[np.ones(len(unusual)), unusual]])
    folder.write("test", "test.csv", to_csv(labelled.astype(np.float32)), LABELLED)
    code, log, errors = train_here(folder)
    metrics = [json.loads(line.removeprefix("#metrics ")) for line in log.splitlines() if line.startswith("#metrics ")]
    manifest = tomllib.loads((files("fieldstone.algorithms.randomcutforest") / "algorithm.toml").read_text())
    found = {metric["name"]: float(re.search(metric["regex"], log)[1]) for metric in manifest["metrics"]}

    assert (code, errors) == (0, "")
    for text in (
        "Sampling training data completed.",
        "completed 100 % of epochs",
        "3000 samples gathered",
        "Random Cut Forest built: \n\nForestInfo{num_trees: 50, num_samples_in_forest: 3000, num_samples_per_tree: 60",
        "sample_dim: 5, shingle_size: 1, trees_num_nodes: [119, 119, ",
        "Master node: Serializing the RandomCutForest model",
    ):
        assert text in log
    assert {line["Dimensions"]["Algorithm"] for line in metrics} == {"RandomCutForest"}
    assert found["train:throughput"] > 0
    assert found["test:recall"] == 1
    assert 0.1 < found["test:precision"] <= 1
    assert found["test:f1"] == pytest.approx(2 * found["test:precision"] / (1 + found["test:precision"]))
    assert f"#test_score (algo-1) : ('f1', {found['test:f1']})" in log
    assert folder.model.sample_size == 60


def test_only_the_measures_that_are_asked_for_are_told(folder, train_here, clouds):
    """`eval_metrics` is a list in JSON, as the SDK writes it."""
    folder.write("train", "a.pbr", clouds[0])
    folder.write("test", "t.pbr", records.write(clouds[1], np.ones((10, 1), np.float32)))
    code, log, _ = train_here(folder, eval_metrics='["accuracy"]')

    assert code == 0
    assert "test accuracy <score>=" in log
    assert "test f1" not in log


def test_sparse_records_and_csv_make_the_same_forest_as_dense_records(tmp_path, train_here, clouds):
    """To the last bit, and so does the same job once more."""
    rows = np.where(np.abs(clouds[0]) < 2, 0, clouds[0])[:500]
    models = []
    for name, data, content_type in (
        ("dense.pbr", rows, None),
        ("sparse.pbr", records.write(csr_matrix(rows)), None),
        ("text.csv", to_csv(rows), UNLABELLED),
        ("again.pbr", rows, None),
    ):
        folder = ForestFolder(tmp_path / name)
        folder.write("train", name, data, content_type)
        assert train_here(folder, mini_batch_size="1000", force_dense="true")[0] == 0
        models.append((folder.root / "model" / "model_algo-1").read_bytes())

    assert models == models[:1] * 4


def test_two_hosts_sample_as_one_does(tmp_path, train_here, clouds):
    """Each row is in the forest once where all fit; where not, scores are those of one host's forest but for chance."""
    usual, unusual = clouds
    network = f"127.{128 + os.getpid() % 100}.{150 + next(NETWORKS)}"
    names = [f"{network}.{number}" for number in (1, 2)]
    hosts = [ForestFolder(tmp_path / name) for name in names]
    for name, host, rows in zip(names, hosts, (usual[:200], usual[200:]), strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
        host.write("train", "part.pbr", rows)
    alone = ForestFolder(tmp_path / "alone")
    alone.write("train", "part.pbr", usual)
    asked = np.vstack([usual[:300], unusual])
    for size in ("60", "40"):
        processes = [host.start(num_samples_per_tree=size) for host in hosts]
        for process in processes:
            with process:
                _, errors = process.communicate(timeout=120)
            assert (process.returncode, errors) == (0, "")
        train_here(alone, num_samples_per_tree=size)
        both, one = hosts[0].model, alone.model
        if size == "60":
            np.testing.assert_array_equal(points_of(both), points_of(one))
        assert both.structure.points.shape == one.structure.points.shape
        ratio = score_features(both, asked) / score_features(one, asked)
        assert abs(np.log(ratio)).mean() < 0.1  # two forests of one host are 0.05 apart, of thirty pairs 0.08 at most
    assert not list((hosts[1].root / "model").iterdir())


@pytest.mark.parametrize(
    ("data", "changes", "reason"),
    [
        (b"", {}, "No training data processed. Either the training channel is empty"),
        (b"1,2,3\n" * 49, {}, "There are 49 records in the training data, fewer than num_trees (50)"),
        (b"1,2,3\n1,2\n", {}, "Unable to parse csv: row 2 of file a.csv has 2 columns instead of 3"),
        (b"1,2,nan\n", {}, "'nan' in row 1, column 3 of file a.csv is not a number"),
        (b"1,2,3\n", {"num_trees": "49"}, "Hyperparameter num_trees: '49' is not in [50, 1000]"),
        (b"1,2,3\n", {"num_samples_per_tree": "4096"}, "num_samples_per_tree: '4096' is not in [1, 2048]"),
        (b"1,2,3\n", {"feature_dim": "0"}, "Hyperparameter feature_dim: '0' is not in [1, 10000]"),
        (b"1,2,3\n", {"eval_metrics": '["auc"]'}, "is not one of ['accuracy', 'precision_recall_fscore']"),
        (b"1,2,3\n", {"eval_metrics": "accuracy"}, "Hyperparameter must be valid json, but found eval_metrics"),
    ],
)
def test_what_is_wrong_ends_the_job_with_awss_words(folder, train_here, data, changes, reason):
    """In the log and as the reason, without a traceback."""
    folder.write("train", "a.csv", data, UNLABELLED)
    code, log, errors = train_here(folder, **{"feature_dim": "3", **changes})

    assert code == 2
    assert "Customer Error: " in log
    assert folder.failure.read_text().startswith("ClientError: ")
    assert reason in folder.failure.read_text()
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("channel", "data", "content_type", "distribution", "reason"),
    [
        ("train", b"1,2\n", UNLABELLED, "FullyReplicated", "'FullyReplicated' is not one of ['ShardedByS3Key']"),
        ("test", b"0,1,2\n", LABELLED, "ShardedByS3Key", "'ShardedByS3Key' is not one of ['FullyReplicated']"),
        ("test", b"2,1,2\n", LABELLED, "FullyReplicated",
            "and this one is 2 (channel 'test', row 1 of file b.csv)"),
        ("test", b"1,2\n", UNLABELLED, "FullyReplicated", "Test records must have one label, and this one has 0"),
        ("test", b"0,0,1,2\n", "text/csv;label_size=2", "FullyReplicated", "this one has 2"),
    ],
)  # fmt: skip
def test_a_channel_that_aws_does_not_take_is_refused(
    folder, train_here, channel, data, content_type, distribution, reason
):
    """In the way it is dealt out, and in its labels."""
    folder.write("train", "a.csv", b"1,2\n3,4\n" * 25, UNLABELLED)
    folder.write(channel, "b.csv", data, content_type, S3DistributionType=distribution)
    code, _, errors = train_here(folder, feature_dim="2")

    assert code == 2
    assert reason in folder.failure.read_text()
    assert "Traceback" not in errors


def test_an_empty_test_channel_says_so(folder, train_here, clouds):
    """And the model is there."""
    folder.write("train", "a.pbr", clouds[0])
    folder.write("test", "b.csv", b"", LABELLED)
    code, log, _ = train_here(folder)

    assert code == 0
    assert "There are no records in channel 'test'." in log
    assert folder.model.trees == 50
