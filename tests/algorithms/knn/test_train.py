"""Training: data, log, model, quality beside scikit-learn, and errors."""

import json
import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from tests.algorithms.knn.conftest import to_csv

from fieldstone.algorithms.amazon import records

PEERS = {"classifier": KNeighborsClassifier, "regressor": KNeighborsRegressor}
RECORDIO = "application/x-recordio-protobuf"


def expect(kind, table, asked, k=5, **options):
    """What scikit-learn predicts."""
    fitted = PEERS[kind](k, algorithm="brute", **options).fit(table[:, 1:].astype(np.float64), table[:, 0])
    return fitted.predict(asked[:, 1:].astype(np.float64))


def found_metrics(log):
    manifest = tomllib.loads((files("fieldstone.algorithms.knn") / "algorithm.toml").read_text())
    found = {metric["name"]: re.findall(metric["regex"], log) for metric in manifest["metrics"]}
    return {name: float(values[-1]) for name, values in found.items() if values}


@pytest.mark.parametrize("kind", PEERS)
def test_with_all_rows_in_a_flat_index_predictions_are_scikit_learns(folder, trained, kind):
    """Of every test row; and the log tells how good they are."""
    table, asked = folder.fill(kind)
    log = trained()
    expected = expect(kind, table, asked)
    truth = asked[:, 0]
    score = (expected == truth).mean() if kind == "classifier" else ((expected - truth) ** 2).mean()
    name = {"classifier": "test:accuracy", "regressor": "test:mse"}[kind]

    np.testing.assert_allclose(folder.model.answer(asked[:, 1:])["predicted_label"], expected, rtol=1e-6)
    assert found_metrics(log)[name] == pytest.approx(score, rel=1e-6)
    assert {"train:progress", "train:throughput", name} == found_metrics(log).keys()
    assert re.search(rf"#test_score \(algo-1\) : \('{name.removeprefix('test:')}', [0-9.]+\)", log)


def test_the_log_has_awss_lines(folder, trained):
    """Those that people and their expressions look for."""
    folder.fill("classifier")
    log = trained(mini_batch_size="700")
    seen = next(
        json.loads(line.removeprefix("#metrics ")) for line in log.splitlines() if '"training_data_iter"' in line
    )

    for text in ("Final configuration: {", "Using default worker.", "completed 100 % of epochs"):
        assert text in log
    assert seen["Dimensions"]["Algorithm"] == "AWS/KNN"
    assert (seen["Metrics"]["Total Records Seen"]["sum"], seen["Metrics"]["Total Batches Seen"]["sum"]) == (1347, 2)


def test_records_dense_or_sparse_train_as_text_does(folder, trained):
    """The model has the same neighbours, and internals that clients send are taken."""
    table, asked = folder.fill("classifier")
    trained()
    expected = folder.model.answer(asked[:, 1:])
    (folder.root / "input/data/train/rows.csv").unlink()
    for features in (table[:, 1:], csr_matrix(table[:, 1:])):
        folder.write("train", "part.pbr", records.write(features, table[:, :1]), ContentType=RECORDIO)
        trained(_kvstore="dist_sync", _num_gpus="auto", _tuning_objective_metric="test:accuracy")
        found = folder.model.answer(csr_matrix(asked[:, 1:]))
        for name, numbers in expected.items():
            np.testing.assert_array_equal(found[name], numbers)


@pytest.mark.parametrize(
    ("hyperparameters", "share"),
    [
        ({"index_type": "faiss.IVFFlat"}, 0.97),
        ({"index_type": "faiss.IVFFlat", "faiss_index_ivf_nlists": "4"}, 0.97),
        ({"index_type": "faiss.IVFPQ", "faiss_index_pq_m": "16"}, 0.9),
        ({"index_type": "faiss.IVFPQ", "faiss_index_pq_m": "8", "index_metric": "COSINE"}, 0.9),
        ({"dimension_reduction_type": "sign", "dimension_reduction_target": "32"}, 0.9),
        ({"dimension_reduction_type": "fjlt", "dimension_reduction_target": "32"}, 0.9),
        ({"index_metric": "COSINE"}, 0.95),
        ({"index_type": "faiss.IVFFlat", "index_metric": "INNER_PRODUCT"}, 0.6),
    ],
)
def test_every_index_metric_and_reduction_predicts_nearly_as_well_as_all_rows_do(
    folder, trained, hyperparameters, share
):
    """On digits, of which the nearest by Euclidean distance are right of 98 %."""
    folder.fill("classifier")

    assert found_metrics(trained(**hyperparameters))["test:accuracy"] > share


def test_cosine_is_scikit_learns(folder, trained):
    """Also where one row is nothing but zeros."""
    table, asked = folder.fill("classifier")
    table[7, 1:] = 0
    folder.write("train", "rows.csv", to_csv(table), "text/csv")
    trained(index_metric="COSINE")

    expected = expect("classifier", table, asked, metric="cosine")
    assert (folder.model.answer(asked[:, 1:])["predicted_label"] == expected).all()


def test_numbers_far_from_zero_have_the_neighbours_that_they_would_have_there(folder, trained):
    """Squares of such numbers have no digits left for what differs."""
    table, asked = folder.fill("classifier")
    trained()
    expected = folder.model.answer(asked[:, 1:])
    for part in (table, asked):
        part[:, 1:] += 10_000
    folder.write("train", "rows.csv", to_csv(table), "text/csv")
    folder.write("test", "rows.csv", to_csv(asked), "text/csv")
    trained()
    found = folder.model.answer(asked[:, 1:])

    np.testing.assert_allclose(found["distances"], expected["distances"], rtol=1e-6)
    np.testing.assert_array_equal(found["predicted_label"], expected["predicted_label"])


def test_a_sample_is_of_the_size_asked_for_and_one_of_all_rows_is_predicted_from_itself(folder, trained):
    """Rows of the sample are nearest to themselves."""
    table, _ = folder.fill("classifier")
    trained(sample_size="200", k="1")
    found = folder.model.answer(table[:, 1:])

    assert folder.model.index.ntotal == 200
    assert (found["distances"][:, 0] == 0).sum() == 200


WIDE = {"feature_dim": "3", "predictor_type": "classifier", "k": "1"}
REDUCED = {"dimension_reduction_type": "sign"}


@pytest.mark.parametrize(
    ("data", "hyperparameters", "reason"),
    [
        (b"", {}, "No training data processed. Either the training channel is empty"),
        (b"0,1,2,3\n1,2,3\n", {}, "Unable to parse csv: row 2 of file part has 3 columns instead of 4"),
        (b"0,1,2,3\n1,2,x,4\n", {}, "Unable to parse csv: 'x' in row 2, column 3 of file part is not a number."),
        (b"0,1,nan,3\n", {}, "'nan' in row 1, column 3 of file part is not a number."),
        (b"0,1,2,3\n.5,2,3,4\n", {}, "must be integers, and this one is 0.5 (channel 'train', row 2 of file part)"),
        (b"0,1,2,3\n", {"feature_dim": "4"}, "row 1 of file part has 4 columns instead of 5"),
        (b"0,1,2,3\n", {"k": "2"}, "k (2) must not be larger than the number of points in the i"),
        (b"0,1,2,3\n" * 9, {"k": "5", "sample_size": "4"}, "k (5) must not be larger than the number of points"),
        (b"0,1,2,3\n", {"k": "0"}, "Hyperparameter k: '0' is not in [1, +inf)"),
        (b"0,1,2,3\n", {"index_type": "Flat"}, "'Flat' is not one of ['faiss.Flat', 'faiss.IVFFlat', 'faiss.IVFPQ']"),
        (b"0,1,2,3\n", {"faiss_index_pq_m": "5"}, "Hyperparameter faiss_index_pq_m: '5' is not one of [1, 2, 3, 4, 8"),
        (b"0,1,2,3\n", {"index_type": "faiss.IVFPQ"}, "faiss_index_pq_m must be given with index_type faiss.IVFPQ"),
        (b"0,1,2,3\n", {"index_type": "faiss.IVFPQ", "faiss_index_pq_m": "2"}, "faiss_index_pq_m (2) must divide"),
        (b"0,1,2,3\n", {"index_type": "faiss.IVFFlat", "faiss_index_ivf_nlists": "2"}, "faiss_index_ivf_nlists (2) mu"),
        (b"0,1,2,3\n", REDUCED, "dimension_reduction_target must be given with dimension_reduction_type"),
        (b"0,1,2,3\n", REDUCED | {"dimension_reduction_target": "3"}, "dimension_reduction_target (3) must be less"),
        (b"0,1,2,3\n", {"predictor_type": None}, "No value(s) were specified for 'predictor_type' which are required"),
        (b"0,1,2,3\n", {"depth": "3"}, "Additional hyperparameters are not allowed ('depth' was unexpected)"),
    ],
)  # fmt: skip
def test_what_is_wrong_ends_the_job_with_a_reason(folder, refused, data, hyperparameters, reason):
    """As the customer's error that it is."""
    folder.write("train", "part", data, "text/csv")
    options = folder.hyperparameters | WIDE | hyperparameters
    folder.hyperparameters = {name: value for name, value in options.items() if value is not None}
    failure = refused()

    assert failure.startswith("ClientError: ")
    assert reason in failure


TABLE = np.array([[0, 1, 2, 3], [1, 2, 3, 4]], np.float32)
GOOD = records.write(TABLE[:, 1:], TABLE[:, :1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-3], "(Record 2 of file part.pbr: the file ends within it)"),
        (b"1,2,3,4\n" * 9, "(Record 1 of file part.pbr: it does not begin with the magic number of RecordIO)"),
        (GOOD.replace(b"values", b"velues"), "its features are called 'velues' and not 'values'"),
        (records.write(TABLE[:, 1:] * np.inf, TABLE[:, :1]), "it has a number that is not finite"),
        (records.write(TABLE, TABLE[:, :1]), "it has 4 features instead of 3"),
        (
            records.write(TABLE[:, 1:]),
            "one has 0 (channel 'train', record 1 of file part.pbr)",
        ),
        (
            records.write(TABLE[:, 1:], TABLE[:, :2]),
            "one has 2 (channel 'train', record 1 of file part.pbr)",
        ),
    ],
)
def test_records_that_cannot_be_learnt_from_are_named(folder, refused, data, reason):
    """By their file and number."""
    folder.hyperparameters = folder.hyperparameters | WIDE
    folder.write("train", "part.pbr", data)

    with np.errstate(invalid="ignore"):
        assert reason in refused()


def test_test_rows_are_looked_at_as_training_rows_are(folder, refused):
    """A label that is none ends the job too."""
    folder.hyperparameters = folder.hyperparameters | WIDE
    folder.write("train", "part", to_csv(TABLE), "text/csv")
    folder.write("test", "part", b"0.5,1,2,3\n", "text/csv")

    assert "and this one is 0.5 (channel 'test', row 1 of file part)" in refused()
