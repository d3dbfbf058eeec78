"""The model: a file that MXNet opens, a list of one array, the centres (k, d); and its answers."""

from pathlib import Path

import numpy as np

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.artifact import find_model
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.batch import Floats as Singles
from fieldstone.algorithms.kmeans.geometry import Floats, nearest, squared_distances


def save(path: Path, centers: Floats) -> None:
    """Write the centres to a file."""
    ndarray.save_list(path, [centers.astype(np.float32)])


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`, and whoever made it.

    Raises:
        ValueError: There is none, or its file is not that of a K-Means.
    """
    file = find_model(folder)
    arrays = list(ndarray.load(file).values())
    if len(arrays) != 1 or arrays[0].ndim != 2 or not arrays[0].size:
        raise ValueError(f"{file.name} is not the model of a K-Means: it is not one matrix of centres")
    centers = arrays[0].astype(np.float64)

    def answer(batch: Batch) -> dict[str, Singles]:
        rows = batch.features.astype(np.float64)
        labels = nearest(rows, centers)
        distances = np.sqrt(squared_distances(rows, centers, labels))
        return {"closest_cluster": labels.astype(np.float32), "distance_to_cluster": distances.astype(np.float32)}

    return Answerer(width=centers.shape[1], collection="predictions", answer=answer)
