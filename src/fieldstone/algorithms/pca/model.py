"""The model: a file that MXNet opens, with `mean` (1, d), `s` (k,) and `v` (d, k), both ascending; and its answers.

AWS's notebooks take the last column of `v` for the first component, and so is the last number of an answer the first.
"""

from pathlib import Path

import numpy as np

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.artifact import find_model
from fieldstone.algorithms.amazon.batch import Batch, Floats
from fieldstone.algorithms.pca.method import Components


def save(path: Path, components: Components) -> None:
    """Write the components to a file."""
    ndarray.save(
        path,
        {
            "mean": components.mean[None].astype(np.float32),
            "s": components.singular_values.astype(np.float32),
            "v": components.vectors.astype(np.float32),
        },
    )


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`.

    Raises:
        ValueError: There is none, or its file is not that of a PCA.
    """
    file = find_model(folder)
    arrays = ndarray.load(file)
    if "v" not in arrays or arrays["v"].ndim != 2:
        raise ValueError(f"{file.name} is not the model of a PCA: it has no matrix v")
    vectors = arrays["v"].astype(np.float64)
    mean = arrays.get("mean", np.zeros(len(vectors))).astype(np.float64).ravel()
    if len(mean) != len(vectors):
        raise ValueError(f"{file.name} is not the model of a PCA: mean and v do not fit")

    def answer(batch: Batch) -> dict[str, Floats]:
        projections = (
            batch.features @ vectors - mean @ vectors if _is_sparse(batch) else (batch.features - mean) @ vectors
        )
        return {"projection": projections.astype(np.float32)}

    return Answerer(width=len(vectors), collection="projections", answer=answer)


def _is_sparse(batch: Batch) -> bool:
    return not isinstance(batch.features, np.ndarray)
