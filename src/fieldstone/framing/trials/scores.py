"""How good predictions are, on one scale for every kind of problem, and how sure one can be of a difference.

Every measure grows with quality and ends at 1: the area under the ROC curve for classes (macro average over classes or
labels), the explained share of the variance (R2) for numbers, and of a time series the share that is foretold of what
its level leaves open. ``chance`` is what an answer without knowledge scores.

Out of fold, cases are ranked within their fold only. An average over all cases but those of one fold is the lower, the
more outcomes that fold has: ranked across folds, a model of a few averages would look worse than it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.problem import Kind

Floats = NDArray[np.float64]
Folds = NDArray[np.intp]
Weigher = Callable[[Floats], float]
"""From the number of times that each case was drawn to the measure."""

NUMBERS = frozenset[Kind]({"value", "count", "time series", "remaining life"})
CLASSES = frozenset[Kind]({"multiclass", "ordinal"})
RESAMPLES = 300
SKILL = "skill over the level"


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the range in which 95 of 100 repetitions of the data would put it, where nothing else is said."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its name, what chance scores, and how to prepare it for a set of predictions."""

    name: str
    chance: float
    weigher: Callable[[Floats, Floats, Folds], Weigher]

    def prepare(self, truth: Floats, prediction: Floats, folds: Folds | None = None) -> Weigher:
        """Return the measure of the predictions, ready for resampling; ``folds`` says which fold each case is in."""
        return self.weigher(truth, prediction, np.zeros(len(truth), dtype=np.intp) if folds is None else folds)

    def __call__(self, truth: Floats, prediction: Floats, folds: Folds | None = None) -> float:
        """Return the measure of the predictions."""
        return self.prepare(truth, prediction, folds)(np.ones(len(truth)))


def measure_for(kind: Kind) -> Measure:
    """Return the measure that problems of this kind are judged by."""
    if kind in NUMBERS:
        return Measure(SKILL if kind == "time series" else "R2", 0.0, _explained)
    if kind == "binary":
        return Measure("AUC", 0.5, _area)
    return Measure("macro AUC", 0.5, _macro_classes if kind in CLASSES else _macro_labels)


def _area(truth: Floats, score: Floats, folds: Folds) -> Weigher:
    order = np.lexsort((score, folds))
    ranked, fold, positive = score[order], folds[order], truth[order] > 0
    turns = np.r_[True, fold[1:] != fold[:-1]]
    starts = np.flatnonzero(turns | np.r_[True, ranked[1:] != ranked[:-1]])
    first = np.flatnonzero(turns[starts])  # where each fold begins among the groups of equal scores
    sizes = np.diff(np.r_[first, len(starts)])

    def weigh(drawn: Floats) -> float:
        weight = drawn[order]
        hits = np.add.reduceat(weight * positive, starts)
        others = np.add.reduceat(weight * ~positive, starts)
        below = np.cumsum(others) - others / 2
        below -= np.repeat(below[first] - others[first] / 2, sizes)
        pairs = _dot(np.add.reduceat(hits, first), np.add.reduceat(others, first))
        return float(_dot(hits, below) / pairs) if pairs else 0.5

    return weigh


def _macro(parts: list[tuple[Floats, Floats]], folds: Folds) -> Weigher:
    """Return the average area over classes or labels; resampled by each case's slope, which many of them call for."""
    if not parts:
        return lambda _: 0.5
    values, slopes = zip(*(_slopes(truth, score, folds) for truth, score in parts), strict=True)
    value, slope = float(np.mean(values)), np.mean(slopes, axis=0)
    return lambda drawn: value + _dot(drawn - 1, slope)


def _slopes(truth: Floats, score: Floats, folds: Folds) -> tuple[float, Floats]:
    """Return the area, and how it moves as each case is drawn once more."""
    once, positive = np.ones(len(truth)), truth > 0
    value = _area(truth, score, folds)(once)
    won, met = np.zeros(len(truth)), np.zeros(len(truth))
    for fold in np.unique(folds):
        mine = np.flatnonzero(folds == fold)
        for own, other, sign in ((positive, ~positive, 1), (~positive, positive, -1)):
            here, against = mine[own[mine]], np.sort(sign * score[mine[other[mine]]])
            asked = sign * score[here]
            sides = [np.searchsorted(against, asked, side) for side in ("left", "right")]
            won[here], met[here] = np.mean(sides, axis=0), len(against)
    pairs = met[positive].sum()
    return value, (won - value * met) / pairs if pairs else np.zeros(len(truth))


def _macro_classes(truth: Floats, probability: Floats, folds: Folds) -> Weigher:
    codes = [code for code in range(probability.shape[1]) if 0 < np.sum(truth == code) < len(truth)]
    return _macro([((truth == code).astype(float), probability[:, code]) for code in codes], folds)


def _macro_labels(truth: Floats, probability: Floats, folds: Folds) -> Weigher:
    labels = [label for label in range(truth.shape[1]) if 0 < truth[:, label].sum() < len(truth)]
    return _macro([(truth[:, label], probability[:, label]) for label in labels], folds)


def _explained(truth: Floats, prediction: Floats, folds: Folds) -> Weigher:
    del folds  # errors are compared with nothing
    squared = (truth - prediction) ** 2

    def weigh(drawn: Floats) -> float:
        around = _dot(drawn, (truth - _dot(drawn, truth) / drawn.sum()) ** 2)
        return float(1 - _dot(drawn, squared) / around) if around > 0 else 0.0

    return weigh


def beyond(truth: Floats, prediction: Floats, mark: Floats) -> Weigher:
    """Return the share of the squared error of a mark that a prediction does away with, ready for resampling."""
    squared, marked = (truth - prediction) ** 2, (truth - mark) ** 2

    def weigh(drawn: Floats) -> float:
        left = _dot(drawn, marked)
        return float(1 - _dot(drawn, squared) / left) if left > 0 else 0.0

    return weigh


def _dot(one: Floats, other: Floats) -> float:
    """Return the inner product, on one thread: BLAS would wake all cores for so little, hundreds of times."""
    return float((one * other).sum())


def draws(count: int, seed: int, *, groups: NDArray[np.intp] | None = None, resamples: int = RESAMPLES) -> list[Floats]:
    """Return, for each resample, how often each case is drawn; cases of one group are drawn together."""
    rng = np.random.default_rng(seed)
    members = np.arange(count) if groups is None else groups
    size = int(members.max()) + 1 if count else 0
    return [np.bincount(rng.integers(0, size, size), minlength=size)[members].astype(float) for _ in range(resamples)]


def spread(value: Weigher, drawn: list[Floats]) -> Interval:
    """Return a measure with its bootstrap interval."""
    return _between(value(np.ones(len(drawn[0]))), np.array([value(weight) for weight in drawn]))


def difference(better: Weigher, worse: Weigher, drawn: list[Floats], *, level: float = 0.95) -> Interval:
    """Return how much the first measure exceeds the second, both resampled together, with the range at this level."""
    once = np.ones(len(drawn[0]))
    gaps = np.array([better(weight) - worse(weight) for weight in drawn])
    return _between(better(once) - worse(once), gaps, level)


def _between(value: float, resampled: Floats, level: float = 0.95) -> Interval:
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))


def mean_of(values: Floats) -> Weigher:
    """Return the plain average of a figure for each case, ready for resampling."""
    return lambda drawn: float(_dot(drawn, values) / drawn.sum())


def baseline_loss(truth: Floats, prediction: Floats, kind: Kind) -> dict[str, float]:
    """Return the usual further figures: RMSE and MAE for numbers, log loss for classes."""
    if kind in NUMBERS:
        error = truth - prediction
        return {"rmse": float(np.sqrt(np.mean(error**2))), "mae": float(np.mean(np.abs(error)))}
    if kind in CLASSES:
        told = prediction[np.arange(len(truth)), truth.astype(int)]
    else:
        told = np.where(truth > 0, prediction, 1 - prediction)
    return {"log_loss": float(-np.mean(np.log(np.clip(told, 1e-6, 1))))}
