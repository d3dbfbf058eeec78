"""Models that AWS trained, written here by hand in the shape that theirs have: served, with what their network says."""

import json
import zipfile

import numpy as np
import pytest

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.linear_learner import model
from fieldstone.contract.serving import Invocation

ONE, THREE = np.array([[1, 0.5, -1]], np.float32), np.eye(3, dtype=np.float32)
ROWS = np.array([[1, 2, 0], [0, 0, 3]])
MARGINS = np.array([2.25, -2.75])


def symbol(output, *after):
    """A network as MXNet writes it: a layer, the label, the output, and operations that pass it on."""
    nodes = [{"op": "null", "name": name, "inputs": []} for name in ("data", "fc0_weight", "fc0_bias")]
    nodes.append({"op": "FullyConnected", "name": "fc0", "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]]})
    nodes.append({"op": "null", "name": "out_label", "inputs": []})
    nodes.append({"op": output, "name": "out", "inputs": [[3, 0, 0], [4, 0, 0]]})
    nodes += [{"op": op, "name": op, "inputs": [[len(nodes) + at - 1, 0, 0]]} for at, op in enumerate(after)]
    return {"nodes": nodes, "arg_nodes": [0, 1, 2, 4], "heads": [[len(nodes) - 1, 0, 0]]}


def write(folder, network, weight=ONE, *, prefix="arg:", extra=None, bias=0.25):
    """A model_algo-1 with a weight, and the same bias for each score."""
    arrays = {f"{prefix}fc0_weight": weight}
    if bias is not None:
        arrays[f"{prefix}fc0_bias"] = np.full(len(weight), bias, np.float32)
    ndarray.save(folder / "params", arrays)
    with zipfile.ZipFile(folder / "model_algo-1", "w") as archive:
        archive.writestr("additional-params.json", json.dumps(extra or {}))
        archive.writestr("manifest.json", "{}")
        archive.writestr("mx-mod-symbol.json", json.dumps(network))
        archive.write(folder / "params", "mx-mod-0000.params")
    (folder / "params").unlink()


def ask(folder):
    body = "".join(",".join(map(str, row)) + "\n" for row in ROWS.tolist()).encode()
    (reply,) = Predictor(model.load(folder)).answer([Invocation(body, "text/csv", "application/json", {})])
    return json.loads(reply.body)["predictions"]


@pytest.mark.parametrize("prefix", ["arg:", ""])
def test_a_logistic_output_is_a_binary_classifiers(tmp_path, capsys, prefix):
    """Its threshold is a half, and the log says so."""
    write(tmp_path, symbol("LogisticRegressionOutput"), prefix=prefix)
    told = ask(tmp_path)

    assert [row["score"] for row in told] == pytest.approx(1 / (1 + np.exp(-MARGINS)))
    assert [row["predicted_label"] for row in told] == [1, 0]
    assert "WARNING" in (log := capsys.readouterr().out)
    assert "The model does not say its threshold; predicted_label is 1 for a score above 0.5" in log


def test_a_threshold_that_the_model_says_is_taken(tmp_path, capsys):
    """Under the name that ours have."""
    write(tmp_path, symbol("LogisticRegressionOutput"), extra={"threshold": 0.95})

    assert [row["predicted_label"] for row in ask(tmp_path)] == [0, 0]
    assert "threshold" not in capsys.readouterr().out


def test_a_linear_output_is_a_regressors(tmp_path, capsys):
    """There is nothing to be noted."""
    write(tmp_path, symbol("LinearRegressionOutput"))

    assert ask(tmp_path) == [{"score": 2.25}, {"score": -2.75}]
    assert not capsys.readouterr().out


def test_a_softmax_output_is_a_multiclass_classifiers(tmp_path, capsys):
    """Also where it is passed on by operations that change nothing."""
    write(tmp_path, symbol("SoftmaxOutput", "BlockGrad", "identity"), THREE)
    powers = np.exp(ROWS)

    told = ask(tmp_path)
    for row, expected in zip(told, powers / powers.sum(axis=1, keepdims=True), strict=True):
        assert row["score"] == pytest.approx(expected)
    assert [row["predicted_label"] for row in told] == [1, 2]
    assert not capsys.readouterr().out


def test_a_margins_output_is_held_against_zero(tmp_path):
    """That of a support vector machine."""
    write(tmp_path, symbol("SVMOutput"))

    assert ask(tmp_path) == [{"score": 2.25, "predicted_label": 1}, {"score": -2.75, "predicted_label": 0}]


@pytest.mark.parametrize("network", [symbol("MakeLoss"), {"nodes": [], "heads": []}, {}])
@pytest.mark.parametrize(("weight", "kind"), [(ONE, "regressor"), (THREE, "multiclass_classifier")])
def test_what_an_unknown_output_is_tells_the_number_of_its_scores(tmp_path, capsys, network, weight, kind):
    """And the log tells what was guessed."""
    write(tmp_path, network, weight)

    assert model.read(tmp_path / "model_algo-1").predictor_type == kind
    assert f"it has {len(weight)} scores and is served as a {kind}" in capsys.readouterr().out


def test_a_layer_without_a_bias_has_none(tmp_path):
    """Nothing is added."""
    write(tmp_path, symbol("LinearRegressionOutput"), bias=None)

    assert ask(tmp_path) == [{"score": 2.0}, {"score": -3.0}]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:200], "File is not a zip file"),
        (lambda data: data.replace(b"fc0_weight", b"fc9_weight"), "Bad CRC-32|fc0_weight"),
        (lambda data: data.replace(b"{}", b"[]"), "Bad CRC-32|is no JSON object"),
    ],
)
def test_a_damaged_model_is_refused_with_what_is_wrong(tmp_path, damage, reason):
    """By the name of its file, and not by an error of a library's."""
    write(tmp_path, symbol("LogisticRegressionOutput"))
    file = tmp_path / "model_algo-1"
    file.write_bytes(damage(file.read_bytes()))

    with pytest.raises(ValueError, match=rf"model_algo-1 is not the model of a Linear Learner: .*({reason})"):
        model.load(tmp_path)
