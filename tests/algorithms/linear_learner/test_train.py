"""Training as a program: data, log, model and errors."""

import itertools
import json
import re
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import metrics
from tests.algorithms.linear_learner.conftest import KINDS, kind_options, make_table, read_metrics, to_csv

from fieldstone.algorithms.amazon import ndarray, records
from fieldstone.algorithms.amazon.rows import in_batches
from fieldstone.algorithms.linear_learner import rows

NETWORKS = itertools.count()
RECORDIO = "application/x-recordio-protobuf"
BETA = 2


def judged(kind, fitted, table):
    """What scikit-learn says of a model's answers, under the names of the metrics."""
    labels, features = table[:, 0].astype(np.float64), table[:, 1:].astype(np.float64)
    margins = features @ fitted.weights[:-1] + fitted.weights[-1]
    if kind == "regressor":
        mse = metrics.mean_squared_error(labels, margins[:, 0])
        away = metrics.mean_absolute_error(labels, margins[:, 0])
        return {"objective_loss": mse, "mse": mse, "rmse": mse**0.5, "absolute_loss": away}
    if kind == "binary_classifier":
        chances = 1 / (1 + np.exp(-margins[:, 0]))
        said = chances > fitted.threshold
        return {
            "objective_loss": metrics.log_loss(labels, chances),
            "binary_classification_accuracy": metrics.accuracy_score(labels, said),
            "binary_f_beta": metrics.fbeta_score(labels, said, beta=BETA),
            "precision": metrics.precision_score(labels, said),
            "recall": metrics.recall_score(labels, said),
            "roc_auc_score": metrics.roc_auc_score(labels, chances),
        }
    chances = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    said, every = margins.argmax(axis=1), {"average": "macro", "zero_division": 0}
    ranks = 1 + (margins > margins[np.arange(len(labels)), labels.astype(int)][:, None]).sum(axis=1)
    return {
        "objective_loss": metrics.log_loss(labels, chances),
        "multiclass_accuracy": metrics.accuracy_score(labels, said),
        "multiclass_top_k_accuracy": metrics.top_k_accuracy_score(labels, chances, k=2),
        "dcg": np.mean(1 / np.log2(1 + ranks)),
        "macro_recall": metrics.recall_score(labels, said, **every),
        "macro_precision": metrics.precision_score(labels, said, **every),
        "macro_f_beta": metrics.fbeta_score(labels, said, beta=BETA, **every),
    }


def found_metrics(log):
    """The last value of each metric of the manifest that the log has."""
    return {name: values[-1] for name, values in read_metrics(log).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_of_the_log_is_what_scikit_learn_says_of_the_models_answers(folder, kind):
    """On every channel; and nothing is told that the kind does not have."""
    tables = {channel: make_table(kind, seed=seed) for seed, channel in enumerate(("train", "validation", "test"))}
    for channel, table in tables.items():
        folder.write(channel, table)
    code, log = folder.train(**kind_options(kind), f_beta=str(BETA), accuracy_top_k="2")
    assert code == 0, log
    found = found_metrics(log)
    final = {"train:objective_loss": "train:objective_loss:final", "test:objective_loss": "test:objective_loss"}
    final["validation:objective_loss"] = "validation:objective_loss:final"
    expected = {
        final.get(f"{channel}:{name}", f"{channel}:{name}"): value
        for channel, table in tables.items()
        for name, value in judged(kind, folder.model, table).items()
    }
    during = {"train:objective_loss", "validation:objective_loss", "train:progress", "train:throughput"}

    assert {name: found[name] for name in found.keys() - during} == pytest.approx(expected, rel=1e-6)
    assert during <= found.keys()
    assert found["train:progress"] == 100


def test_the_log_has_awss_lines(folder):
    """Those that people and their expressions look for."""
    folder.write("train", make_table("binary_classifier"))
    folder.write("validation", make_table("binary_classifier", seed=1))
    _, log = folder.train(predictor_type="binary_classifier", learning_rate="0.04", wd="0.001", l1="0")
    objective = "binary_classification_cross_entropy_objective"
    seen = [json.loads(line.removeprefix("#metrics ")) for line in log.splitlines() if '"training_data_iter"' in line]

    for pattern in (
        r"\] Final configuration: \{",
        rf"#quality_metric: host=algo-1, epoch=0, train {objective} <loss>=0\.\d+",
        rf"#quality_metric: host=algo-1, epoch=2, validation {objective} <loss>=0\.\d+",
        rf"#early_stopping_criteria_metric: host=algo-1, epoch=0, criteria={objective}, value=0\.\d+",
        r"Epoch 0: Loss improved\. Updating best model",
        r"#progress_metric: host=algo-1, completed 33 % of epochs",
        r"#validation_score \(algo-1\) : \('binary_classification_accuracy', 0\.\d+\)",
        r"#quality_metric: host=algo-1, validation binary_f_1\.000 <score>=0\.\d+",
        r'Best model found for hyperparameters: {"optimizer": "adam", "learning_rate": 0\.04, "l1": 0\.0, "wd": 0\.001',
        r"Test data is not provided\.",
    ):
        assert re.search(pattern, log), pattern
    assert [line["Dimensions"]["epoch"] for line in seen] == [0, 1, 2]
    assert {line["Dimensions"]["Algorithm"] for line in seen} == {"Linear Learner"}
    assert {line["Metrics"]["Total Records Seen"]["sum"] for line in seen} == {600.0}


@pytest.mark.parametrize(
    ("kind", "loss", "output", "shape"),
    [
        ("binary_classifier", "auto", "LogisticRegressionOutput", (1, 4)),
        ("binary_classifier", "hinge_loss", "LinearRegressionOutput", (1, 4)),
        ("multiclass_classifier", "auto", "SoftmaxOutput", (3, 4)),
        ("regressor", "huber_loss", "LinearRegressionOutput", (1, 4)),
    ],
)
def test_the_model_is_a_zip_of_a_network_of_mxnets(folder, kind, loss, output, shape):
    """Its weights, for rows as they came, are arrays as MXNet keeps them; the rest is beside it."""
    folder.write("train", make_table(kind))
    code, log = folder.train(**kind_options(kind), loss=loss)
    assert code == 0, log
    with zipfile.ZipFile(folder.root / "model" / "model_algo-1") as archive:
        archive.extractall(folder.root)
        names = set(archive.namelist())
    arrays = ndarray.load(folder.root / "mx-mod-0000.params")
    symbol = json.loads((folder.root / "mx-mod-symbol.json").read_text())

    assert names == {"additional-params.json", "manifest.json", "mx-mod-symbol.json", "mx-mod-0000.params"}
    assert {name: array.shape for name, array in arrays.items()} == {
        "arg:fc0_weight": shape, "arg:fc0_bias": shape[:1]
    }  # fmt: skip
    assert [node["op"] for node in symbol["nodes"] if node["op"] != "null"] == ["FullyConnected", output]


def test_records_dense_or_sparse_train_as_text_does(folder):
    """Dense ones to the bit; sparse ones among dense channels are made dense."""
    table, others = make_table("regressor"), make_table("regressor", seed=1)
    logs = []
    for train, validation in (
        ((to_csv(table), "text/csv"), (to_csv(others), "text/csv;label_size=1")),
        ((records.write(table[:, 1:], table[:, :1]), RECORDIO),
         (records.write(csr_matrix(others[:, 1:]), others[:, :1]), RECORDIO)),
    ):  # fmt: skip
        folder.write("train", *train)
        folder.write("validation", *validation)
        logs.append(folder.train(predictor_type="regressor")[1])
    quality = [re.findall(r"#quality_metric.*", log) for log in logs]

    assert len(quality[0]) > 6
    assert quality[0] == quality[1]


def test_sparse_rows_stay_sparse_and_learn(folder):
    """As the first rows of a channel; nine of ten numbers are zero here."""
    draws = np.random.default_rng(0)
    features = (draws.normal(size=(800, 30)) * (draws.random((800, 30)) < 0.1)).astype(np.float32)
    labels = (features[:, :1] > features[:, 1:2]).astype(np.float32)
    folder.write("train", records.write(csr_matrix(features), labels), RECORDIO)
    code, log = folder.train(predictor_type="binary_classifier", epochs="10")

    assert code == 0, log
    assert found_metrics(log)["train:roc_auc_score"] > 0.95


def test_rows_that_are_read_anew_in_every_pass_make_the_model_of_rows_that_are_kept(folder, monkeypatch):
    """What does not fit into memory is not kept there."""
    folder.write("train", make_table("binary_classifier"))
    folder.train(predictor_type="binary_classifier")
    kept = folder.model
    monkeypatch.setattr(rows, "KEPT", 0)
    folder.train(predictor_type="binary_classifier")

    assert np.array_equal(folder.model.weights, kept.weights)
    assert folder.model.threshold == kept.threshold


def test_training_ends_early_when_patience_does(folder):
    """And says so; the progress is whole then."""
    folder.write("train", make_table("regressor"))
    _, log = folder.train(
        predictor_type="regressor", epochs="50", early_stopping_tolerance="0.9", early_stopping_patience="1"
    )

    assert "Early stopping condition met. Stopping training." in log
    assert len(re.findall("#early_stopping_criteria_metric", log)) < 10
    assert found_metrics(log)["train:progress"] == 100


def test_a_tuning_job_trains_one_model(folder):
    """As on AWS, whatever num_models says: with everything fixed, weights are those of one alone."""
    folder.write("train", make_table("regressor"))
    folder.train(predictor_type="regressor", num_models="1")
    one = folder.model
    folder.train(predictor_type="regressor", num_models="8", _tuning_objective_metric="train:mse")

    assert np.array_equal(folder.model.weights, one.weights)


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"predictor_type": None}, "No value(s) were specified for 'predictor_type' which are required"),
        ({"predictor_type": "classifier"}, "'classifier' is not one of ['binary_classifier', 'multiclass_"),
        ({"predictor_type": "multiclass_classifier"}, "num_classes: it must be given, from 3 to 1000000"),
        ({"loss": "squared_loss"}, "'squared_loss' is not one of ['logistic', 'hinge_loss', 'auto'] for"),
        ({"learning_rate": "0"}, "Hyperparameter learning_rate: '0' is not in (0, 1e+30]"),
        ({"quantile": "1"}, "Hyperparameter quantile: '1' is not in (0, 1)"),
        ({"positive_example_weight_mult": "-1"}, "'-1' is not in (0, 1e+30] or one of ['balanced', 'auto']"),
        ({"depth": "3"}, "Additional hyperparameters are not allowed ('depth' was unexpected)"),
    ],
)
def test_hyperparameters_that_cannot_be_end_the_job_with_a_reason(folder, hyperparameters, reason):
    """As the customer's error that it is."""
    folder.write("train", b"0,1\n1,2\n")
    options = {"predictor_type": "binary_classifier"} | hyperparameters
    code, log = folder.train(**{name: value for name, value in options.items() if value is not None})

    assert code == 2, log
    assert folder.failure.startswith("ClientError: ")
    assert reason in folder.failure


def test_batches_have_the_size_that_was_asked_for_whatever_chunks_come():
    """The last one has the rest, and no row is lost."""
    numbers = np.arange(25, dtype=np.float32)
    chunks = [numbers[:3], numbers[3:4], numbers[4:20], numbers[20:]]
    for form in (np.asarray, csr_matrix):
        batches = list(in_batches([(form(chunk[:, None]), chunk) for chunk in chunks], 7))
        assert [len(labels) for _, labels in batches] == [7, 7, 7, 4]
        assert np.concatenate([labels for _, labels in batches]).tolist() == numbers.tolist()
        found = [np.asarray(part.sum(axis=1)).ravel() for part, _ in batches]
        assert np.concatenate(found).tolist() == numbers.tolist()
