"""Simple answers that may already do: one answer for all, one cut, two splits, one feature, a formula, last season."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.findings import Reason
from fieldstone.framing.trials import learners, rules, series
from fieldstone.framing.trials.rules import Rule
from fieldstone.framing.trials.scores import CLASSES, NUMBERS, Floats
from fieldstone.framing.trials.trees import SmallTree, grow
from fieldstone.framing.trials.trial import Trial

_FOR_CHOOSING = 4_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A simple answer.

    Attributes:
        name: What it is called.
        prediction: Its predictions for the scored cases, by what is known without them.
        rule: It, written out, as learnt from the whole sample.
        reason: Which reason against machine learning holds if it does the job.
    """

    name: str
    prediction: Floats
    rule: Rule
    reason: Reason


def candidates(trial: Trial) -> list[Candidate]:
    """Return the simple answers worth trying for these cases, the simplest first."""
    found = [_same(trial)]
    if trial.kind == "time series":
        found.append(_season(trial))
    if trial.cases.columns:  # a time series may have nothing but its own past
        found += [_tree(trial, "one cut", 2), _tree(trial, "two splits", 3), _feature(trial)]
        found += [_formula(trial)] if trial.kind in NUMBERS else []
    return found


def _same(trial: Trial) -> Candidate:
    prediction = trial.out_of_fold(learners.constant(trial.kind, trial.classes))
    return Candidate(
        "always the same answer", prediction, rules.always(_spoken(trial, trial.target)), Reason.TOO_SIMPLE
    )


def _tree(trial: Trial, name: str, leaves: int, only: int | None = None) -> Candidate:
    growing = grow(trial.cases.columns, trial.kind, trial.classes, leaves=leaves, only=only)
    fitted = growing.fit(trial.features, trial.target)
    return Candidate(name, trial.out_of_fold(growing.learner()), written(trial, fitted), Reason.RULE_WORKS)


def _feature(trial: Trial) -> Candidate:
    """Return a table of up to eight lines over the one feature that tells most."""
    return _tree(trial, "one feature", 8, only=telling(trial)[0])


def telling(trial: Trial) -> NDArray[np.intp]:
    """Return the features' positions from the one that tells most by itself to the one that tells least."""
    rows = np.random.default_rng(trial.seed).permutation(len(trial.target))[:_FOR_CHOOSING]
    known, target = trial.features[rows], trial.target[rows]
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
    return Candidate("a formula", trial.out_of_fold(learn), _sum(trial, numbers, weights), Reason.TOO_SIMPLE)


def _inputs(features: learners.Features, places: list[int]) -> Floats:
    return np.column_stack([np.nan_to_num(features[:, places].astype(np.float64)), np.ones(len(features))])


def _weights(features: learners.Features, target: Floats, places: list[int]) -> Floats:
    return np.asarray(np.linalg.lstsq(_inputs(features, places), target, rcond=None)[0], dtype=np.float64)


def _sum(trial: Trial, places: list[int], weights: Floats) -> Rule:
    names = [trial.cases.columns[place].name for place in places]
    pairs = [(f"{weight:.6g}", name) for weight, name in zip(weights[:-1], names, strict=True)]
    start = f"{weights[-1]:.6g}"
    words = " + ".join([start, *(f"{weight} x {name}" for weight, name in pairs)])
    sql = " + ".join([start, *(f"{weight} * coalesce({rules.quoted(name)}, 0)" for weight, name in pairs)])
    code = " + ".join([start, *(f"{weight} * (row[{name!r}] or 0)" for weight, name in pairs)])
    return Rule(words, sql, f"def answer(row):\n    return {code}\n")


def _season(trial: Trial) -> Candidate:
    steps = series.season(trial.target, trial.cases.periods)
    prediction = series.repeated(trial.target, steps, trial.ahead_by)[trial.scored]
    words = f"the value {steps} period{'s' if steps > 1 else ''} before"
    sql = f"lag(target, {steps}) OVER (ORDER BY time)"
    code = f"def answer(values):\n    return values[-{steps}]\n"
    return Candidate("last season's value", prediction, Rule(words, sql, code), Reason.TOO_SIMPLE)


def written(trial: Trial, tree: SmallTree) -> Rule:
    """Return a tree as a rule: a condition for yes or no, a table for everything else."""
    columns = trial.cases.columns
    if trial.kind == "binary":
        base = trial.target.mean()
        return rules.condition(tree, [bool(leaf.answer[0] > base) for leaf in tree.leaves], columns)
    return rules.table(tree, [_named(trial, leaf.answer) for leaf in tree.leaves], columns)


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
