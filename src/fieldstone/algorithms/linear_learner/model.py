"""The model: a zip of a network that MXNet opens and a file of what it does not say; and its answers.

`mx-mod-symbol.json` is the network, `mx-mod-0000.params` its weights, `fc0_weight` (scores, features) and `fc0_bias`;
`additional-params.json` has the type of the predictor, its loss and the threshold, under names of our own: AWS's are
not known. What a model that AWS trained does not say so is read off its network (`foreign`).
"""

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.artifact import find_model
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.linear_learner import foreign
from fieldstone.algorithms.linear_learner.fitted import Fitted
from fieldstone.algorithms.linear_learner.scaling import Floats

_PARAMETERS, _SYMBOL, _EXTRA, _MANIFEST = (
    "mx-mod-0000.params",
    "mx-mod-symbol.json",
    "additional-params.json",
    "manifest.json",
)
_OUTPUTS = {"logistic": foreign.LOGISTIC, "softmax_loss": foreign.SOFTMAX}


def save(path: Path, fitted: Fitted) -> None:
    """Write a model to a file."""
    weights = fitted.weights.astype(np.float32)
    extra: dict[str, str | float] = {"predictor_type": fitted.predictor_type, "loss": fitted.loss}
    if fitted.predictor_type == "binary_classifier":
        extra |= {"threshold": fitted.threshold}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_EXTRA, json.dumps(extra))
        archive.writestr(_MANIFEST, json.dumps({"symbol": _SYMBOL, "parameters": _PARAMETERS, "extra": _EXTRA}))
        archive.writestr(_SYMBOL, json.dumps(_symbol(weights.shape[1], _OUTPUTS.get(fitted.loss, foreign.LINEAR))))
        arrays = {"arg:fc0_weight": weights[:-1].T.copy(), "arg:fc0_bias": weights[-1]}
        archive.writestr(_PARAMETERS, ndarray.dump(arrays))


def read(path: Path) -> Fitted:
    """The model in a file, one that AWS trained too.

    Raises:
        ValueError: It is not that of a Linear Learner.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            extra, symbol = (_document(archive, name) for name in (_EXTRA, _SYMBOL))
            arrays = ndarray.parse(archive.read(_PARAMETERS), _PARAMETERS)
        weights = _weights(arrays)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError) as error:
        raise ValueError(f"{path.name} is not the model of a Linear Learner: {error}") from error
    if "predictor_type" in extra and "loss" in extra:
        return Fitted(weights, extra["predictor_type"], extra["loss"], extra.get("threshold", np.nan))
    return foreign.recognise(weights, symbol, extra)


def _document(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """A file of the archive that holds a JSON object; empty without it."""
    found = json.loads(archive.read(name)) if name in archive.namelist() else {}
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no JSON object")  # noqa: TRY004 - the file is wrong, not a type of ours
    return cast(dict[str, Any], found)


def _weights(arrays: Mapping[str, NDArray[Any]]) -> Floats:
    """Features and biases x scores, from the arrays of a layer, whose bias may be missing."""
    layer = {name.rpartition(":")[2]: array.astype(np.float64) for name, array in arrays.items()}
    weight = layer["fc0_weight"].reshape(len(layer["fc0_weight"]), -1)
    bias = layer.get("fc0_bias", np.zeros(len(weight))).ravel()
    if len(bias) != len(weight):
        raise ValueError(f"it has weights for {len(weight)} scores, and {len(bias)} biases")
    return np.vstack([weight.T, bias])


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`.

    Raises:
        ValueError: There is none, or its file is not that of a Linear Learner.
    """
    fitted = read(find_model(folder))

    def answer(batch: Batch) -> dict[str, NDArray[Any]]:
        return fitted.answer(fitted.margins(batch.features))

    return Answerer(width=len(fitted.weights) - 1, collection="predictions", answer=answer)


def _symbol(scores: int, output: str) -> dict[str, Any]:
    """The network in MXNet's JSON: data, weight and bias, their product, the label, and what is made of both."""
    return {
        "nodes": [
            *({"op": "null", "name": name, "inputs": []} for name in ("data", "fc0_weight", "fc0_bias")),
            {
                "op": "FullyConnected",
                "name": "fc0",
                "attrs": {"num_hidden": str(scores)},
                "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]],
            },
            {"op": "null", "name": "out_label", "inputs": []},
            {"op": output, "name": "out", "inputs": [[3, 0, 0], [4, 0, 0]]},
        ],
        "arg_nodes": [0, 1, 2, 4],
        "node_row_ptr": list(range(7)),
        "heads": [[5, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10300]},
    }
