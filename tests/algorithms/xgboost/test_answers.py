"""What a model answers, by format, by the parts that are named, and on endpoints of many models."""

import json
import math

import msgspec
import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import recordio, records, wire
from fieldstone.algorithms.xgboost import boosters
from fieldstone.algorithms.xgboost.encoding import choose_accept, choose_accept_of_many
from fieldstone.algorithms.xgboost.selectable import KEYS, Selection, UnsupportedError
from fieldstone.algorithms.xgboost.serve import TARGET, Predictor, load
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.paths import Layout
from fieldstone.contract.serving import Invocation

NOW = Version(3, 0, 5)
FEATURES = np.random.default_rng(4).normal(size=(80, 3)).astype(np.float32)
FEATURES[7, 1] = np.nan
BODY = "".join(
    ",".join("" if math.isnan(value) else repr(float(value)) for value in row) + "\n" for row in FEATURES[:9]
)
RECORDIO = "application/x-recordio-protobuf"


def make_booster(objective="binary:logistic"):
    labels = (FEATURES[:, 0] > 0).astype(int) + (FEATURES[:, 2] > 0) * objective.startswith("multi:")
    classes = {"num_class": 3} if objective.startswith("multi:") else {}
    data = xgboost.DMatrix(FEATURES, labels + (objective == "reg:gamma"))
    return xgboost.train({"objective": objective, "nthread": 1, **classes}, data, 3)


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Ask a model of some objective; gives the reply."""

    def ask(objective="binary:logistic", body=BODY, content_type="text/csv", accept="", headers=None, **environment):
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / "xgboost-model").write_bytes(make_booster(objective).save_raw("ubj"))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        body = body.encode() if isinstance(body, str) else body
        (reply,) = load(Layout(tmp_path), NOW).answer([Invocation(body, content_type, accept, headers or {})])
        return reply

    forget_choices()
    yield ask
    forget_choices()


def forget_choices():
    """The environment of a process does not change, but for a test."""
    choose_accept.cache_clear()
    choose_accept_of_many.cache_clear()


def expect(objective="binary:logistic"):
    return make_booster(objective).inplace_predict(FEATURES[:9])


def read_csv(reply):
    return np.array(reply.body.split(), np.float32)


def test_records_are_answered_as_csv_is(ask):
    """Dense or sparse, with a label or without; what a sparse one does not give is missing."""
    dense = records.write(FEATURES[:9])
    labelled = records.write(FEATURES[:9], np.ones((9, 1), np.float32))
    given = ~np.isnan(FEATURES[:9])
    ends = np.concatenate([[0], np.cumsum(given.sum(axis=1))])
    sparse = records.write(csr_matrix((FEATURES[:9][given], np.nonzero(given)[1], ends), shape=(9, 3)))

    for body in (dense, labelled, sparse):
        np.testing.assert_array_equal(read_csv(ask(body=body, content_type=RECORDIO)), expect())


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"\n", 204, ""),
        (
            b"what",
            415,
            "Loading recordio-protobuf data failed with Exception, please ensure data is in recordio-protobuf",
        ),
        (b"nothing of the kind", 415, "record 1: it does not begin with the magic number"),
        (records.write(FEATURES[:2])[:-5], 415, "record 2: it is cut off"),
        (
            records.write(FEATURES[:2, :2]),
            400,
            "Unable to evaluate payload provided: Feature size of recordio-protobuf inference data 2 is not consistent",
        ),
    ],
)
def test_records_that_cannot_be_answered_are_refused(ask, body, status, reason):
    """With the container's status."""
    reply = ask(body=body, content_type=RECORDIO)

    assert reply.status == status
    assert reason in reply.body.decode()


EXPECTED = {
    "binary:logistic": {
        "predicted_label": lambda p: int(p > 0.5),
        "labels": lambda p: [0, 1],
        "probability": lambda p: p,
        "probabilities": lambda p: [1 - p, p],
        "raw_score": lambda p: p,
        "raw_scores": lambda p: [1 - p, p],
    },
    "binary:logitraw": {
        "predicted_label": lambda s: int(s > 0),
        "labels": lambda s: [0, 1],
        "raw_score": lambda s: s,
        "raw_scores": lambda s: [1 - s, s],
    },
    "binary:hinge": {
        "predicted_label": lambda c: c,
        "labels": lambda c: [0, 1],
        "raw_score": lambda c: c,
        "raw_scores": lambda c: [1 - c, c],
    },
    "multi:softmax": {
        "predicted_label": lambda c: c,
        "labels": lambda c: [0, 1, 2],
        "raw_score": lambda c: c,
        "raw_scores": lambda c: [1 - c, c],
    },
    "multi:softprob": {
        "predicted_label": lambda p: p.index(max(p)),
        "labels": lambda p: [0, 1, 2],
        "probability": max,
        "probabilities": lambda p: p,
        "raw_score": max,
        "raw_scores": lambda p: p,
    },
    **{
        f"reg:{kind}": {"predicted_score": lambda v: v}
        for kind in ("squarederror", "logistic", "gamma", "absoluteerror", "tweedie")
    },
}
"""The container's table: what each name stands for, made of what XGBoost predicts for a row."""


@pytest.mark.parametrize("objective", EXPECTED)
def test_the_parts_that_are_named_are_the_containers(ask, objective):
    """For every objective, with every name that it knows, in every form."""
    parts = EXPECTED[objective]
    assert tuple(parts) == KEYS[objective]
    names = ", ".join(parts).upper()
    answers = [{name: part(value) for name, part in parts.items()} for value in expect(objective).tolist()]

    replies = {
        accept: ask(objective, accept=accept, SAGEMAKER_INFERENCE_OUTPUT=names)
        for accept in ("application/json", "application/jsonlines", RECORDIO, "text/csv")
    }
    assert json.loads(replies["application/json"].body) == {"predictions": answers}
    lines = replies["application/jsonlines"].body.splitlines(keepends=True)
    assert [json.loads(line) for line in lines] == answers
    assert lines[-1].endswith(b"\n")
    for found, answer in zip(read_labels(replies[RECORDIO].body), answers, strict=True):
        assert found.keys() == answer.keys()
        for name, value in answer.items():
            np.testing.assert_array_equal(found[name], np.array(value, np.float32).ravel())
    fields = ([f'"{value}"' if isinstance(value, list) else str(value) for value in row.values()] for row in answers)
    assert replies["text/csv"].body.decode() == "\n".join(",".join(row) for row in fields)
    assert [reply.content_type for reply in replies.values()] == [*list(replies)[:3], "text/csv; charset=utf-8"]


def read_labels(body):
    """The labels of records, by name."""
    frames = recordio.split(body)
    for start, end in zip(frames.starts.tolist(), frames.ends.tolist(), strict=True):
        found = {}
        for entry in wire._fields(body, wire.Span(start, end)):
            name, value = (field.place for field in wire._fields(body, entry.place))
            found[body[slice(*name)].decode()] = wire._read_value(body, value).values
        yield found


def test_csv_has_the_parts_in_the_order_of_their_names(ask):
    """As often as they are named; of a batch transform the last line ends too."""
    reply = ask(SAGEMAKER_INFERENCE_OUTPUT="probability,predicted_label,probability", SAGEMAKER_BATCH="true")
    lines = reply.body.decode().split("\n")

    assert lines[-1] == ""
    assert lines[:-1] == [f"{p},{int(p > 0.5)},{p}" for p in expect().tolist()]


def test_a_name_that_says_nothing_of_the_objective_is_nan(ask, capsys):
    """And the log warns of it once, when the model is loaded."""
    reply = ask("reg:squarederror", SAGEMAKER_INFERENCE_OUTPUT="predicted_score,predicted_label", accept="text/csv")

    assert reply.body.decode().splitlines() == [f"{value},nan" for value in expect("reg:squarederror").tolist()]
    said = capsys.readouterr().out
    assert said.count("Selected key(s) {'predicted_label'} incompatible for objective 'reg:squarederror'") == 1


def test_an_objective_without_names_is_an_error_of_the_server(ask):
    """The container answers 500."""
    reply = ask("count:poisson", SAGEMAKER_INFERENCE_OUTPUT="predicted_score")

    assert (reply.status, reply.body) == (
        500,
        b"Objective `count:poisson` unsupported for selectable inference predictions.",
    )
    with pytest.raises(UnsupportedError):
        Selection("predicted_score", "rank:ndcg", 0).select([0.5])


def test_accepting_what_needs_names_is_refused_without_them(ask):
    """The container fails over it; we say what is missing."""
    assert ask(accept="application/jsonlines").status == 406
    assert ask(accept="image/png", SAGEMAKER_INFERENCE_OUTPUT="probability").status == 406


MANY = {TARGET: "one.tar.gz"}


@pytest.mark.parametrize(
    ("objective", "accept", "shape"),
    [
        ("binary:logistic", "", json.dumps),
        ("binary:logistic", "*/*", json.dumps),
        ("binary:logistic", "application/json", json.dumps),
        ("binary:logistic", "text/csv", lambda scores: ",".join(map(str, scores))),
        ("multi:softprob", "text/csv", lambda scores: ",".join(map(str, scores))),
        ("multi:softprob", "json", json.dumps),
    ],
)
def test_endpoints_of_many_models_keep_the_shapes_of_before(ask, objective, accept, shape):
    """A bare array, which is the default, or one line joined by commas; named parts are for other endpoints."""
    reply = ask(objective, accept=accept, headers=MANY, SAGEMAKER_INFERENCE_OUTPUT="probability")

    assert reply.body.decode() == shape(expect(objective).tolist())


def test_another_reply_of_many_models_is_refused(ask):
    """With 415, as there."""
    reply = ask(accept="application/jsonlines", headers=MANY)

    assert reply.status == 415
    assert reply.body.decode().startswith("Encoding to accept type application/jsonlines failed with exception")


def test_the_environment_decides_for_many_models_too(ask):
    """Where the request does not care."""
    assert b"[" not in ask(headers=MANY, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="text/csv").body


def test_several_models_answer_together_with_named_parts(tmp_path):
    """The objective is that of the first; what is named is made of their mean."""
    for number, objective in enumerate(("binary:logistic", "binary:logistic")):
        (tmp_path / str(number)).write_bytes(make_booster(objective).save_raw("ubj"))
    ensemble = boosters.load(tmp_path)
    model = Predictor(ensemble, NOW, selection=Selection("probability", ensemble.objective, ensemble.classes))
    (reply,) = model.answer([Invocation(BODY.encode(), "text/csv", "application/json", {})])

    found = [answer["probability"] for answer in msgspec.json.decode(reply.body)["predictions"]]
    np.testing.assert_allclose(found, expect(), rtol=1e-6)
