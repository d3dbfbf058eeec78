"""Simple answers that may already do: one for all, a few conditions, one column, a formula, the last season's value.

A yes or no is foretold as the written rule would answer it. Whatever has to be chosen, such as the one column, is
chosen anew in every fold, from the cases that are learnt from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from fieldstone.framing.data.expressions import quoted
from fieldstone.framing.data.loading import connected
from fieldstone.framing.data.times import time_of
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import learners, pairs, rules, series
from fieldstone.framing.trials.rules import Rule
from fieldstone.framing.trials.scores import CLASSES, NUMBERS, Floats
from fieldstone.framing.trials.trees import SmallTree, grow
from fieldstone.framing.trials.trial import Trial

_FOR_CHOOSING = 2_000
_MOST = 4
_PAIRED = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A simple answer.

    Attributes:
        name: What it is called.
        prediction: Its predictions for the scored cases, by what is known without them.
        rule: It, written out, as learnt from the whole sample.
        reason: Which reason against machine learning holds if it does the job.
        decides: Whether its predictions are answers, 0 or 1, not chances.
    """

    name: str
    prediction: Floats
    rule: Rule
    reason: Reason
    decides: bool = False


def candidates(trial: Trial, problem: Problem) -> list[Candidate]:
    """Return the simple answers worth trying for these cases, the simplest first."""
    found = [_same(trial)]
    if trial.kind == "time series":
        found.append(_season(trial, problem))
    if trial.cases.columns:  # a time series may have nothing but its own past
        found += _splits(trial, "one cut", 2)
        found += _paired(trial) if trial.kind == "binary" else []
        found += [*_splits(trial, "two splits", 3), *_splits(trial, "three splits", _MOST), _feature(trial)]
        found += [_formula(trial)] if trial.kind in NUMBERS else []
    return found


def _same(trial: Trial) -> Candidate:
    prediction = trial.average
    return Candidate(
        "always the same answer", prediction, rules.always(_spoken(trial, trial.target)), Reason.TOO_SIMPLE
    )


def _splits(trial: Trial, name: str, leaves: int) -> list[Candidate]:
    """Return a tree of so many leaves; for a yes or no, the condition that is written down, and the longest as a table.

    A leaf whose cases are positive more often than the average says yes.
    """
    growing = grow(trial.cases.columns, trial.kind, trial.classes, leaves=leaves)
    graded = trial.out_of_fold(growing.learner(), features=trial.features)
    tree = growing.fit(trial.features, trial.target)
    table = Candidate(name, graded, written(trial, tree), Reason.RULE_WORKS)
    if trial.kind != "binary":
        return [table]
    flagged = [bool(leaf.answer[0] > trial.target.mean()) for leaf in tree.leaves]
    rule = rules.condition(tree, flagged, trial.cases.columns)
    answers = (graded > trial.average).astype(float)
    condition = Candidate(name, answers, rule, Reason.RULE_WORKS, decides=True)
    return [condition, replace(table, name="a table of four lines")] if leaves == _MOST else [condition]


def _paired(trial: Trial) -> list[Candidate]:
    """Return one cut in the difference, sum or ratio of two of the features that tell most."""
    columns = trial.cases.columns

    def choose(known: learners.Features, target: Floats) -> Sequence[int]:
        times = [place for place, column in enumerate(columns) if column.kind == "time"][:_PAIRED]
        return [*times, *(int(place) for place in telling(trial, known, target)[:_PAIRED] if place not in times)]

    cut = pairs.best(trial.features, trial.target, columns, choose(trial.features, trial.target))
    if cut is None:
        return []
    prediction = trial.out_of_fold(pairs.learner(columns, choose), features=trial.features)
    rule = pairs.written(cut, columns)
    return [Candidate("two columns put together", prediction, rule, Reason.RULE_WORKS, decides=True)]


def _feature(trial: Trial) -> Candidate:
    """Return a table of up to eight lines over the one feature that tells most."""

    def fit(known: learners.Features, target: Floats) -> SmallTree:
        best = int(telling(trial, known, target)[0])
        return grow(trial.cases.columns, trial.kind, trial.classes, leaves=8, only=best).fit(known, target)

    def learn(known: learners.Features, target: Floats, unknown: learners.Features) -> Floats:
        return fit(known, target).predict(unknown)

    rule = written(trial, fit(trial.features, trial.target))
    return Candidate("one feature", trial.out_of_fold(learn, features=trial.features), rule, Reason.RULE_WORKS)


def telling(trial: Trial, known: learners.Features | None = None, target: Floats | None = None) -> NDArray[np.intp]:
    """Return the features' positions from the one that tells most by itself to the one that tells least."""
    known, target = trial.features if known is None else known, trial.target if target is None else target
    rows = np.random.default_rng(trial.seed).permutation(len(target))[:_FOR_CHOOSING]
    known, target = known[rows], target[rows]
    gains = []
    for place in range(known.shape[1]):
        growing = grow(trial.cases.columns, trial.kind, trial.classes, leaves=8, only=place)
        gains.append(trial.measure(target, growing.fit(known, target).predict(known)))
    return np.argsort(-np.asarray(gains), kind="stable")


def _formula(trial: Trial) -> Candidate:
    """Return a sum of at most three features with weights."""
    numbers = [place for place in telling(trial) if trial.cases.columns[place].kind in {"number", "boolean"}][:3]
    parts = np.abs(_weights(trial.features, trial.target, numbers)[:-1]) * _inputs(trial.features, numbers)[:, :-1].std(
        axis=0
    )
    numbers = [place for place, part in zip(numbers, parts, strict=True) if part > 1e-4 * trial.target.std()]

    def learn(known: learners.Features, target: Floats, unknown: learners.Features) -> Floats:
        return _inputs(unknown, numbers) @ _weights(known, target, numbers)

    weights = _weights(trial.features, trial.target, numbers)
    return Candidate(
        "a formula", trial.out_of_fold(learn, features=trial.features), _sum(trial, numbers, weights), Reason.TOO_SIMPLE
    )


def _inputs(features: learners.Features, places: list[int]) -> Floats:
    return np.column_stack([np.nan_to_num(features[:, places].astype(np.float64)), np.ones(len(features))])


def _weights(features: learners.Features, target: Floats, places: list[int]) -> Floats:
    return np.asarray(np.linalg.lstsq(_inputs(features, places), target, rcond=None)[0], dtype=np.float64)


def _sum(trial: Trial, places: list[int], weights: Floats) -> Rule:
    names = [trial.cases.columns[place].name for place in places]
    pairs = [(f"{weight:.6g}", name) for weight, name in zip(weights[:-1], names, strict=True)]
    start = f"{weights[-1]:.6g}"
    words = " + ".join([start, *(f"{weight} x {name}" for weight, name in pairs)])
    read = [rules.as_number(trial.cases.columns[place]) for place in places]
    sql = " + ".join([start, *(f"{weight} * {each[0]}" for (weight, _), each in zip(pairs, read, strict=True))])
    code = " + ".join([start, *(f"{weight} * {each[1]}" for (weight, _), each in zip(pairs, read, strict=True))])
    return Rule(words, sql, f"def answer(row):\n    return {code}\n")


def _season(trial: Trial, problem: Problem) -> Candidate:
    """Return the last value of the same season that is known when one is foretold so many periods ahead."""
    steps, ahead = series.season(trial.target, trial.cases.periods), trial.ahead_by
    prediction = series.repeated(trial.target, steps, ahead)[trial.scored]
    back = steps * -(-ahead // steps)
    words = f"the value {back} period{'s' if back > 1 else ''} before"
    column = "value" if isinstance(problem.target.column, UnsetType) else problem.target.column
    sql = f"lag({quoted(column)}, {back}) OVER ({_in_order(trial, problem)})"
    code = f"def answer(values):\n    return values[{ahead - 1 - back}]\n"
    told = f"    # values: all that are known, the oldest first; the answer is for {ahead} period(s) after the last\n"
    rule = Rule(words, sql, code.replace("    return", f"{told}    return"))
    return Candidate("last season's value", prediction, rule, Reason.TOO_SIMPLE)


def _in_order(trial: Trial, problem: Problem) -> str:
    """Return how SQL puts the series in order; times that are text are read first."""
    data, table = problem.data, trial.cases.table
    name = UNSET if isinstance(data, UnsetType) else data.time
    if isinstance(name, UnsetType) or name not in table.column_names:
        return ""
    if pa.types.is_temporal(table.schema.field(name).type):
        return f"ORDER BY {quoted(name)}"
    with connected() as engine:
        engine.register("cases", table.select([name]))
        return f"ORDER BY {time_of(engine, 'cases', name, 'data.time')}"


def written(trial: Trial, tree: SmallTree) -> Rule:
    """Return a tree as a table: the chance of a yes, a number, a class or labels for each of its leaves."""
    if trial.kind == "binary":
        return rules.table(tree, [float(f"{leaf.answer[0]:.3f}") for leaf in tree.leaves], trial.cases.columns)
    return rules.table(tree, [_named(trial, leaf.answer) for leaf in tree.leaves], trial.cases.columns)


def _spoken(trial: Trial, target: Floats) -> str | float:
    if trial.kind in CLASSES:
        return _named(trial, np.bincount(target.astype(int), minlength=trial.classes) / len(target))
    return _named(trial, np.atleast_1d(target.mean(axis=0)))


def _named(trial: Trial, answer: Floats) -> str | float:
    """Return what a leaf's answer means: a number, the likeliest class, or the labels that are more likely than not."""
    names = trial.cases.classes
    if trial.kind in NUMBERS:
        return float(f"{answer[0]:.6g}")
    if trial.kind == "multilabel":
        return ", ".join(names[label] for label in np.flatnonzero(answer >= 0.5)) or "none"
    code = int(answer[0] >= 0.5) if trial.kind == "binary" else int(answer.argmax())
    return names[code] if code < len(names) else str(code)
