"""Is there a pattern at all: can the outcomes be foretold better than shuffled outcomes can?

The test refits models on shuffled outcomes. To afford hundreds of refits over thousands of cases, each is a ridge
regression over a fixed, outcome-blind description of the cases: their features as they are (trends), the eighth of each
feature they fall in (bands), where they end in a forest of random trees (features that only tell together). Out-of-fold
predictions are linear in the outcomes, so all shuffles are refitted in one matrix product, exactly; the best of the
three counts, for the real outcomes as for the shuffled ones. The chance of a false alarm is therefore the nominal one,
whatever the data. A time series has a test of its own: see ``beyond``.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.checks import beyond
from fieldstone.framing.checks.described import describe
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.scores import NUMBERS, Floats
from fieldstone.framing.trials.trees import outcomes
from fieldstone.framing.trials.trial import Rows, Trial

SHUFFLES = 199
SIGNIFICANCE = 0.05
_LIMIT = 20_000
_FOLDS = 3
_RIDGE = 0.003
_FAINT = 0.05
_MOST_ANSWERS = 6
_OF_CASES = (
    "outcomes shuffled at random were foretold as well in {} of {} tries",
    "There is no sign that the columns tell anything about the outcome",
    "Collect columns that could have a bearing on the outcome, or more cases; a model would be guessing.",
)
_OF_A_SERIES = (
    "series with the same ups and downs in random order were foretold as well in {} of {} tries",
    "There is no sign that the series can be foretold better than by its last values",
    "Forecast by the last value, or the average of the last ones; or find columns known in time that could move it.",
)
"""What is said of the shuffles, of the lack of a pattern, and what to do about that."""


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
    told, silence, remedy = _OF_A_SERIES if trial.kind == "time series" else _OF_CASES
    shuffled = told.format(round(chance * (SHUFFLES + 1)) - 1, SHUFFLES)
    if chance > SIGNIFICANCE:
        return Finding("signal", "stop", f"{silence}: {shuffled}.", evidence, remedy)
    score = f"a strong model reaches {measure.name} {quality.value:.3f} (guessing: {measure.chance:g}, perfect: 1)"
    if quality.low - measure.chance < _FAINT * (1 - measure.chance):
        sentence = f"There is a pattern, but a faint one: {score}; {shuffled}."
        return Finding(
            "signal", "caution", sentence, evidence, "Look for columns that tell more before building on it."
        )
    return Finding("signal", "fine", f"There is a pattern to learn: {score}; {shuffled}.", evidence)


def p_value(columns: Sequence[Column], trial: Trial) -> float:
    """Return how often shuffled outcomes are foretold as well as the real ones, counting the real ones once."""
    if trial.kind == "time series":
        return beyond.p_value(trial.cases.columns, trial, SHUFFLES)
    rng = np.random.default_rng(trial.seed)
    rows = _independent(trial, rng)
    target = _levelled(trial.target[rows], trial)
    orders = [np.arange(len(rows)), *(rng.permutation(len(rows)) for _ in range(SHUFFLES))]
    parts = list(_parts(len(rows), rng))
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
    if trial.groups is not None:
        mixed = rng.permutation(rows)
        rows = np.sort(mixed[np.unique(trial.groups[mixed], return_index=True)[1]])
    return rows if len(rows) <= _LIMIT else np.sort(rng.choice(rows, _LIMIT, replace=False))


def _levelled(target: Floats, trial: Trial) -> Floats:
    """Return the outcomes as columns of equal weight; of numbers their ranks, so that no few large ones decide.

    Many classes are added up, at random with either sign, to a few columns: none is preferred and no pattern is lost.
    """
    answers = outcomes(target, trial.kind, trial.classes)
    if trial.kind in NUMBERS:
        answers = rankdata(answers, axis=0)
    spread = answers.std(axis=0)
    kept = answers[:, spread > 0]
    level = (kept - kept.mean(axis=0)) / kept.std(axis=0)
    if level.shape[1] <= _MOST_ANSWERS:
        return level
    signs = np.random.default_rng(trial.seed).choice([-1.0, 1.0], (level.shape[1], _MOST_ANSWERS))
    return level @ signs / np.sqrt(level.shape[1])


def _parts(count: int, rng: np.random.Generator) -> Iterator[tuple[Rows, Rows]]:
    parts = np.array_split(rng.permutation(count), _FOLDS)
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
