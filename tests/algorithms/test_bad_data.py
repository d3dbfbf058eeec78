"""Data that nobody can learn from: each of Amazon's own algorithms says which file and row is to blame."""

import gzip
import json
from importlib import import_module
from importlib.resources import files

import numpy as np
import pytest

from fieldstone.algorithms.amazon import records, training
from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.contract.training import FAILURE_CODE

WIDTH = 4
HYPERPARAMETERS = {
    "factorization_machines": {"num_factors": "2", "predictor_type": "regressor"},
    "kmeans": {"k": "2"},
    "knn": {"k": "1", "predictor_type": "regressor", "sample_size": "300"},
    "linear_learner": {"predictor_type": "regressor"},
    "pca": {"num_components": "2", "mini_batch_size": "10"},
    "randomcutforest": {"num_trees": "50"},
}
LABELLED = {"factorization_machines", "knn", "linear_learner"}
ROWS = np.random.default_rng(0).normal(size=(200, WIDTH)).astype(np.float32)
GOOD = b"".join(b",".join(b"%.3f" % number for number in row) + b"\n" for row in ROWS)
RECORDS = records.write(ROWS, ROWS[:, :1])


def find_algorithms():
    for folder in files("fieldstone.algorithms").iterdir():
        if (folder / "algorithm.py").is_file() and folder.name != "amazon":
            module = import_module(f"fieldstone.algorithms.{folder.name}.algorithm")
            yield from ((folder.name, each) for each in vars(module).values() if isinstance(each, Algorithm))


ALGORITHMS = dict(find_algorithms())


@pytest.fixture
def train(tmp_path, monkeypatch, capfd):
    """Train on one file, and give back the exit code, the reason and what the log's readers see of errors."""

    def train(name, data, content_type):
        labels = name in LABELLED
        document = {"feature_dim": str(WIDTH - 1 if labels and content_type else WIDTH), **HYPERPARAMETERS[name]}
        if content_type and not labels:
            content_type += ";label_size=0"
        for kind, content in {
            "hyperparameters": document,
            "inputdataconfig": {"train": {"ContentType": content_type, "S3DistributionType": "ShardedByS3Key"}},
        }.items():
            (tmp_path / "input/config").mkdir(parents=True, exist_ok=True)
            (tmp_path / f"input/config/{kind}.json").write_text(json.dumps(content))
        (tmp_path / "input/data/train").mkdir(parents=True)
        if data is not None:
            (tmp_path / "input/data/train/part-7").write_bytes(data)
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
        code = training.train(ALGORITHMS[name])
        return code, (tmp_path / "output/failure").read_text(), capfd.readouterr().err

    return train


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize(
    ("data", "content_type", "reason"),
    [
        pytest.param(None, "text/csv", "No training data", id="no file"),
        pytest.param(b"", "text/csv", "No training data", id="an empty file"),
        pytest.param(b"", None, "No training data", id="an empty file of records"),
        pytest.param(
            GOOD + b"1,2\n", "text/csv", "row 201 of file part-7 has 2 columns instead of 4", id="a ragged row"
        ),
        pytest.param(
            GOOD + b"1,2,three,4\n", "text/csv", "'three' in row 201, column 3 of file part-7", id="text in a number"
        ),
        pytest.param(GOOD + b"1,2,nan,4\n", "text/csv", "'nan' in row 201, column 3 of file part-7", id="not a number"),
        pytest.param(GOOD + b"1,2,1_0,4\n", "text/csv", "'1_0' in row 201, column 3 of file part-7", id="a dash below"),
        pytest.param(
            GOOD + b'1,2,"3,4\n' + 30 * GOOD, "text/csv", "row 201 of file part-7 has 3 columns", id="an open quote"
        ),
        pytest.param(
            GOOD.replace(b",", b";"), "text/csv", "must have commas between columns", id="semicolons between columns"
        ),
        pytest.param(gzip.compress(GOOD), "text/csv", "must be text in UTF-8, and not compressed", id="a gzipped file"),
        pytest.param(
            GOOD.decode().encode("utf-16"), "text/csv", "must be text in UTF-8, and not compressed", id="UTF-16"
        ),
        pytest.param(
            b"inf,2,3,4\n" + GOOD, "text/csv", "'inf' in row 1, column 1 of file part-7 is not a number.", id="infinity"
        ),
        pytest.param(b"a,b,c,d\n" + GOOD, "text/csv", "must not have a header line", id="a header"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\xff", "text/csv", "row 1 of file part-7 has", id="a picture"),
        pytest.param(RECORDS[:-5], None, "Record 200 of file part-7: the file ends within it", id="cut off"),
        pytest.param(RECORDS + b"\0" * 64, None, "Record 201 of file part-7", id="damaged records"),
        pytest.param(GOOD, None, "Record 1 of file part-7", id="text for records"),
        pytest.param(
            RECORDS + records.write(ROWS[:1, :2], ROWS[:1, :1]),
            None,
            "Record 201 of file part-7: it has 2 features instead of 4",
            id="a narrower record",
        ),
        pytest.param(
            RECORDS + records.write(ROWS[:1] * np.nan, ROWS[:1, :1]),
            None,
            "Record 201 of file part-7: it has a number that is not finite",
            id="a record that is not a number",
        ),
    ],
)
def test_data_that_is_wrong_is_told_by_file_and_row(train, name, data, content_type, reason):
    """As the customer's error, in words alone."""
    if content_type and "csv" not in ALGORITHMS[name].formats:
        pytest.skip("it reads no CSV")
    code, failure, errors = train(name, data, content_type)

    assert code == training.CUSTOMER_CODE != FAILURE_CODE
    assert failure.startswith("ClientError: ")
    assert reason in failure
    assert "Traceback" not in errors
