"""Models on disk, and the predictions of one or of several together."""

import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from fieldstone.algorithms.xgboost import engines, log, pickles

VOTING = frozenset({"multi:softmax", "binary:hinge"})


class Ensemble:
    """One booster, or several whose predictions are averaged, or put to the vote where they are classes.

    Attributes:
        features: How many features a row has.
        objective: What the first one was trained for.
        classes: How many classes it tells apart; 0 for no multi-class model.
    """

    def __init__(self, boosters: Sequence[xgboost.Booster]) -> None:
        self.features = boosters[0].num_features()
        learner = json.loads(boosters[0].save_config())["learner"]
        self.objective: str = learner["objective"]["name"]
        self.classes = int(learner["learner_model_param"].get("num_class") or 0)
        self._predictors = [engines.choose(booster) for booster in boosters]

    def predict(self, features: Any) -> NDArray[np.float32]:
        """Predict for an array (n, d) of float32 with NaN for nothing, or a scipy CSR matrix: (n,), or (n, classes)."""
        predictions = [predict(features) for predict in self._predictors]
        if len(predictions) == 1:
            return predictions[0]
        return _vote(predictions) if self.objective in VOTING else np.mean(predictions, axis=0)


def load(folder: Path) -> Ensemble:
    """Load every model file of a folder, or the first when SAGEMAKER_INFERENCE_ENSEMBLE is `false`.

    Raises:
        ValueError: There is no file, or one is no XGBoost model, or a pickle of anything else.
    """
    files = sorted(file for file in folder.iterdir() if file.is_file() and not _is_hidden(file))
    if not files:
        raise ValueError(f"There is no model file in {folder}")
    if os.environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true").lower() == "false":
        files = files[:1]
    return Ensemble([_load_file(file) for file in files])


def _is_hidden(file: Path) -> bool:
    if file.name.startswith("."):
        log.warn(f"The file {file} starts with '.'. Skipping this file.")
    return file.name.startswith(".")


def _load_file(file: Path) -> xgboost.Booster:
    content = file.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XGBoost advises against what other versions left: these were tried
            return _read(content)
    except pickles.RefusedPickleError as error:
        raise ValueError(
            f"Model at {file} is a pickle that is not opened here: {error}. Only pickles of an xgboost.Booster are. "
            "Load it where you trust it, and save its booster with Booster.save_model."
        ) from error
    except xgboost.core.XGBoostError as error:
        raise ValueError(f"Model at {file} cannot be loaded: it is no XGBoost model") from error


def _read(content: bytes) -> xgboost.Booster:
    if content.startswith(pickles.STARTS):
        return pickles.load(content)
    return xgboost.Booster(model_file=bytearray(content))


def _vote(predictions: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    classes = np.unique(np.stack(predictions))
    votes = np.stack([np.sum(np.stack(predictions) == label, axis=0) for label in classes])
    return classes[votes.argmax(axis=0)]
