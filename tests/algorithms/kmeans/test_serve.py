"""Answers: every content type in and out."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import ndarray, records
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.kmeans.model import load
from fieldstone.contract.serving import Invocation

ROWS = np.array([[3, 4, 0], [0, 0, 12]], np.float32)
CENTERS = np.array([[0, 5, 10], [0, 0, 0]], np.float32)
EXPECTED = [
    {"closest_cluster": 1.0, "distance_to_cluster": 5.0},
    {"closest_cluster": 0.0, "distance_to_cluster": float(np.float32(29**0.5))},
]
SPARSE = {"data": {"features": {"keys": [2], "shape": [3], "values": [12]}}}
RECORDIO = "application/x-recordio-protobuf"
BODIES = [
    ("text/csv", b"3,4,0\n0,0,12\n"),
    ("application/json", json.dumps({"instances": [{"features": row} for row in ROWS.tolist()]}).encode()),
    ("application/jsonlines", "\n".join(map(json.dumps, [{"features": [3, 4, 0]}, SPARSE])).encode()),
    (RECORDIO, records.write(ROWS)),
    (RECORDIO, records.write(csr_matrix(ROWS))),
]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    ndarray.save_list(folder / "model_algo-1", [CENTERS])
    return Predictor(load(folder))


def invoke(predictor, body, content_type, accept=""):
    (reply,) = predictor.answer([Invocation(body, content_type, accept, {})])
    return reply


@pytest.mark.parametrize(("content_type", "body"), BODIES)
def test_every_content_type_gets_the_closest_centre_and_the_distance_from_it(predictor, content_type, body):
    """As JSON when nothing else is asked for; the distance is not squared."""
    reply = invoke(predictor, body, content_type)

    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"predictions": EXPECTED}


def test_every_accept_gets_its_form(predictor):
    """Lines of JSON, two columns of CSV, and records with two labels."""
    lines = invoke(predictor, BODIES[0][1], "text/csv", "application/jsonlines").body.splitlines()
    assert [json.loads(line) for line in lines] == EXPECTED
    table = invoke(predictor, BODIES[0][1], "text/csv", "text/csv").body.decode()
    assert table.splitlines()[0] == "1.0,5.0"
    found = invoke(predictor, BODIES[0][1], "text/csv", RECORDIO).body
    assert found.count(b"\x0a\x0fclosest_cluster") == found.count(b"\x0a\x13distance_to_cluster") == 2


def test_rows_closer_than_single_precision_tells_go_to_their_own_centre(tmp_path):
    """The file's numbers are single ones; what is reckoned with them is not."""
    centers = np.array([[1e4, 1], [1e4, 1.001], [-1e4, 0]], np.float32)
    ndarray.save_list(tmp_path / "model_algo-1", [centers])
    answers = load(tmp_path)
    reply = invoke(Predictor(answers), records.write(centers), RECORDIO)

    assert [row["closest_cluster"] for row in json.loads(reply.body)["predictions"]] == [0, 1, 2]


@pytest.mark.parametrize("arrays", [[], [CENTERS[0]], [CENTERS, CENTERS], [CENTERS[:0]]])
def test_what_is_no_model_is_not_served(tmp_path, arrays):
    """And the log says why."""
    ndarray.save_list(tmp_path / "model_algo-1", arrays)
    with pytest.raises(ValueError, match="model_algo-1 is not the model of a K-Means: it is not one matrix of centres"):
        load(tmp_path)


def test_a_folder_without_a_model_is_not_served(tmp_path):
    """And the log says which file it should have had."""
    with pytest.raises(ValueError, match="There is no file called model_algo-1"):
        load(tmp_path)
