"""Models to try: a strong one, a plain one, and one that knows nothing.

A learner takes the features and targets it learns from and the features to foretell, and returns predictions: the
probability of the positive class (binary), one column of probabilities a class or label, or numbers.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fieldstone.framing.cases import Column
from fieldstone.framing.problem import Kind
from fieldstone.framing.trials.scores import CLASSES, NUMBERS, Floats

Features = NDArray[np.float32]
Learner = Callable[[Features, Floats, Features], Floats]
Predictor = Callable[[Features], Floats]

_FEW_ROUNDS = 40
_FEWEST_ROUNDS, _MOST_TREES = 25, 480
"""A round grows a tree for each class: of many classes, fewer rounds do."""


def strong(kind: Kind, classes: int, *, seed: int, rounds: int = 120) -> Learner:
    """Return gradient-boosted trees, small and fast; missing values and category codes are taken as they are."""

    def learn(known: Features, target: Floats, unknown: Features) -> Floats:
        return fit_strong(kind, classes, known, target, seed=seed, rounds=rounds)(unknown)

    return learn


def blended(kind: Kind, columns: Sequence[Column], classes: int, *, seed: int) -> Learner:
    """Return the average of the plain model and few trees: strong for time series, whose past is mostly linear."""
    parts = (plain(kind, columns, classes), strong(kind, classes, seed=seed, rounds=_FEW_ROUNDS))
    return lambda known, target, unknown: np.mean([learn(known, target, unknown) for learn in parts], axis=0)


def fit_strong(kind: Kind, classes: int, known: Features, target: Floats, *, seed: int, rounds: int = 120) -> Predictor:
    """Return the strong model that has learnt, for who asks it more than once."""
    settings = {
        **_objective(kind, classes, target),
        "tree_method": "hist",
        "max_depth": 4,
        "eta": 0.1,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "min_child_weight": 2,
        "max_bin": 64,
        "seed": seed,
        "verbosity": 0,
        "nthread": 1,  # the same answers on every machine, and no waiting where cores are shared
    }
    rounds = min(rounds, max(_FEWEST_ROUNDS, _MOST_TREES // max(classes, 1)))
    model = xgb.train(settings, xgb.QuantileDMatrix(known, target, max_bin=64, nthread=1), rounds)
    return lambda unknown: np.asarray(model.inplace_predict(unknown), dtype=np.float64)


def _objective(kind: Kind, classes: int, target: Floats) -> dict[str, object]:
    if kind in NUMBERS:
        counting = kind == "count" and target.min() >= 0 and target.max() > 0
        return {"objective": "count:poisson" if counting else "reg:squarederror"}
    if kind in CLASSES:
        return {"objective": "multi:softprob", "num_class": classes}
    share = {} if target.ndim > 1 else {"base_score": float(np.clip(target.mean(), 0.001, 0.999))}
    return {"objective": "binary:logistic", **share}


def plain(kind: Kind, columns: Sequence[Column], classes: int) -> Learner:
    """Return a logistic or linear regression over standardised numbers and one-hot categories."""
    return lambda known, target, unknown: fit_plain(kind, columns, classes, known, target)(unknown)


def fit_plain(kind: Kind, columns: Sequence[Column], classes: int, known: Features, target: Floats) -> Predictor:
    """Return the plain model that has learnt, for who asks it more than once."""
    encode = encoder(columns)
    told = np.asarray(encode.fit_transform(known.astype(float)), dtype=np.float64)
    predict = _fitted(kind, told, target, classes)
    return lambda unknown: predict(np.asarray(encode.transform(unknown.astype(float)), dtype=np.float64))


def _fitted(kind: Kind, told: Floats, target: Floats, classes: int) -> Callable[[Floats], Floats]:
    if kind in NUMBERS:
        line = Ridge(alpha=1.0).fit(told, target)
        return lambda asked: np.asarray(line.predict(asked), dtype=np.float64)
    if kind == "multilabel":
        labels = [_probabilities(told, label, 2) for label in target.T]
        return lambda asked: np.column_stack([label(asked)[:, 1] for label in labels])
    found = _probabilities(told, target, classes)
    return (lambda asked: found(asked)[:, 1]) if kind == "binary" else found


def _probabilities(known: Floats, target: Floats, classes: int) -> Callable[[Floats], Floats]:
    """A logistic regression's probability of each class, those among them that were never seen."""
    present = np.unique(target).astype(int)
    if len(present) == 1:
        return lambda asked: np.tile(np.eye(classes)[present[0]], (len(asked), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model that stopped early is good enough for a comparison
        model = LogisticRegression(max_iter=200).fit(known, target)

    def predict(asked: Floats) -> Floats:
        result = np.zeros((len(asked), classes))
        result[:, present] = model.predict_proba(asked)
        return result

    return predict


def encoder(columns: Sequence[Column]) -> ColumnTransformer:
    """Return the encoding of features for linear models: standardised, filled and flagged; categories one-hot."""
    named = [place for place, column in enumerate(columns) if column.kind == "category"]
    others = [place for place, column in enumerate(columns) if column.kind != "category"]
    numbers: Pipeline = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    levels = OneHotEncoder(max_categories=25, handle_unknown="infrequent_if_exist", sparse_output=False)
    return ColumnTransformer([("numbers", numbers, others), ("levels", levels, named)], sparse_threshold=0.0)


def constant(kind: Kind, classes: int) -> Learner:
    """Return the model without knowledge: the average, or how frequent each class is."""

    def learn(known: Features, target: Floats, unknown: Features) -> Floats:
        del known
        if kind in CLASSES:
            shares = np.bincount(target.astype(int), minlength=classes) / len(target)
            return np.tile(shares, (len(unknown), 1))
        return np.broadcast_to(target.mean(axis=0), (len(unknown), *target.shape[1:])).copy()

    return learn
