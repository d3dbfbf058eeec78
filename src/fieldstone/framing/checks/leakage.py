"""Do the cases tell their outcome in a way that will not be there when the decision is taken.

Looked for: a column that knows the answer by itself; an empty value that tells it; a value that lies after the case's
time; a column named like a result; the order of the rows; the same case twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from msgspec import UnsetType

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import learners
from fieldstone.framing.trials.scores import Floats
from fieldstone.framing.trials.trees import grow
from fieldstone.framing.trials.trial import Trial

KNOWS, TELLS = 0.98, 0.6
"""Skill (0 guessing, 1 perfect) from which one column knows the answer, and from which missingness is remarkable."""
_NAMED = re.compile(
    r"(^|_)(outcome|result|resolution|resolved|closed|cancel\w*|terminat\w*|chargeback|refund\w*|recover\w*|paid_off|"
    r"write_?off|charged_?off|exit|leaving|left|churn\w*|default\w*|fraud\w*|final|actual|after|post|future|next)(_|$)"
)
_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Suspect:
    """A column that may know too much: its name, why, how much it tells (0 to 1), and whether that settles it."""

    name: str
    why: str
    skill: float
    certain: bool


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say which columns may know the outcome from after the decision."""
    suspects = list(_suspects(cases, problem, trial))
    twins, order = duplicates(trial), order_tells(cases, trial)
    evidence = {
        "columns": [{"name": one.name, "why": one.why, "skill": one.skill, "certain": one.certain} for one in suspects],
        "duplicates": twins,
        "order_tells": order,
        "cases": len(trial.target),
    }
    told = [f"{one.name} {one.why}" for one in suspects]
    if twins > 0.01:
        told.append(f"{twins:.0%} of the cases are there more than once, so a model is tried on cases it has seen")
    if order > TELLS:
        told.append("the rows are sorted by outcome; anything numbered in that order knows the answer")
    if not told:
        return Finding("leakage", "fine", "No column seems to know the outcome from after the decision.", evidence)
    advice = "Ask of each: is it known when the decision is taken? List under data.known_later those that are not."
    weight = "stop" if any(one.certain for one in suspects) else "caution"
    return Finding(
        "leakage", weight, f"Some of what is known may be known too late: {'; '.join(told)}.", evidence, advice
    )


def _suspects(cases: Cases, problem: Problem, trial: Trial) -> Iterator[Suspect]:
    rule = problem.baseline.rule
    used = "" if isinstance(rule, UnsetType) else rule
    for place, column in enumerate(cases.columns):
        found = _suspect(place, column, trial, in_use=re.search(rf"\b{re.escape(column.name)}\b", used) is not None)
        if found is not None:
            yield found


def _suspect(place: int, column: Column, trial: Trial, *, in_use: bool) -> Suspect | None:
    """Return why a column is suspect; one that today's rule uses is known in time."""
    late = _lies_after(place, column, trial)
    if late > 0.02:
        return Suspect(column.name, f"lies after the case's time in {late:.0%} of the cases", 0.0, certain=True)
    empty, skill = _empty_tells(place, trial), _skill(place, trial)
    if empty > TELLS:
        why = f"tells the outcome just by being empty or not ({empty:.0%} of the way to certainty)"
        return Suspect(column.name, why, empty, certain=not in_use)
    if skill >= KNOWS:
        certain = not in_use and _alone(place, trial)
        return Suspect(column.name, "knows the outcome all by itself", skill, certain=certain)
    named = _NAMED.search(column.name.lower()) is not None
    if named and not in_use and skill > 0.2:
        return Suspect(column.name, "is named like a result and tells much of the outcome", skill, certain=False)
    return None


def _chosen(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Return two halves of a bounded part of the sample, to learn from and to try on."""
    rows = np.random.default_rng(trial.seed).permutation(len(trial.target))[:_LIMIT]
    return rows[::2], rows[1::2]


def _of_chance(trial: Trial, value: float) -> float:
    return max(0.0, (value - trial.measure.chance) / (1 - trial.measure.chance))


def _skill(place: int, trial: Trial) -> float:
    """Return how much a feature tells by itself, on cases not learnt from."""
    train, test = _chosen(trial)
    growing = grow(trial.cases.columns, trial.kind, trial.classes, leaves=64, only=place)
    tree = growing.fit(trial.features[train], trial.target[train])
    return _of_chance(trial, trial.measure(trial.target[test], tree.predict(trial.features[test])))


def _empty_tells(place: int, trial: Trial) -> float:
    train, test = _chosen(trial)
    empty = np.isnan(trial.features[:, place : place + 1])
    if min(empty.sum(), (~empty).sum()) < 10:
        return 0.0
    flags, blank = empty.astype(np.float32), [Column("empty", "number", 0.0, 2)]
    tree = grow(blank, trial.kind, trial.classes, leaves=2).fit(flags[train], trial.target[train])
    return _of_chance(trial, trial.measure(trial.target[test], tree.predict(flags[test])))


def _alone(place: int, trial: Trial) -> bool:
    """Return whether the other features fall well short of this one: a fact has relatives, an answer has none."""
    train, test = _chosen(trial)
    others = np.delete(trial.known, place, axis=1)
    if not others.shape[1]:
        return True
    learn = learners.strong(trial.kind, trial.classes, seed=trial.seed, rounds=60)
    told = learn(others[train], trial.target[train], others[test])
    return _of_chance(trial, trial.measure(trial.target[test], told)) < 0.9


def _lies_after(place: int, column: Column, trial: Trial) -> float:
    """Return the share of cases in which a time lies after the case's own."""
    if column.kind != "time" or trial.cases.time is None:
        return 0.0
    values = trial.features[:, place].astype(np.float64)
    own = trial.cases.time[trial.rows].astype("datetime64[us]").astype(np.int64) / 1e6
    return float(np.mean(values > own + 300))  # float32 seconds are a few minutes coarse


def order_tells(cases: Cases, trial: Trial) -> float:
    """Return how much a row's position tells of its outcome; cases with a time are in its order by right."""
    if cases.time is not None:
        return 0.0
    train, test = _chosen(trial)
    position = trial.rows.astype(np.float32)[:, None]
    blank = [Column("position", "number", 0.0, len(position))]
    tree = grow(blank, trial.kind, trial.classes, leaves=8).fit(position[train], trial.target[train])
    return _of_chance(trial, trial.measure(trial.target[test], tree.predict(position[test])))


def duplicates(trial: Trial) -> float:
    """Return the share of the sample that repeats another case in every feature and in the outcome."""
    if trial.features.shape[1] < 3:
        return 0.0
    outcome: Floats = trial.target.reshape(len(trial.target), -1)
    whole = np.ascontiguousarray(np.hstack([trial.features, outcome.astype(np.float32)])) + 0.0
    keys = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    return 1 - len(np.unique(keys)) / len(keys)
