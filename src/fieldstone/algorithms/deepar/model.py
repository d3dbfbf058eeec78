"""The model in its folder: the parameters, in a file that MXNet opens, and what it looks like, as JSON.

Their names and the keys of the JSON are those of AWS's container; the parameters are of our network, and there is no
`model_algo-1-symbol.json`. What AWS's JSON has no key for is under `fieldstone`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.artifact import MODEL
from fieldstone.algorithms.deepar.hyperparameters import Shape
from fieldstone.algorithms.deepar.windows import Norms

PARAMETERS, CONFIG = "-0000.params", "-config.json"


class Saved(NamedTuple):
    """A model.

    Attributes:
        shape: What it looks like.
        norms: What numbers are divided by.
        given: The fields that its series had, used or not: `cat`, `dynamic_feat`.
        parameters: The network's, by name.
    """

    shape: Shape
    norms: Norms
    given: tuple[str, ...]
    parameters: dict[str, Any]


def save(folder: Path, model: Saved) -> None:
    """Write a model to a folder."""
    shape, norms = model.shape, model.norms
    ndarray.save(folder / f"{MODEL}{PARAMETERS}", model.parameters)
    reach = shape.context_length + max(shape.frequency.lags())
    config = {
        "cardinality": list(shape.cardinality),
        "category_provided": bool(shape.cardinality),
        "data_shapes": [{"name": name, "shape": list(array.shape)} for name, array in model.parameters.items()],
        "date_feature_names": list(shape.frequency.features),
        "num_dynamic_feat": shape.num_dynamic_feat,
        "prediction_length": shape.prediction_length,
        "time_freq": shape.time_freq,
        "train_length": reach,
        "fieldstone": {
            "shape": asdict(shape),
            "given": list(model.given),
            "scale": norms.scale,
            "means": norms.means.tolist(),
            "deviations": norms.deviations.tolist(),
        },
    }
    (folder / f"{MODEL}{CONFIG}").write_bytes(msgspec.json.format(msgspec.json.encode(config)))


def load(folder: Path) -> Saved:
    """The model of a folder.

    Raises:
        ValueError: There is none, or it is AWS's own.
    """
    config = folder / f"{MODEL}{CONFIG}"
    if not config.exists():
        raise ValueError(f"There is no file called {config.name} in {folder}")
    said = msgspec.json.decode(config.read_bytes()).get("fieldstone")
    if said is None:
        raise ValueError(f"{config.name} is of a model that AWS trained: its network is not the one of this program")
    norms = Norms(said["scale"], np.array(said["means"], np.float32), np.array(said["deviations"], np.float32))
    shape = msgspec.convert(said["shape"], Shape)
    return Saved(shape, norms, tuple(said["given"]), ndarray.load(folder / f"{MODEL}{PARAMETERS}"))
