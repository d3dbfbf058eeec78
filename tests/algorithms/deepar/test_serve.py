"""Answers: shapes, new series, fields that a model was trained with and without, refusals."""

import json
import subprocess

import numpy as np
import pytest
from tests.algorithms.deepar.conftest import make_series, to_lines

ASK = """
import json, os, sys
from pathlib import Path
from fieldstone.algorithms.deepar.serving import load
from fieldstone.contract.serving import Invocation
predictor = load(Path(sys.argv[1]))
for kind, body in json.load(sys.stdin):
    (reply,) = predictor.answer([Invocation(body.encode(), kind, "", {})])
    print(json.dumps([reply.status, reply.content_type, reply.body.decode()]))
"""
LONG = make_series(8, 200)
JSON, LINES = "application/json", "application/jsonlines"


@pytest.fixture
def ask(torch_folder):
    """Ask the model of the folder, in a process that has PyTorch."""

    def ask(*requests, **environment):
        command = [torch_folder.python, "-c", ASK, str(torch_folder.root / "model")]
        given = json.dumps([[kind, body if isinstance(body, str) else json.dumps(body)] for kind, body in requests])
        done = subprocess.run(
            command, input=given, env={"PATH": "", **environment}, capture_output=True, text=True, check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def instance(target, **fields):
    return {"start": "2024-01-01 00:00:00", "target": np.round(target, 4).tolist(), **fields}


def test_a_forecast_has_the_shapes_that_were_asked_for(torch_folder, ask):
    """Of each instance, in their order; paths spread around their mean, and the quantiles rise."""
    torch_folder.train(epochs="8", num_cells="16")
    wishes = {"num_samples": 300, "output_types": ["mean", "quantiles", "samples"], "quantiles": ["0.1", "0.50", "0.9"]}
    both = [instance(LONG[0, :-12]), instance(LONG[1, :50])]
    lines = "\n".join(json.dumps(one) for one in both)
    small = '{"num_samples": 3, "output_types": ["samples"]}'
    whole, plain = ask((JSON, {"instances": both, "configuration": wishes}), (JSON, {"instances": both[:1]}))
    (batch,) = ask((LINES, lines), DEEPAR_INFERENCE_CONFIG=small)
    predictions = json.loads(whole[2])["predictions"]

    assert whole[:2] == [200, JSON]
    assert len(predictions) == 2
    for one in predictions:
        samples, quantiles = np.array(one["samples"]), np.array([one["quantiles"][q] for q in ("0.1", "0.50", "0.9")])
        assert samples.shape == (300, 12)
        np.testing.assert_allclose(one["mean"], samples.mean(axis=0), rtol=1e-4)
        assert (np.diff(quantiles, axis=0) >= 0).all()
        assert ((samples <= quantiles[2]).mean(axis=0) >= 0.85).all()
    np.testing.assert_allclose(predictions[0]["mean"], LONG[0, -12:], rtol=0.35)
    (one,) = json.loads(plain[2])["predictions"]
    assert set(one) == {"mean", "quantiles"}
    assert list(one["quantiles"]) == [f"0.{tenth}" for tenth in range(1, 10)]
    assert batch[:2] == [200, LINES]
    assert [np.array(json.loads(line)["samples"]).shape for line in batch[2].splitlines()] == [(3, 12)] * 2


def test_a_series_of_which_nothing_is_known_is_forecast_from_what_all_are_like(torch_folder, ask):
    """And one with little, and one whose end is missing."""
    torch_folder.train(epochs="4")
    bodies = [{"instances": [instance(target)]} for target in ([], [20.0], [20.0, np.nan])]
    bodies[2]["instances"][0]["target"][1] = "NaN"
    for status, _, text in ask(*((JSON, body) for body in bodies)):
        (one,) = json.loads(text)["predictions"]
        assert status == 200
        assert np.isfinite(one["mean"]).all()
        assert 0 < np.mean(one["mean"]) < 200


def test_what_a_model_was_trained_with_it_must_be_asked_with(torch_folder, ask):
    """And nothing else; what it was told to ignore it ignores."""
    for name, until in (("train", 188), ("test", 200)):
        for file in (torch_folder.root / "input/data" / name).rglob("*.json"):
            file.unlink()
        known = [[list(range(until))]] * 8
        torch_folder.write(name, "a.json", to_lines(LONG[:, :until], cat=[[n] for n in range(8)], dynamic_feat=known))
    with_both = instance(LONG[0, :50], cat=[7], dynamic_feat=[list(range(62))])
    wrong = {
        "instance 1: cat has 0 values instead of 1": {"cat": []},
        "instance 1: value 1 of cat is 8, and the model knows those from 0 to 7": {"cat": [8]},
        "instance 1: dynamic_feat has 0 lists instead of 1": {"dynamic_feat": []},
        "instance 1: the lists of dynamic_feat have 50 values, and target has 50 + 12 to come": {
            "dynamic_feat": [list(range(50))]
        },
    }
    torch_folder.train(epochs="1")
    good, *refused = ask(*((JSON, {"instances": [with_both | change]}) for change in ({}, *wrong.values())))

    assert good[0] == 200
    for (status, _, text), reason in zip(refused, wrong, strict=True):
        assert (status, text) == (400, f"unable to evaluate payload provided: {reason}")
    torch_folder.train(epochs="1", cardinality="ignore", num_dynamic_feat="ignore")
    assert [status for status, _, _ in ask((JSON, {"instances": [with_both]}))] == [200]


def test_what_it_was_trained_without_is_refused(torch_folder, ask):
    """As AWS does, whose page says to leave it out."""
    torch_folder.train(epochs="1")
    fields = {"cat": [0], "dynamic_feat": [[1.0] * 62]}
    for (status, _, text), name in zip(
        ask(*((JSON, {"instances": [instance(LONG[0, :50], **{name: fields[name]})]}) for name in fields)),
        fields, strict=True,
    ):  # fmt: skip
        assert status == 400
        assert text.endswith(f"instance 1: it has {name}, and the model was trained without {name}")
