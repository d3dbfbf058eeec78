"""What a model uses, whom it finds, and where it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import norm

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice.wording import figure
from fieldstone.methods.calibration import share
from fieldstone.methods.resampling import Floats, Interval

Predictor = Callable[[np.ndarray], Floats]
"""From features (cases x columns) to a probability or number for each case, or probabilities (cases x classes)."""

_SLICES = 5
_SAMPLE = 100_000
"""So many cases tell where the fifths of a number end."""


@dataclass(frozen=True, slots=True)
class Importance:
    """How much a predictor's squared error grows when a feature's values are dealt anew, as a share of the error."""

    feature: str
    growth: Interval


@dataclass(frozen=True, slots=True)
class Lift:
    """One group of cases of like rank, the likeliest first.

    Attributes:
        group: From 1 on.
        cases: How many.
        rate: The share that is positive, with its interval.
        lift: How many times the overall share that is.
        found: The share of all positive cases in this group and those before.
    """

    group: int
    cases: int
    rate: Interval
    lift: float
    found: float


@dataclass(frozen=True, slots=True)
class Group:
    """A slice of one feature in which errors are dearer than elsewhere.

    Attributes:
        name: The slice in words, such as ``state = TX``.
        cases: How many.
        error: The mean error (or cost) of a case in it, with an interval that allows for having looked at all slices.
        elsewhere: The mean error of all other cases.
    """

    name: str
    cases: int
    error: Interval
    elsewhere: float


def importances(
    predict: Predictor, cases: Cases, *, sample: int = 10_000, repeats: int = 3, seed: int = 0
) -> list[Importance]:
    """Permutation importances on a sample, the greatest first.

    The predictor should not have learnt from these cases; if it has, what it has learnt by heart counts as use.
    Features that say the same share their importance, or hide behind one another. It takes ``columns x repeats``
    predictions.
    """
    assert cases.target is not None
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(cases))[:sample]
    features, target = cases.features[rows].copy(), cases.target[rows]
    base = _squared(predict(features), target)
    total = float(base.mean()) or 1.0
    found: list[Importance] = []
    for at, column in enumerate(cases.columns):
        kept = features[:, at].copy()
        grown = np.zeros(len(rows))
        for _ in range(repeats):
            features[:, at] = rng.permutation(kept)
            grown += (_squared(predict(features), target) - base) / repeats
        features[:, at] = kept
        reach = 1.96 * float(grown.std()) / np.sqrt(len(rows))
        mean = float(grown.mean())
        found.append(Importance(column.name, Interval(mean / total, (mean - reach) / total, (mean + reach) / total)))
    return sorted(found, key=lambda importance: -importance.growth.value)


def lift(probabilities: Floats, outcomes: Floats, *, groups: int = 10) -> list[Lift]:
    """Rank the cases by probability and compare groups of equal size with the whole, the likeliest first.

    Cases without a probability (NaN) are left out.
    """
    known = np.isfinite(probabilities)
    ranked = outcomes[known][np.argsort(-probabilities[known], kind="stable")]
    overall, positives, before = float(ranked.mean()), float(ranked.sum()), 0.0
    table: list[Lift] = []
    for index, group in enumerate(np.array_split(ranked, min(groups, len(ranked)))):
        hits, cases = float(group.sum()), len(group)
        before += hits
        rate = share(hits, cases)
        table.append(Lift(index + 1, cases, rate, rate.value / (overall or 1.0), before / (positives or 1.0)))
    return table


def worst_groups(cases: Cases, errors: Floats, *, least: int = 50, most: int = 8) -> list[Group]:
    """The slices of one feature where the mean error (or cost) is surely above that of all other cases, worst first.

    Slices are the levels of categories, fifths of numbers, and the cases where a feature is missing; those of fewer
    than ``least`` cases are passed over. The intervals are widened for the number of slices looked at (Bonferroni).
    """
    known = np.isfinite(errors)
    errors, features = errors[known], cases.features[known]
    slices = [
        each for at, column in enumerate(cases.columns) for each in _sums(column, features[:, at], errors, least=least)
    ]
    z = float(norm.ppf(1 - 0.025 / max(len(slices), 1)))
    groups = [_compare(name, sums, _sums_of(errors), z) for name, sums in slices]
    sure = [group for group in groups if group.error.low > group.elsewhere]
    return sorted(sure, key=lambda group: group.elsewhere - group.error.low)[:most]


def _squared(predicted: Floats, target: Floats) -> Floats:
    if predicted.ndim == 1 or target.ndim == 2:
        squared = (predicted - target) ** 2
        return squared if squared.ndim == 1 else squared.sum(axis=1)
    return ((predicted - np.eye(predicted.shape[1])[target.astype(np.int64)]) ** 2).sum(axis=1)


def _sums_of(errors: Floats) -> tuple[float, float, float]:
    return float(len(errors)), float(errors.sum()), float((errors**2).sum())


def _sums(
    column: Column, values: np.ndarray, errors: Floats, *, least: int
) -> list[tuple[str, tuple[float, float, float]]]:
    """Number, sum and sum of squares of the errors in each slice that is neither too small nor nearly all."""
    codes, names = _slices(column, values)
    sums = [np.bincount(codes, weights=powers, minlength=len(names)) for powers in (None, errors, errors**2)]
    kept = np.flatnonzero((sums[0] >= least) & (sums[0] <= len(errors) - least))
    return [(names[code], (float(sums[0][code]), float(sums[1][code]), float(sums[2][code]))) for code in kept]


def _compare(name: str, inside: tuple[float, float, float], all_: tuple[float, float, float], z: float) -> Group:
    cases, total, squares = inside
    mean = total / cases
    reach = z * float(np.sqrt(max(squares / cases - mean**2, 0.0) / cases))
    return Group(name, int(cases), Interval(mean, mean - reach, mean + reach), (all_[1] - total) / (all_[0] - cases))


def _slices(column: Column, values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The slice of each case, and the slices' names; the last is of the cases where the feature is missing."""
    empty = np.isnan(values)
    missing = f"{column.name} is missing"
    if column.kind == "category":
        codes, names = np.where(empty, len(column.levels), values), [f"{column.name} = {one}" for one in column.levels]
    elif column.kind == "boolean":
        codes, names = np.where(empty, 2, values), [f"not {column.name}", column.name]
    elif empty.all():
        codes, names = np.zeros(len(values)), list[str]()
    else:
        known = values[~empty]
        edges = np.unique(np.quantile(known[:: -(-len(known) // _SAMPLE)], np.linspace(0, 1, _SLICES + 1)))
        edges = edges.astype(values.dtype)
        edges = edges if len(edges) > 1 else np.repeat(edges, 2)
        slices = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
        codes, names = np.where(empty, len(edges) - 1, slices), [_between(column, *pair) for pair in pairwise(edges)]
    return codes.astype(np.int64), [*names, missing]


def _between(column: Column, low: float, high: float) -> str:
    if column.kind == "time":
        first, last = (str(np.datetime64(int(at), "s"))[:10] for at in (low, high))
        return f"{column.name} {first} to {last}"
    return f"{column.name} {figure(float(low))} to {figure(float(high))}"
