"""Answers: every content type in and out, and what is no model."""

import json
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.batch import Note
from fieldstone.algorithms.amazon.recordio import split
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.factorization_machines import model
from fieldstone.algorithms.factorization_machines.model import Fitted, load
from fieldstone.algorithms.factorization_machines.training import Parameters
from fieldstone.contract.serving import Invocation

RECORDIO = "application/x-recordio-protobuf"
PARAMETERS = Parameters(
    0.5, np.array([1, 0, -1, 0], np.float32), np.array([[1, 0], [0, 1], [2, 0], [0, 3]], np.float32)
)
ROWS = np.array([[1, 0, 2, 0], [0, 1, 0, -1]], np.float32)
SCORES = [0.5 + 1 - 2 + 4, 0.5 - 3]
CHANCES = [1 / (1 + np.exp(-score)) for score in SCORES]
SPARSE = [
    {"data": {"features": {"keys": [0, 2], "shape": [4], "values": [1, 2]}}},
    {"data": {"features": {"keys": [1, 3], "shape": [4], "values": [1, -1]}}},
]
BODIES = [
    ("application/json", json.dumps({"instances": [{"features": row} for row in ROWS.tolist()]})),
    ("application/json", json.dumps({"instances": SPARSE})),
    ("application/jsonlines", "\n".join(map(json.dumps, [{"features": ROWS[0].tolist()}, SPARSE[1]]))),
    (RECORDIO, records.write(ROWS)),
    (RECORDIO, records.write(csr_matrix(ROWS))),
]


def predict(folder, *, classifier):
    model.save(folder / "model_algo-1", Fitted(PARAMETERS, classifier))
    return Predictor(load(folder))


def invoke(predictor, body, content_type, accept=""):
    body = body if isinstance(body, bytes) else body.encode()
    (reply,) = predictor.answer([Invocation(body, content_type, accept, {})])
    return reply


@pytest.mark.parametrize(("content_type", "body"), BODIES)
def test_every_content_type_gets_scores_and_a_classifier_labels(tmp_path, content_type, body):
    """A score is the value, or the chance of label 1."""
    (tmp_path / "values").mkdir()
    (tmp_path / "classes").mkdir()
    values = invoke(predict(tmp_path / "values", classifier=False), body, content_type)
    classes = invoke(predict(tmp_path / "classes", classifier=True), body, content_type)
    told = json.loads(classes.body)["predictions"]

    assert json.loads(values.body) == {"predictions": [{"score": score} for score in SCORES]}
    assert [row["predicted_label"] for row in told] == [1, 0]
    assert [row["score"] for row in told] == pytest.approx(CHANCES)


def test_every_accept_gets_its_form(tmp_path):
    """Lines of JSON, and records that repeat who asked."""
    predictor = predict(tmp_path, classifier=True)
    lines = invoke(predictor, *BODIES[1][::-1], "application/jsonlines").body.splitlines()
    reply = invoke(predictor, records.write(csr_matrix(ROWS), notes=[Note("a"), Note("b")]), RECORDIO, RECORDIO)
    answers = [reply.body[start:end] for start, end in zip(*split(reply.body)[:2], strict=True)]

    assert [sorted(json.loads(line)) for line in lines] == [["predicted_label", "score"]] * 2
    for answer, uid in zip(answers, (b"a", b"b"), strict=True):
        assert b"score" in answer
        assert b"predicted_label" in answer
        assert answer.endswith(b"\x1a\x01" + uid)


def test_requests_together_are_answered_as_if_each_were_alone(tmp_path):
    """Dense, sparse and wrong ones."""
    predictor = predict(tmp_path, classifier=False)
    requests = [
        Invocation(body if isinstance(body, bytes) else body.encode(), content_type, "", {})
        for content_type, body in [*BODIES, ("application/json", "{}"), *BODIES]
    ]

    assert predictor.answer(requests) == [predictor.answer([request])[0] for request in requests]


@pytest.mark.parametrize(
    ("content_type", "body", "status", "reason"),
    [
        ("text/csv", "1,0,2,0\n", 415, "Content-type text/csv not supported"),
        ("application/json", '{"instances": [{"features": [1]}]}', 400, "it has 1 features and the model 4"),
        ("application/json", json.dumps({"instances": SPARSE}).replace("[4]", "[5]"), 400, "it has 5 features and the"),
        (
            "application/json",
            json.dumps({"instances": SPARSE}).replace("[0, 2]", "[0, 9]"),
            400,
            "its key 9 is not below",
        ),
        ("application/json", '{"instances": [{"features": [1, "a", 2, 3]}]}', 400, "Expected `float`, got `str`"),
        (RECORDIO, records.write(ROWS)[:-1], 400, "record 2: it is cut off"),
        (RECORDIO, records.write(ROWS + np.float32(np.inf)), 400, "it has a number that is not finite"),
    ],
)
def test_a_body_that_is_wrong_is_refused(tmp_path, content_type, body, status, reason):
    """In AWS's words, and then what is wrong."""
    reply = invoke(predict(tmp_path, classifier=False), body, content_type)

    assert reply.status == status
    assert reason in reply.body.decode()


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other", "narrow"])
def test_what_is_no_model_is_not_served(tmp_path, damage):
    """And the log says why."""
    path = tmp_path / "model_algo-1"
    narrow = Parameters(0.0, np.zeros(3, np.float32), np.zeros((4, 2), np.float32))
    model.save(path, Fitted(narrow if damage == "narrow" else PARAMETERS, classifier=True))
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "other":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("meta.json", "[]")
    elif damage != "narrow":
        path.write_bytes(b"" if damage == "empty" else data[:-30])

    with pytest.raises(ValueError, match=r"no file called model_algo-1|model_algo-1 is not the model of a factor"):
        load(tmp_path)
