"""Training: data, log, model, quality and errors."""

import json
import re
import tomllib
import zipfile
from importlib.resources import files

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import metrics
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from tests.algorithms.factorization_machines.conftest import KINDS, RECORDIO, WIDTH, make_pairs

from fieldstone.algorithms.amazon import ndarray, records
from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.algorithms.factorization_machines import rows as passes


def judge(kind, fitted, rows, labels):
    """What scikit-learn says of a model's answers, under the names of the metrics."""
    answers = fitted.answer(rows)
    if kind == "regressor":
        mse = metrics.mean_squared_error(labels, answers["score"])
        away = metrics.mean_absolute_error(labels, answers["score"])
        return {"test:rmse": mse**0.5, "test:mse": mse, "test:absolute_loss": away}
    return {
        "test:binary_classification_accuracy": metrics.accuracy_score(labels, answers["predicted_label"]),
        "test:binary_classification_cross_entropy": metrics.log_loss(labels, answers["score"]),
        "test:binary_f_beta": metrics.f1_score(labels, answers["predicted_label"]),
    }


def found_metrics(log):
    """The last value of each metric of the manifest that the log has."""
    manifest = tomllib.loads((files("fieldstone.algorithms.factorization_machines") / "algorithm.toml").read_text())
    found = {metric["name"]: re.findall(metric["regex"], log) for metric in manifest["metrics"]}
    return {name: float(values[-1]) for name, values in found.items() if values}


@pytest.mark.parametrize("kind", KINDS)
def test_factors_learn_what_weights_alone_cannot_and_the_log_says_so(folder, trained, kind):
    """Metrics are what scikit-learn says of the answers; a linear model is far behind."""
    rows, labels = make_pairs(kind)
    others, truth = make_pairs(kind, 1000, seed=1)
    folder.put("train", rows, labels)
    folder.put("test", others, truth)
    found = found_metrics(trained(predictor_type=kind))
    expected = judge(kind, folder.model, others, truth)
    tested = {name: value for name, value in found.items() if name.startswith("test:")}

    assert tested == pytest.approx(expected, rel=1e-5)
    if kind == "regressor":
        linear = Ridge().fit(rows, labels).predict(others)
        assert found["test:rmse"] < 0.4 * metrics.mean_squared_error(truth, linear) ** 0.5
        during = {f"train:{name}{end}" for name in ("rmse", "mse", "absolute_loss") for end in ("", ":epoch")}
    else:
        linear = LogisticRegression().fit(rows, labels).score(others, truth)
        assert found["test:binary_classification_accuracy"] > max(0.9, linear + 0.1)
        names = (name.removeprefix("test:") for name in expected)
        during = {f"train:{name}{end}" for name in names for end in ("", ":epoch")}
    assert during | {"train:progress", "train:throughput"} == found.keys() - tested.keys()


def test_the_log_has_awss_lines(folder, trained):
    """Those that people and their expressions look for."""
    folder.put("train", *make_pairs("regressor"))
    log = trained(predictor_type="regressor", epochs="2")
    seen = [json.loads(line.removeprefix("#metrics ")) for line in log.splitlines() if '"training_data_iter"' in line]

    for pattern in (
        r"\] Final configuration: \{",
        r"#quality_metric: host=algo-1, epoch=0, batch=0 train rmse <loss>=\d",
        r"#quality_metric: host=algo-1, epoch=1, train mse <loss>=\d",
        r"#quality_metric: host=algo-1, train absolute_loss <loss>=\d",
        r"#progress_metric: host=algo-1, completed 50 % of epochs",
        r"Test data is not provided\.",
    ):
        assert re.search(pattern, log), pattern
    assert [line["Metrics"]["Total Batches Seen"]["sum"] for line in seen] == [30, 30]
    assert {line["Dimensions"]["Algorithm"] for line in seen} == {"factorization-machines"}


def test_the_model_is_a_zip_of_a_network_and_its_parameters_as_notebooks_open_it(folder, trained):
    """They rename `symbol.json` and `params`, and join the rows of `v` with those of `w1_weight`."""
    folder.put("train", *make_pairs("regressor"))
    trained(predictor_type="regressor", epochs="1")
    with zipfile.ZipFile(folder.root / "model" / "model_algo-1") as archive:
        archive.extractall(folder.root)
        assert set(archive.namelist()) == {"meta.json", "symbol.json", "params"}
    arrays = ndarray.load(folder.root / "params")
    symbol = json.loads((folder.root / "symbol.json").read_text())
    joined = np.concatenate([arrays["arg:v"], arrays["arg:w1_weight"]], axis=1)

    assert joined.shape == (WIDTH, 5)
    assert arrays["arg:w0_weight"].shape == (1,)
    assert [symbol["nodes"][number]["name"] for number in symbol["arg_nodes"]] == [
        "data", "w0_weight", "w1_weight", "v", "out_label"
    ]  # fmt: skip
    assert json.loads((folder.root / "meta.json").read_text())["training_parameters"]["feature_dim"] == str(WIDTH)
    assert not [path for path in (folder.root / "model").iterdir() if path.name != "model_algo-1"]


def test_dense_records_train_as_sparse_ones_do(folder, trained):
    """A zero that is written is one that is not; internals that clients send are taken."""
    rows, labels = make_pairs("binary_classifier")
    found = []
    for given in (rows, rows.toarray()):
        folder.put("train", given, labels, ContentType=RECORDIO)
        trained(predictor_type="binary_classifier", epochs="2", _kvstore="dist_sync", _optimizer="adam")
        found.append(folder.model.parameters)

    assert np.array_equal(found[0].factors, found[1].factors)
    assert np.array_equal(found[0].linear, found[1].linear)


def test_rows_that_are_read_anew_in_every_pass_make_the_model_of_rows_that_are_kept(folder, trained, monkeypatch):
    """What does not fit into memory is not kept there."""
    folder.put("train", *make_pairs("regressor"))
    trained(predictor_type="regressor", epochs="3")
    kept = folder.model.parameters
    monkeypatch.setattr(passes, "KEPT", 0)
    trained(predictor_type="regressor", epochs="3")

    assert np.array_equal(folder.model.parameters.factors, kept.factors)


def test_a_digit_is_told_from_the_others_better_than_by_weights_alone(folder, trained):
    """As in AWS's notebook, of real pictures; here eights, which are hard for a linear model."""
    features, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    rows, labels = csr_matrix(features[order].astype(np.float32) / 16), (digits[order] == 8).astype(np.float32)
    folder.put("train", rows[:1200], labels[:1200])
    folder.put("test", rows[1200:], labels[1200:])
    asked = {"feature_dim": "64", "num_factors": "16", "epochs": "40", "factors_wd": "0.0001", "mini_batch_size": "50"}
    found = found_metrics(trained(predictor_type="binary_classifier", **asked))
    linear = LogisticRegression(max_iter=2000).fit(rows[:1200], labels[:1200]).score(rows[1200:], labels[1200:])

    assert found["test:binary_classification_accuracy"] > linear + 0.005


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"predictor_type": None}, "No value(s) were specified for 'predictor_type' which are required hyperparameter"),
        ({"predictor_type": "classifier"}, "'classifier' is not one of ['binary_classifier', 'regressor']"),
        ({"num_factors": "0"}, "Hyperparameter num_factors: '0' is not in [1, +inf)"),
        ({"factors_lr": "-1"}, "Hyperparameter factors_lr: '-1' is not in [0, 1e+30]"),
        ({"bias_init_value": "nan"}, "Hyperparameter bias_init_value: 'nan' is not in [-1e+30, 1e+30]"),
        ({"linear_init_method": "zero"}, "'zero' is not one of ['uniform', 'normal', 'constant']"),
        ({"clip_gradient": "0"}, "Hyperparameter clip_gradient: '0' is not in (0, 1e+30]"),
        ({"depth": "3"}, "Additional hyperparameters are not allowed ('depth' was unexpected)"),
        ({"feature_dim": "7"}, "(Record 1 of file part.pbr: it has 100 features instead of 7)"),
        ({"factors_lr": "1e30", "linear_lr": "1e30"}, "The parameters are not finite any more. Choose lower learning"),
    ],
)
def test_hyperparameters_that_are_wrong_end_the_job_with_a_reason(folder, refused, hyperparameters, reason):
    """As the customer's error that it is."""
    folder.put("train", *make_pairs("regressor", 200))
    options = folder.hyperparameters | {"predictor_type": "regressor"} | hyperparameters
    folder.hyperparameters = {name: value for name, value in options.items() if value is not None}
    failure = refused()

    assert failure.startswith("ClientError: ")
    assert reason in failure


ROWS = np.eye(3, 4, dtype=np.float32)
GOOD = records.write(csr_matrix(ROWS), np.ones((3, 1), np.float32))
WIDER = records.write(csr_matrix(ROWS), np.ones((3, 2), np.float32))
DOUBLE = frame([b"\x0a\x16\x0a\x06values\x12\x0c\x1a\x0a\x0a\x08" + np.float64(1).tobytes()])


@pytest.mark.parametrize(
    ("data", "content_type", "reason"),
    [
        (b"", None, "No training data processed. Either the training channel is empty"),
        (b"1,0,0,0,0\n", "text/csv", "No iterator has been registered for ContentType ('text/csv', '1.0')"),
        (b"1,0,0,0,0\n" * 9, RECORDIO, "(Record 1 of file part: it does not begin with the magic number of RecordIO)"),
        (GOOD[:-2], RECORDIO, "(Record 3 of file part: the file ends within it)"),
        (GOOD.replace(b"values", b"velues"), RECORDIO, "its features are called 'velues' and not 'values'"),
        (
            records.write(ROWS),
            RECORDIO,
            "must have one label, and this one has 0 (channel 'train', record 1 of file",
        ),
        (WIDER, RECORDIO, "Rows must have one label, and this one has 2 (channel 'train', record 1 of file part)"),
        (
            GOOD + records.write(ROWS, 2 * np.ones((3, 1), np.float32)),
            RECORDIO,
            "from 0 to 1, and this one is 2 (channel 'train', record 4 of file part)",
        ),
        (
            records.write(ROWS + np.float32(np.nan), np.ones((3, 1), np.float32)),
            RECORDIO,
            "a number that is not finite",
        ),
        (DOUBLE, RECORDIO, "its features are a Float64Tensor and not a Float32Tensor"),
    ],
)
def test_data_that_cannot_be_learnt_from_end_the_job_with_a_reason(folder, refused, data, content_type, reason):
    """With file and record, where there is one."""
    folder.write("train", "part", data, content_type)

    assert reason in refused(predictor_type="binary_classifier", feature_dim="4" if data is not DOUBLE else "1")
