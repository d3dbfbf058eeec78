"""Answers: every content type in and out, and refusals."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.randomcutforest import artifact
from fieldstone.algorithms.randomcutforest.model import load
from fieldstone.algorithms.randomcutforest.scoring import score
from fieldstone.contract.serving import Invocation

ROWS = np.array([[1, 2, 0, 4, 8], [0, 0, 90, 0, 0]], np.float32)
RECORDIO = "application/x-recordio-protobuf"


@pytest.fixture
def served(train, clouds, tmp_path):
    """A model behind /invocations, and what it must say of the rows."""
    forest = train(clouds[0], trees=50, size=32)
    artifact.save(forest, tmp_path / "model_algo-1")
    return Predictor(load(tmp_path)), score(forest, ROWS).astype(np.float32).tolist()


def invoke(predictor, body, content_type, accept=""):
    body = body if isinstance(body, bytes) else body.encode()
    (reply,) = predictor.answer([Invocation(body, content_type, accept, {})])
    return reply


LONG = {"data": {"features": {"values": ROWS[0].tolist()}}}
SPARSE = {"data": {"features": {"keys": [2], "shape": [5], "values": [90]}}}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", "1,2,0,4,8\n0,0,90,0,0\n"),
        ("text/csv;label_size=1", "0,1,2,0,4,8\n1,0,0,90,0,0\n"),
        ("application/json", json.dumps({"instances": [{"features": row} for row in ROWS.tolist()]})),
        ("application/json", json.dumps({"instances": [LONG, SPARSE]})),
        ("application/jsonlines", "\n".join(map(json.dumps, [LONG, SPARSE]))),
        (RECORDIO, records.write(ROWS)),
        (RECORDIO, records.write(csr_matrix(ROWS))),
    ],
)
def test_every_content_type_gets_the_scores(served, content_type, body):
    """As JSON when nothing else is asked for; what stands out scores higher."""
    predictor, expected = served
    reply = invoke(predictor, body, content_type)

    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"scores": [{"score": number} for number in expected]}
    assert expected[1] > 2 * expected[0]


def test_every_accept_gets_its_form(served):
    """Lines of JSON, CSV, and records whose label has the score."""
    predictor, expected = served
    body = "1,2,0,4,8\n0,0,90,0,0\n"
    lines = invoke(predictor, body, "text/csv", "application/jsonlines").body.splitlines()
    assert [json.loads(line) for line in lines] == [{"score": number} for number in expected]
    assert invoke(predictor, body, "text/csv", "text/csv").body.decode().split() == list(map(str, expected))
    assert b"\x0a\x05score" in invoke(predictor, body, "text/csv", RECORDIO).body


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("text/csv", "1,2,3\n", "row 1 has 3 columns instead of 5"),
        ("text/csv", "1,2,3,4,nan\n", "'nan' in row 1, column 5 is not a number."),
        ("application/json", '{"instances": [{"features": [1, 2]}]}', "it has 2 features and the model 5"),
        (
            "application/json",
            '{"instances": [{"features": [1, 2, 3, 4, 5]}, {"features": [1, 1e39, 3, 4, 5]}]}',
            "record 2: it has a number that is not finite",
        ),
        (RECORDIO, records.write(ROWS + np.inf), "it has a number that is not finite"),
    ],
)
def test_a_body_that_is_wrong_is_refused_in_awss_words(served, content_type, body, reason):
    """And then what is wrong."""
    reply = invoke(served[0], body, content_type)

    assert reply.status == 400
    assert reply.body.decode().startswith("unable to evaluate payload provided: ")
    assert reason in reply.body.decode()


def test_what_is_no_model_is_not_served(tmp_path):
    """And the log says why."""
    with pytest.raises(ValueError, match="There is no file called model_algo-1"):
        load(tmp_path)
    (tmp_path / "model_algo-1").write_bytes(b"forest")
    with pytest.raises(ValueError, match="model_algo-1 is no model that Random Cut Forest has written"):
        load(tmp_path)
