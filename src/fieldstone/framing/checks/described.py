"""Descriptions of cases that have not seen the outcome: features as they are, in bins, and in random trees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.trials.learners import Features

_BINS = 8
_TREES, _DEPTH = 30, 4
_WIDEST = 600


def describe(columns: Sequence[Column], features: Features, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Return three descriptions of the cases: their standardised features, their bins, their leaves in random trees."""
    binned = _binned(columns, features)
    leaves = np.hstack([_leaf(binned, rng) for _ in range(_TREES)]).astype(np.float32)
    return [trends(features), bands(columns, features, rng), leaves]


def bands(columns: Sequence[Column], features: Features, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return which eighth of each feature, or which level, each case falls in: cases x bins, 0 and 1."""
    binned = _binned(columns, features)
    parts = [binned[:, place : place + 1] == range(1, binned[:, place].max() + 1) for place in range(binned.shape[1])]
    found = np.hstack(parts).astype(np.float32)
    return found if found.shape[1] <= _WIDEST else found[:, rng.choice(found.shape[1], _WIDEST, replace=False)]


def _binned(columns: Sequence[Column], features: Features) -> NDArray[np.intp]:
    return np.column_stack([_bins(features[:, place], column) for place, column in enumerate(columns)])


def trends(features: Features) -> NDArray[np.float32]:
    """Return the features standardised, 0 where there is nothing."""
    values = features.astype(np.float64)
    present = ~np.isnan(values)
    mean = np.where(present, values, 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    centred = np.where(present, values - mean, 0)
    spread = centred.std(axis=0)
    return np.clip(centred / np.where(spread > 0, spread, 1), -4, 4).astype(np.float32)


def _bins(values: NDArray[np.float32], column: Column) -> NDArray[np.intp]:
    """Return a number for each value: 0 for empty, then bins of about equal size, or a category's own number."""
    present = ~np.isnan(values)
    result = np.zeros(len(values), dtype=np.intp)
    if not present.any():
        return result
    if column.kind == "category":
        codes, numbers = np.unique(values[present], return_inverse=True)
        rank = np.argsort(np.argsort(-np.bincount(numbers, minlength=len(codes)), kind="stable"))
        result[present] = 1 + np.minimum(rank[numbers], 2 * _BINS - 1)
        return result
    edges = np.unique(np.quantile(values[present], np.linspace(0, 1, _BINS + 1)[1:-1]))
    result[present] = 1 + np.searchsorted(edges, values[present], side="left")
    return result


def _leaf(binned: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which leaf of one random tree each case reaches: at each level one feature, cut at a random bin."""
    code = np.zeros(len(binned), dtype=np.intp)
    for place in rng.choice(binned.shape[1], min(_DEPTH, binned.shape[1]), replace=False):
        cut = rng.integers(1, max(2, int(binned[:, place].max())), endpoint=False)
        code = 2 * code + (binned[:, place] > cut)
    return code[:, None] == np.arange(2**_DEPTH)
