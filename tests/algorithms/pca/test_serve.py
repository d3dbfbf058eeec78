"""Answers: every content type in and out, and refusals."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import ndarray, records
from fieldstone.algorithms.amazon.batch import Note
from fieldstone.algorithms.amazon.recordio import split
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.amazon.wire import Span, read_record
from fieldstone.algorithms.pca.model import load
from fieldstone.contract.serving import Invocation

ROWS = np.array([[1, 2, 0, 4], [0, 0, 3, 0]], np.float32)
MEAN = np.array([[1, 1, 1, 1]], np.float32)
V = np.array([[0, 1], [1, 0], [0, 0], [2, 0]], np.float32)
EXPECTED = ((ROWS - MEAN) @ V).tolist()
LONG = {"data": {"features": {"values": ROWS[0].tolist()}}}
SPARSE = {"data": {"features": {"keys": [2], "shape": [4], "values": [3]}}}
RECORDIO = "application/x-recordio-protobuf"


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    ndarray.save(folder / "model_algo-1", {"mean": MEAN, "s": np.ones(2, np.float32), "v": V})
    return Predictor(load(folder))


def invoke(predictor, body, content_type, accept=""):
    body = body if isinstance(body, bytes) else body.encode()
    (reply,) = predictor.answer([Invocation(body, content_type, accept, {})])
    return reply


BODIES = [
    ("text/csv", "1,2,0,4\n0,0,3,0\n"),
    ("text/csv; label_size=1", "7,1,2,0,4\n7,0,0,3,0"),
    ("application/json", json.dumps({"instances": [{"features": row} for row in ROWS.tolist()]})),
    ("application/json; charset=utf-8", json.dumps({"instances": [LONG, SPARSE], "configuration": {}})),
    ("application/jsonlines", "\n".join(map(json.dumps, [LONG, SPARSE]))),
    (RECORDIO, records.write(ROWS)),
    (RECORDIO, records.write(csr_matrix(ROWS))),
]


@pytest.mark.parametrize(("content_type", "body"), BODIES)
def test_every_content_type_gets_the_projections(predictor, content_type, body):
    """As JSON when nothing else is asked for; the last number belongs to the first component."""
    reply = invoke(predictor, body, content_type)

    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"projections": [{"projection": row} for row in EXPECTED]}


def test_every_accept_gets_its_form(predictor):
    """Lines of JSON, CSV, and records whose label has the projection."""
    body = BODIES[0][1]
    lines = invoke(predictor, body, "text/csv", "application/jsonlines").body.splitlines()
    assert [json.loads(line) for line in lines] == [{"projection": row} for row in EXPECTED]
    assert invoke(predictor, body, "text/csv", "text/csv").body == b"7.0,0.0\n-3.0,-1.0\n"
    assert json.loads(invoke(predictor, body, "text/csv", "text/html, */*").body)["projections"]


def test_a_record_is_answered_with_a_record_that_repeats_who_asked(predictor):
    """Its uid and metadata; the features are empty."""
    body = records.write(ROWS, notes=[Note("a", "b"), Note("c")])
    reply = invoke(predictor, body, RECORDIO, RECORDIO)
    frames = split(reply.body)
    answers = [reply.body[start:end] for start, end in zip(frames.starts, frames.ends, strict=True)]

    assert reply.content_type == RECORDIO
    for answer, expected in zip(answers, EXPECTED, strict=True):
        assert b"\x0a\x0aprojection" in answer
        renamed = answer.replace(b"\x0a\x0aprojection", b"\x0a\x06values\x12\x00\x12\x00")
        assert read_record(renamed, Span(0, len(renamed))).label.values.tolist() == expected
    assert answers[0].endswith(b"\x1a\x01a\x22\x01b")
    assert answers[1].endswith(b"\x1a\x01c")


def sparse(key, width):
    return json.dumps({"instances": [{"features": {"values": [1], "keys": [key], "shape": [width]}}]})


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("text/csv", "1,2,3\n", "row 1 has 3 columns instead of 4"),
        ("text/csv", "1,2,3,four\n", "'four' in row 1, column 4 is not a number."),
        ("text/csv", "1,2,3,nan\n", "'nan' in row 1, column 4 is not a number."),
        ("text/csv", "1;2;3;4\n", "row 1 has 1 columns instead of 4. CSV data must have commas between columns."),
        ("text/csv", "\n", "the body is empty"),
        ("application/json", '{"instances": [{"features": [1, 2]}]}', "it has 2 features and the model 4"),
        ("application/json", '{"instances": [{"features": [1, 2, 3, "4"]}]}', "Expected `float`, got `str`"),
        ("application/json", '{"instances": []}', "there are no instances"),
        ("application/json", '{"instances": [{}]}', "record 1: it has no features"),
        ("application/json", '{"rows": []}', "Object missing required field `instances`"),
        ("application/json", '{"instances": [', "Input data was truncated"),
        ("application/json", b"\xff\xfe", "JSON is malformed"),
        ("application/json", sparse(key=2**64, width=4), "Expected `int` <= 9223372036854775807"),
        ("application/json", sparse(key=0, width=2**63), "Expected `int` <= 9223372036854775807"),
        ("application/json", '{"instances": [], "configuration": ' + "[" * 9999 + "]" * 9999 + "}", "recursion depth"),
        ("application/jsonlines", '{"features": [1, 2, 3, 4]}\n{"features": [1]}', "record 2: it has 1 features"),
        (RECORDIO, records.write(ROWS)[:-3], "record 2: it is cut off"),
        (RECORDIO, records.write(ROWS[:, :3]), "it has 3 features and the model 4"),
        (RECORDIO, records.write(ROWS + np.inf), "record 1: it has a number that is not finite"),
        (RECORDIO, records.write(ROWS) + records.write(ROWS * np.nan), "record 3: it has a number that is not finite"),
        (RECORDIO, "1,2,3,4,5,6,7,8", "record 1: it does not begin with the magic number of RecordIO"),
    ],
)
def test_a_body_that_is_wrong_is_refused_in_awss_words(predictor, content_type, body, reason):
    """And then what is wrong."""
    reply = invoke(predictor, body, content_type)

    assert reply.status == 400
    assert reply.body.decode().startswith("unable to evaluate payload provided: ")
    assert reason in reply.body.decode()


def test_content_types_and_accepts_that_there_are_not_have_codes_of_their_own(predictor):
    """415 and 406."""
    assert invoke(predictor, "x", "image/png").status == 415
    assert invoke(predictor, "1,2,3,4", "text/csv", "image/png").status == 406


def test_requests_together_are_answered_as_if_each_were_alone(predictor):
    """Dense, sparse, with notes and wrong ones, in any order."""
    bodies = [*BODIES, ("text/csv", "1,2"), (RECORDIO, records.write(ROWS, notes=[Note("a"), Note()])), *BODIES]
    requests = [
        Invocation(body if isinstance(body, bytes) else body.encode(), content_type, "", {})
        for content_type, body in bodies
    ]

    assert predictor.answer(requests) == [predictor.answer([request])[0] for request in requests]


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        (None, "There is no file called model_algo-1"),
        ({"s": MEAN}, "model_algo-1 is not the model of a PCA: it has no matrix v"),
        ({"v": V, "mean": MEAN[:, :2]}, "model_algo-1 is not the model of a PCA: mean and v do not fit"),
    ],
)
def test_what_is_no_model_is_not_served(tmp_path, arrays, reason):
    """And the log says why."""
    if arrays:
        ndarray.save(tmp_path / "model_algo-1", arrays)
    with pytest.raises(ValueError, match=reason):
        load(tmp_path)
