"""The model: a zip of a network that MXNet opens, its parameters, and what they do not say; and its answers.

`symbol.json` is the network, `params` its parameters `w0_weight` (1,), `w1_weight` (d, 1) and `v` (d, k): the names and
layout that notebooks for AWS's models take apart. `meta.json` has the hyperparameters that are needed.
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.artifact import find_model
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.factorization_machines.judging import chances
from fieldstone.algorithms.factorization_machines.training import Parameters

_SYMBOL, _PARAMETERS, _META = "symbol.json", "params", "meta.json"
_BIAS, _LINEAR, _FACTORS = "arg:w0_weight", "arg:w1_weight", "arg:v"
_FORMATS = frozenset({"json", "jsonlines", "recordio-protobuf"})
"""What can be asked with: AWS's documents leave CSV out, as it cannot be sparse."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished machine, and whether it is a classifier: label 1 where the chance of it is above a half."""

    parameters: Parameters
    classifier: bool

    def answer(self, rows: csr_matrix) -> dict[str, NDArray[Any]]:
        """The parts of the answers to rows (n, d)."""
        scores = self.parameters.scores(rows)
        if not self.classifier:
            return {"score": scores.astype(np.float32)}
        return {"score": chances(scores).astype(np.float32), "predicted_label": (scores > 0).astype(np.float32)}


def save(path: Path, fitted: Fitted) -> None:
    """Write a model to a file."""
    found = fitted.parameters
    width, factors = found.factors.shape
    kind = "binary_classifier" if fitted.classifier else "regressor"
    said = {"predictor_type": kind, "feature_dim": str(width), "num_factors": str(factors)}
    arrays = {_BIAS: np.array([found.bias], np.float32), _LINEAR: found.linear[:, None], _FACTORS: found.factors}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_META, json.dumps({"training_parameters": said}))
        archive.writestr(_SYMBOL, json.dumps(_symbol(fitted)))
        archive.writestr(_PARAMETERS, ndarray.dump(arrays))


def read(path: Path) -> Fitted:
    """The model in a file.

    Raises:
        ValueError: It is not that of a factorization machine.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(archive.read(_META))["training_parameters"]
            arrays = ndarray.parse(archive.read(_PARAMETERS), _PARAMETERS)
        return _restore(arrays, said["predictor_type"])
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError) as error:
        raise ValueError(f"{path.name} is not the model of a factorization machine: {error}") from error


def _restore(arrays: ndarray.Arrays, predictor_type: str) -> Fitted:
    bias, linear, factors = (np.asarray(arrays[name], np.float32) for name in (_BIAS, _LINEAR, _FACTORS))
    if factors.ndim != 2 or linear.size != len(factors) or bias.size != 1:
        raise ValueError("its parameters do not fit each other")
    parameters = Parameters(float(bias.ravel()[0]), linear.ravel().copy(), np.ascontiguousarray(factors))
    return Fitted(parameters, {"binary_classifier": True, "regressor": False}[predictor_type])


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`.

    Raises:
        ValueError: There is none, or its file is not that of a factorization machine.
    """
    fitted = read(find_model(folder))

    def answer(batch: Batch) -> dict[str, NDArray[Any]]:
        return fitted.answer(csr_matrix(batch.features, dtype=np.float32))

    width = len(fitted.parameters.linear)
    return Answerer(width=width, collection="predictions", answer=answer, formats=_FORMATS)


def _symbol(fitted: Fitted) -> dict[str, Any]:
    """The network in MXNet's JSON, node by node; inputs are nodes by their numbers."""
    width, factors = fitted.parameters.factors.shape
    nodes: list[dict[str, Any]] = []

    def node(op: str, name: str, *inputs: int, **attributes: Any) -> int:
        said = {key: str(value) for key, value in attributes.items()}
        nodes.append({"op": op, "name": name, "inputs": [[number, 0, 0] for number in inputs]})
        if said:
            nodes[-1]["attrs"] = said
        return len(nodes) - 1

    data = node("null", "data", __storage_type__=2)
    bias = node("null", "w0_weight", __shape__=(1,))
    linear = node("null", "w1_weight", __shape__=(width, 1))
    weights = node("null", "v", __shape__=(width, factors))
    flat = node("broadcast_add", "flat", node("dot", "w1", data, linear), bias)
    pairs = node("sum", "pairs", node("square", "pairs_of", node("dot", "sums", data, weights)), axis=1, keepdims=True)
    squares = node("sum", "squares_of", node("square", "v_squared", weights), axis=1, keepdims=True)
    own = node("dot", "squares", node("square", "data_squared", data), squares)
    half = node("_mul_scalar", "half", node("elemwise_sub", "apart", pairs, own), scalar=0.5)
    label = node("null", "out_label")
    output = "LogisticRegressionOutput" if fitted.classifier else "LinearRegressionOutput"
    head = node(output, "out", node("elemwise_add", "score", flat, half), label)
    return {
        "nodes": nodes,
        "arg_nodes": [number for number, each in enumerate(nodes) if each["op"] == "null"],
        "node_row_ptr": list(range(len(nodes) + 1)),
        "heads": [[head, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10300]},
    }
