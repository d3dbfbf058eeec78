"""Answers: every content type in and out, with distances and without; and what is no model."""

import json
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.batch import Note
from fieldstone.algorithms.amazon.recordio import split
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.knn import index, model
from fieldstone.algorithms.knn.model import Neighbours, Preparation, load
from fieldstone.contract.serving import Invocation

POINTS = np.array([[0, 0], [1, 0], [0, 2], [9, 9]], np.float32)
LABELS = np.array([0, 1, 1, 7], np.float32)
ROWS = np.array([[0, 0.5], [8, 9]], np.float32)
PLAIN = [{"predicted_label": 1.0}, {"predicted_label": 1.0}]
VERBOSE = [
    {"predicted_label": 1.0, "distances": [0.25, 1.25, 2.25], "labels": [0.0, 1.0, 1.0]},
    {"predicted_label": 1.0, "distances": [1.0, 113.0, 130.0], "labels": [7.0, 1.0, 1.0]},
]
RECORDIO = "application/x-recordio-protobuf"
BODIES = [
    ("text/csv", "0,0.5\n8,9\n"),
    ("text/csv; label_size=0; encoding=utf-8", "0,0.5\n8,9\n"),
    ("application/json", json.dumps({"instances": [{"features": row} for row in ROWS.tolist()]})),
    ("application/json", json.dumps({"instances": [
        {"data": {"features": {"values": [0, 0.5]}}},
        {"data": {"features": {"keys": [0, 1], "shape": [2], "values": [8, 9]}}},
    ]})),
    ("application/jsonlines", '{"features": [0, 0.5]}\n{"data": {"features": {"values": [8, 9]}}}'),
    (RECORDIO, records.write(ROWS)),
    (RECORDIO, records.write(csr_matrix(ROWS))),
]  # fmt: skip


def make(metric="L2", predictor="classifier", k=3):
    unit = metric == "COSINE"
    points = index.normalise(POINTS) if unit else POINTS
    built = index.build([points], len(points), index.Shape(metric=metric))
    return Neighbours(2, k, predictor, LABELS, Preparation(None, unit=unit), built)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model.save(folder / "model_algo-1", make())
    return Predictor(load(folder))


def invoke(predictor, body, content_type, accept=""):
    body = body if isinstance(body, bytes) else body.encode()
    (reply,) = predictor.answer([Invocation(body, content_type, accept, {})])
    return reply


@pytest.mark.parametrize(("content_type", "body"), BODIES)
def test_every_content_type_gets_labels_and_when_asked_for_the_neighbours(predictor, content_type, body):
    """Distances are squared, and rise; labels stand beside them."""
    plain = invoke(predictor, body, content_type)
    verbose = invoke(predictor, body, content_type, "application/json; verbose=true")

    assert (plain.status, plain.content_type) == (200, "application/json")
    assert json.loads(plain.body) == {"predictions": PLAIN}
    assert json.loads(verbose.body) == {"predictions": VERBOSE}


def test_every_accept_gets_its_form(predictor):
    """Lines of JSON and of CSV, and records."""
    content_type, body = BODIES[0]
    told = {
        accept: invoke(predictor, body, content_type, accept).body
        for accept in (
            "application/jsonlines",
            "application/jsonlines;verbose=true",
            "text/csv",
            "text/csv;verbose=true",
        )
    }

    assert [json.loads(line) for line in told["application/jsonlines"].splitlines()] == PLAIN
    assert [json.loads(line) for line in told["application/jsonlines;verbose=true"].splitlines()] == VERBOSE
    assert told["text/csv"] == b"1.0\n1.0\n"
    assert told["text/csv;verbose=true"].splitlines()[0] == b"1.0,0.25,1.25,2.25,0.0,1.0,1.0"


@pytest.mark.parametrize(("accept", "names"), [(RECORDIO, 1), (f"{RECORDIO}; verbose=true", 3)])
def test_a_record_is_answered_with_a_record_that_repeats_who_asked(predictor, accept, names):
    """Its labels have the names of the answer."""
    reply = invoke(predictor, records.write(ROWS, notes=[Note("a"), Note("b")]), RECORDIO, accept)
    answers = [reply.body[start:end] for start, end in zip(*split(reply.body)[:2], strict=True)]

    assert reply.content_type == RECORDIO
    assert [answer.endswith(b"\x1a\x01" + uid) for answer, uid in zip(answers, (b"a", b"b"), strict=True)] == [True] * 2
    for answer in answers:
        assert sum(name in answer for name in (b"predicted_label", b"distances", b"labels")) == names


def test_requests_together_are_answered_as_if_each_were_alone(predictor):
    """Plain and verbose, dense and sparse, and wrong ones."""
    requests = [
        Invocation(body if isinstance(body, bytes) else body.encode(), content_type, accept, {})
        for accept in ("", "application/json; verbose=true", "application/jsonlines")
        for content_type, body in [*BODIES, ("text/csv", "1"), *BODIES]
    ]

    assert predictor.answer(requests) == [predictor.answer([request])[0] for request in requests]


@pytest.mark.parametrize(
    ("content_type", "body", "status", "reason"),
    [
        ("text/csv", "1,2,3\n", 400, "row 1 has 3 columns instead of 2"),
        ("text/csv", "1,x\n", 400, "'x' in row 1, column 2 is not a number."),
        ("application/json", '{"instances": [{"features": [1]}]}', 400, "it has 1 features and the model 2"),
        ("application/json", '{"instances": [{"features": [1, NaN]}]}', 400, "JSON is malformed"),
        (RECORDIO, records.write(ROWS)[:-1], 400, "record 2: it is cut off"),
        ("image/png", "x", 415, "Content-type image/png not supported"),
    ],
)
def test_a_body_that_is_wrong_is_refused(predictor, content_type, body, status, reason):
    """In AWS's words, and then what is wrong."""
    reply = invoke(predictor, body, content_type, "application/json; verbose=true")

    assert reply.status == status
    assert reason in reply.body.decode()


def test_products_rise_too_so_that_the_nearest_is_the_last():
    """As AWS's documents say of distances; the vote is the nearest ones'."""
    found = make("INNER_PRODUCT", k=2).answer(np.array([[1, 0]], np.float32))
    cosine = make("COSINE", k=2).answer(np.array([[0, 5]], np.float32))

    assert found["distances"].tolist() == [[1, 9]]
    assert found["labels"].tolist() == [[1, 7]]
    np.testing.assert_allclose(cosine["distances"], [[0.5**0.5, 1]], rtol=1e-6)
    assert cosine["labels"].tolist() == [[7, 1]]


def test_a_regressor_answers_the_mean():
    """Of the neighbours' labels."""
    assert make(predictor="regressor").answer(ROWS)["predicted_label"].tolist() == pytest.approx([2 / 3, 3])


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "altered", "other", "labels"])
def test_what_is_no_model_is_not_served(tmp_path, damage):
    """And the log says why."""
    path = tmp_path / "model_algo-1"
    model.save(path, make())
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "labels":
        model.save(path, Neighbours(2, 3, "classifier", LABELS[:2], Preparation(None), make().index))
    elif damage == "other":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("about.json", "{}")
    else:
        at = data.index(POINTS.tobytes())
        altered = data[:at] + b"\xff" + data[at + 1 :]
        path.write_bytes({"empty": b"", "cut": data[:-30], "altered": altered}[damage])

    with pytest.raises(ValueError, match=r"no file called model_algo-1|model_algo-1 is not the model of a KNN"):
        load(tmp_path)
