"""The model: a zip of a network that MXNet opens and a file of what it does not say; and its answers.

`mx-mod-symbol.json` is the network, `mx-mod-0000.params` its weights, `fc0_weight` (scores, features) and `fc0_bias`;
`additional-params.json` has the type of the predictor, its loss and the threshold, under names of our own: AWS's are
not known.
"""

import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.losses import class_probabilities, probabilities
from fieldstone.algorithms.linear_learner.scaling import Floats

_PARAMETERS, _SYMBOL, _EXTRA, _MANIFEST = (
    "mx-mod-0000.params",
    "mx-mod-symbol.json",
    "additional-params.json",
    "manifest.json",
)
_OUTPUTS = {"logistic": "LogisticRegressionOutput", "softmax_loss": "SoftmaxOutput"}
_LINEAR = "LinearRegressionOutput"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished model.

    Attributes:
        weights: For rows as they come: features and a last line of biases x scores, each a number of single precision.
        predictor_type: What it predicts.
        loss: What its scores are to be read by.
        threshold: A binary classifier says 1 above it; else NaN.
    """

    weights: Floats
    predictor_type: str
    loss: str
    threshold: float = np.nan

    @classmethod
    def rounded(cls, weights: Floats, predictor_type: str, loss: str, threshold: float) -> "Fitted":
        """One with the weights that its file will have."""
        return cls(weights.astype(np.float32).astype(np.float64), predictor_type, loss, threshold)

    def margins(self, rows: Rows) -> Floats:
        """What the weights make of rows: (n, scores)."""
        return np.asarray(rows @ self.weights[:-1]) + self.weights[-1]

    def answer(self, margins: Floats) -> dict[str, NDArray[Any]]:
        """The parts of the answers, for rows that have these margins."""
        if self.predictor_type == "multiclass_classifier":
            chances = class_probabilities(margins)
            return {"score": chances.astype(np.float32), "predicted_label": chances.argmax(axis=1)}
        scores = margins[:, 0]
        if self.predictor_type == "regressor":
            return {"score": scores.astype(np.float32)}
        scores = probabilities(scores) if self.loss == "logistic" else scores
        return {"score": scores.astype(np.float32), "predicted_label": (scores > self.threshold).astype(np.int64)}


def save(path: Path, fitted: Fitted) -> None:
    """Write a model to a file."""
    weights = fitted.weights.astype(np.float32)
    extra: dict[str, str | float] = {"predictor_type": fitted.predictor_type, "loss": fitted.loss}
    if fitted.predictor_type == "binary_classifier":
        extra |= {"threshold": fitted.threshold}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as archive:
        parameters = Path(folder) / _PARAMETERS
        ndarray.save(parameters, {"arg:fc0_weight": weights[:-1].T.copy(), "arg:fc0_bias": weights[-1]})
        archive.writestr(_EXTRA, json.dumps(extra))
        archive.writestr(_MANIFEST, json.dumps({"symbol": _SYMBOL, "parameters": _PARAMETERS, "extra": _EXTRA}))
        archive.writestr(_SYMBOL, json.dumps(_symbol(weights.shape[1], _OUTPUTS.get(fitted.loss, _LINEAR))))
        archive.write(parameters, _PARAMETERS)


def read(path: Path) -> Fitted:
    """The model in a file.

    Raises:
        ValueError: It is not that of a Linear Learner.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            extra: Mapping[str, Any] = json.loads(archive.read(_EXTRA))
            parameters = Path(folder) / _PARAMETERS
            parameters.write_bytes(archive.read(_PARAMETERS))
            arrays = ndarray.load(parameters)
        weight, bias = arrays["arg:fc0_weight"], arrays["arg:fc0_bias"]
        weights = np.vstack([weight.T, bias]).astype(np.float64)
        return Fitted(weights, extra["predictor_type"], extra["loss"], extra.get("threshold", np.nan))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"{path.name} is not the model of a Linear Learner: {error}") from error


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`.

    Raises:
        ValueError: There is none, or its file is not that of a Linear Learner.
    """
    files = sorted(folder.glob("model*"))
    if not files:
        raise ValueError(f"There is no file called model_algo-1 in {folder}")
    fitted = read(files[0])

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
