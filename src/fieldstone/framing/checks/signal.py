"""Is there a pattern at all: can the outcomes be foretold better than shuffled outcomes can?

The test refits models on shuffled outcomes. To afford hundreds of refits over thousands of cases, each is a ridge
regression over a fixed, outcome-blind description of the cases: their features as they are (trends), the eighth of each
feature they fall in (bands), where they end in a forest of random trees (features that only tell together). Out-of-fold
predictions are linear in the outcomes, so all shuffles are refitted in one matrix product, exactly; the best of the
three counts, for the real outcomes as for the shuffled ones. The chance of a false alarm is therefore the nominal one,
whatever the data. Outcomes of a time series are shifted round, not shuffled, since neighbours resemble each other.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.learners import Features
from fieldstone.framing.trials.scores import NUMBERS, Floats
from fieldstone.framing.trials.trees import outcomes
from fieldstone.framing.trials.trial import Rows, Trial

SHUFFLES = 199
SIGNIFICANCE = 0.05
_LIMIT = 20_000
_BINS = 8
_TREES, _DEPTH = 30, 4
_WIDEST = 600
_FOLDS = 3
_RIDGE = 0.003
_FAINT = 0.05


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say whether what is known of the cases tells anything about their outcome."""
    del cases, problem
    chance = p_value(trial.shape, trial)
    quality, measure = trial.quality, trial.measure
    evidence = {
        "p_value": chance,
        "shuffles": SHUFFLES,
        "cases": len(trial.target),
        "measure": measure.name,
        "strong_model": [quality.value, quality.low, quality.high],
        "chance": measure.chance,
    }
    as_good = round(chance * (SHUFFLES + 1)) - 1
    shuffled = f"outcomes shuffled at random were foretold as well in {as_good} of {SHUFFLES} tries"
    if chance > SIGNIFICANCE:
        return Finding(
            "signal",
            "stop",
            f"There is no sign that the columns tell anything about the outcome: {shuffled}.",
            evidence,
            "Collect columns that could have a bearing on the outcome, or more cases; a model would be guessing.",
        )
    score = f"a strong model reaches {measure.name} {quality.value:.3f} (guessing: {measure.chance:g}, perfect: 1)"
    if quality.low - measure.chance < _FAINT * (1 - measure.chance):
        sentence = f"There is a pattern, but a faint one: {score}; {shuffled}."
        return Finding(
            "signal", "caution", sentence, evidence, "Look for columns that tell more before building on it."
        )
    return Finding("signal", "fine", f"There is a pattern to learn: {score}; {shuffled}.", evidence)


def p_value(columns: Sequence[Column], trial: Trial) -> float:
    """Return how often shuffled outcomes are foretold as well as the real ones, counting the real ones once."""
    rng = np.random.default_rng(trial.seed)
    rows = _independent(trial, rng)
    target = _levelled(trial.target[rows], trial)
    ordered = trial.kind == "time series"
    orders = [np.arange(len(rows)), *_orders(len(rows), rng, ordered=ordered)]
    parts = list(_parts(len(rows), rng, ordered=ordered))
    gains = np.vstack([_gains(known, target, orders, parts) for known in describe(columns, trial.known[rows], rng)])
    best = np.max((gains - gains.mean(axis=1, keepdims=True)) / (gains.std(axis=1, keepdims=True) + 1e-12), axis=0)
    return float(np.mean(best >= best[0] - 1e-9))


def _gains(
    known: NDArray[np.float32], target: Floats, orders: list[Rows], parts: list[tuple[Rows, Rows]]
) -> NDArray[np.float64]:
    """Return, for each order of the outcomes, how far out-of-fold predictions go along with them."""
    gains = np.zeros(len(orders))
    for train, test in parts:
        solve = _smoother(known[train], known[test])
        for answer in target.T:
            shuffled = np.column_stack([answer[order] for order in orders])
            gains += np.einsum("ij,ij->j", solve(shuffled[train]), shuffled[test] - shuffled[train].mean(axis=0))
    return gains


def _independent(trial: Trial, rng: np.random.Generator) -> Rows:
    """Return one case an entity: cases of one entity resemble each other without telling anything."""
    rows = np.arange(len(trial.target))
    if trial.groups is not None and trial.kind != "time series":
        mixed = rng.permutation(rows)
        rows = np.sort(mixed[np.unique(trial.groups[mixed], return_index=True)[1]])
    return rows if len(rows) <= _LIMIT else np.sort(rng.choice(rows, _LIMIT, replace=False))


def _levelled(target: Floats, trial: Trial) -> Floats:
    """Return the outcomes as columns of equal weight; of numbers their ranks, so that no few large ones decide."""
    answers = outcomes(target, trial.kind, trial.classes)
    if trial.kind in NUMBERS:
        answers = rankdata(answers, axis=0)
    spread = answers.std(axis=0)
    kept = answers[:, spread > 0]
    return (kept - kept.mean(axis=0)) / kept.std(axis=0)


def _orders(count: int, rng: np.random.Generator, *, ordered: bool) -> Iterator[Rows]:
    for _ in range(SHUFFLES):
        if ordered:
            yield np.roll(np.arange(count), int(rng.integers(1, count)))
        else:
            yield rng.permutation(count)


def _parts(count: int, rng: np.random.Generator, *, ordered: bool) -> Iterator[tuple[Rows, Rows]]:
    parts = np.array_split(np.arange(count) if ordered else rng.permutation(count), _FOLDS)
    for place, test in enumerate(parts):
        yield np.concatenate(parts[:place] + parts[place + 1 :]), test


def _smoother(known: NDArray[np.float32], unknown: NDArray[np.float32]):  # noqa: ANN202 - a closure over two matrices
    """Return the ridge regression from outcomes of the known cases to predictions for the unknown ones."""
    centre = known.mean(axis=0)
    known, unknown = known - centre, unknown - centre
    gram = known.T @ known
    strength = _RIDGE * float(np.trace(gram)) + 1e-6
    gram[np.diag_indices_from(gram)] += strength

    def solve(answers: Floats) -> Floats:
        return unknown @ np.linalg.solve(gram, known.T @ (answers - answers.mean(axis=0)).astype(np.float32))

    return solve


def describe(columns: Sequence[Column], features: Features, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Return three descriptions of the cases: their standardised features, their bins, their leaves in random trees."""
    binned = np.column_stack([_bins(features[:, place], column) for place, column in enumerate(columns)])
    parts = [binned[:, place : place + 1] == range(1, binned[:, place].max() + 1) for place in range(binned.shape[1])]
    bands = np.hstack(parts).astype(np.float32)
    if bands.shape[1] > _WIDEST:
        bands = bands[:, rng.choice(bands.shape[1], _WIDEST, replace=False)]
    leaves = np.hstack([_leaf(binned, rng) for _ in range(_TREES)]).astype(np.float32)
    return [_trends(features), bands, leaves]


def _trends(features: Features) -> NDArray[np.float32]:
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
