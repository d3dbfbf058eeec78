"""Answers of the three kinds of models: in every content type, and by the threshold."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.linear_learner import model
from fieldstone.algorithms.linear_learner.fitted import Fitted
from fieldstone.contract.serving import Invocation

ROWS = np.array([[1, 2, 0], [0, 0, 3]], np.float32)
WEIGHTS = np.array([[1], [0.5], [-1], [0.25]])
CLASSES = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0]])
RECORDIO = "application/x-recordio-protobuf"
BODIES = [
    ("text/csv", b"1,2,0\n0,0,3\n"),
    ("application/json", json.dumps({"instances": [{"features": row} for row in ROWS.tolist()]}).encode()),
    ("application/jsonlines", "\n".join(json.dumps({"features": row}) for row in ROWS.tolist()).encode()),
    (RECORDIO, records.write(ROWS)),
    (RECORDIO, records.write(csr_matrix(ROWS))),
]


def served(folder, weights, kind, loss, threshold=np.nan):
    """The answers of a model that was saved."""
    model.save(folder / "model_algo-1", Fitted.rounded(weights, kind, loss, threshold))
    return Predictor(model.load(folder))


def ask(predictor, content_type="text/csv", body=BODIES[0][1], accept=""):
    (reply,) = predictor.answer([Invocation(body, content_type, accept, {})])
    assert reply.status == 200
    return reply.body


@pytest.mark.parametrize(("content_type", "body"), BODIES)
def test_a_binary_classifier_answers_a_probability_and_what_the_threshold_makes_of_it(tmp_path, content_type, body):
    """The score does not depend on the threshold; the label is an integer."""
    for threshold, labels in ((0.5, [1, 0]), (0.95, [0, 0]), (0.01, [1, 1])):
        predictor = served(tmp_path, WEIGHTS, "binary_classifier", "logistic", threshold)
        told = json.loads(ask(predictor, content_type, body))["predictions"]
        assert [row["score"] for row in told] == pytest.approx([1 / (1 + np.exp(-2.25)), 1 / (1 + np.exp(2.75))])
        assert [row["predicted_label"] for row in told] == labels
        assert all(isinstance(row["predicted_label"], int) for row in told)


def test_a_classifier_of_hinge_loss_answers_its_margin(tmp_path):
    """Which its threshold is held against."""
    predictor = served(tmp_path, WEIGHTS, "binary_classifier", "hinge_loss", 0.0)
    assert json.loads(ask(predictor))["predictions"] == [
        {"score": 2.25, "predicted_label": 1}, {"score": -2.75, "predicted_label": 0}
    ]  # fmt: skip


def test_a_multiclass_classifier_answers_all_probabilities_and_the_likeliest(tmp_path):
    """In the order of the classes."""
    told = json.loads(ask(served(tmp_path, CLASSES, "multiclass_classifier", "softmax_loss")))["predictions"]
    powers = np.exp(ROWS @ CLASSES[:-1] + CLASSES[-1])
    for row, expected in zip(told, powers / powers.sum(axis=1, keepdims=True), strict=True):
        assert row["score"] == pytest.approx(expected)
    assert [row["predicted_label"] for row in told] == [1, 2]


def test_a_regressor_answers_its_score_alone_in_every_form(tmp_path):
    """JSON, its lines, and CSV."""
    predictor = served(tmp_path, WEIGHTS, "regressor", "squared_loss")
    assert json.loads(ask(predictor)) == {"predictions": [{"score": 2.25}, {"score": -2.75}]}
    assert ask(predictor, accept="application/jsonlines") == b'{"score":2.25}\n{"score":-2.75}\n'
    assert ask(predictor, accept="text/csv") == b"2.25\n-2.75\n"


def test_records_carry_score_and_label_as_floats(tmp_path):
    """Under their names, in the map of labels."""
    predictor = served(tmp_path, WEIGHTS, "binary_classifier", "hinge_loss", 0.0)
    body = ask(predictor, accept=RECORDIO)
    assert body.count(b"\x0a\x05score") == 2
    assert body.count(b"\x0a\x0fpredicted_label") == 2
    assert np.float32(2.25).tobytes() in body


@pytest.mark.parametrize("content", [None, b"no zip"])
def test_what_is_no_model_is_not_served(tmp_path, content):
    """And the log says why."""
    if content:
        (tmp_path / "model_algo-1").write_bytes(content)
    with pytest.raises(ValueError, match=r"There is no file called model_algo-1|is not the model of a Linear Learner"):
        model.load(tmp_path)
