"""The model that is served, and its answers: a score for each row."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.algorithm import Answerer
from fieldstone.algorithms.amazon.artifact import find_model
from fieldstone.algorithms.amazon.batch import Batch, Floats
from fieldstone.algorithms.randomcutforest import artifact
from fieldstone.algorithms.randomcutforest.forest import Forest
from fieldstone.algorithms.randomcutforest.points import dense_pieces
from fieldstone.algorithms.randomcutforest.scoring import score


def load(folder: Path) -> Answerer:
    """The model in a folder, whatever its file is called after `model`.

    Raises:
        ValueError: There is none, or its file is no forest of ours.
    """
    forest = artifact.load(find_model(folder))

    def answer(batch: Batch) -> dict[str, Floats]:
        return {"score": score_features(forest, batch.features).astype(np.float32)}

    return Answerer(width=forest.features, collection="scores", answer=answer)


def score_features(forest: Forest, features: Any) -> NDArray[np.float64]:
    """The scores of at least one row (n, d), an array or a scipy CSR matrix, on all cores that this program may use."""
    threads = int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count() or 1
    return np.concatenate([score(forest, rows, threads) for rows in dense_pieces(features)])
