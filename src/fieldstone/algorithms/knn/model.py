"""The model: an index of rows with their labels, how rows are reduced for it, its file, and its answers.

The file is ours: a zip of faiss's own file, arrays of NumPy's, and what was asked for. AWS's has a format that nobody
outside knows: neither can read the other's. Nothing is unpickled.
"""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.artifact import find_model
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.knn import index as indexes
from fieldstone.algorithms.knn.reducing import pieces, reduce
from fieldstone.algorithms.knn.voting import PREDICTORS

Singles = NDArray[np.float32]

_FORMAT = "fieldstone k-nearest neighbours"
_ABOUT, _INDEX, _LABELS, _CENTER, _MAP = "about.json", "index.faiss", "labels.npy", "center.npy", "map.npy"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, MemoryError, NotImplementedError)
"""What reading a file that was cut off or altered ends in."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to a row before it is looked for.

    Attributes:
        map: (d, target) what reduces it; None if nothing does.
        center: (target,) what is subtracted from it then.
        unit: Whether it is given the length 1.
    """

    map: Singles | None
    center: Singles | None = None
    unit: bool = False

    def apply(self, rows: Rows) -> Singles:
        """The rows (n, d), ready: (n, target)."""
        ready = reduce(rows, self.map)
        if self.center is not None:
            ready = ready - self.center
        return indexes.normalise(ready) if self.unit else ready


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A finished model.

    Attributes:
        width: How many features a row has.
        k: How many neighbours answer.
        predictor_type: How they do: `classifier` or `regressor`.
        labels: (n,) those of the rows of the index.
        preparation: How rows are made ready for it.
        index: faiss's.
    """

    width: int
    k: int
    predictor_type: str
    labels: Singles
    preparation: Preparation
    index: Any

    def answer(self, rows: Rows) -> dict[str, Singles]:
        """The label that is predicted for each row, and the distances and labels of its neighbours.

        Distances rise, as AWS's documents say; so that of the nearest is the first, or, of products, the last.
        """
        width = self.width if self.preparation.map is None else self.index.d
        found = [self._ask(rows[part]) for part in pieces(rows, width)]
        distances, labels = (np.concatenate(column) for column in zip(*found, strict=True))
        predicted = PREDICTORS[self.predictor_type](labels)
        if indexes.largest_first(self.index):
            distances, labels = distances[:, ::-1], labels[:, ::-1]
        return {"predicted_label": predicted, "distances": distances, "labels": labels}

    def _ask(self, rows: Rows) -> tuple[Singles, Singles]:
        distances, numbers = indexes.search(self.index, self.preparation.apply(rows), self.k)
        return distances, self.labels[numbers]


def save(path: Path, model: Neighbours) -> None:
    """Write a model to a file."""
    about = {
        "format": _FORMAT,
        "version": 1,
        "feature_dim": model.width,
        "k": model.k,
        "predictor_type": model.predictor_type,
        "unit": model.preparation.unit,
    }
    arrays = {_LABELS: model.labels, _CENTER: model.preparation.center, _MAP: model.preparation.map}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_ABOUT, json.dumps(about))
        for name, array in arrays.items():
            if array is not None:
                with archive.open(name, "w", force_zip64=True) as file:
                    npy.write_array(file, array, allow_pickle=False)
        with archive.open(_INDEX, "w", force_zip64=True) as file:
            indexes.write(model.index, file)


def read(path: Path) -> Neighbours:
    """The model in a file.

    Raises:
        ValueError: It is none of ours, or damaged.
    """
    try:
        with path.open("rb") as file:
            return receive(file)
    except _DAMAGE as error:
        raise ValueError(f"{path.name} is not the model of a KNN, or not all of it: {error}") from error


def receive(file: IO[bytes]) -> Neighbours:
    """The model in an open file that this program has written itself."""
    with zipfile.ZipFile(file) as archive:
        return _read(archive)


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`.

    Raises:
        ValueError: There is none, or its file is not that of a KNN.
    """
    model = read(find_model(folder))

    def answer(batch: Batch) -> dict[str, Singles]:
        return {"predicted_label": model.answer(batch.features)["predicted_label"]}

    def answer_at_length(batch: Batch) -> dict[str, Singles]:
        return model.answer(batch.features)

    return Answerer(width=model.width, collection="predictions", answer=answer, verbose=answer_at_length)


def _read(archive: zipfile.ZipFile) -> Neighbours:
    if damaged := archive.testzip():
        raise ValueError(f"{damaged} in it is damaged")
    about = json.loads(archive.read(_ABOUT))
    if (about["format"], about["version"]) != (_FORMAT, 1):
        raise ValueError("it has another format")
    names = set(archive.namelist())
    labels, center, how = (_array(archive, name) if name in names else None for name in (_LABELS, _CENTER, _MAP))
    with archive.open(_INDEX) as file:
        index = indexes.read(file)
    if labels is None or labels.shape != (index.ntotal,) or not 0 < about["k"] <= index.ntotal:
        raise ValueError("its labels are not those of its rows")
    if (how.shape if how is not None else (index.d, index.d)) != (about["feature_dim"], index.d):
        raise ValueError("its rows are not as wide as it says")
    preparation = Preparation(how, center, unit=bool(about["unit"]))
    return Neighbours(about["feature_dim"], about["k"], about["predictor_type"], labels, preparation, index)


def _array(archive: zipfile.ZipFile, name: str) -> Singles:
    with archive.open(name) as file:
        return npy.read_array(file, allow_pickle=False)
