"""How many recorded outcomes are wrong: cases alike in everything that ended differently, and confident disagreement.

The estimate counts cases whose recorded class the model finds all but impossible while it is sure of another. Where
classes overlap by nature, some of these are right as recorded: it is an upper guess.
"""

from typing import Any

import numpy as np

from fieldstone.framing.cases import Cases
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.scores import CLASSES, Floats
from fieldstone.framing.trials.trial import Trial

_NOTABLE = 0.03
_SURE = 0.85
_SHOWN = 20


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say how many recorded outcomes look wrong, and which."""
    del cases, problem
    opposed = contradictions(trial)
    evidence: dict[str, Any] = {"contradicting": opposed, "cases": len(trial.target)}
    if trial.kind not in CLASSES | {"binary"}:
        return _finding(opposed, None, evidence)
    doubted = doubtful(trial)
    rows = trial.rows[trial.scored[doubted]]
    share = float(doubted.mean())
    return _finding(opposed, share, {**evidence, "doubtful": share, "doubtful_rows": rows[:_SHOWN].tolist()})


def _finding(opposed: float, share: float | None, evidence: dict[str, Any]) -> Finding:
    told = []
    if opposed > 0.01:
        told.append(f"{opposed:.1%} of the cases are alike in every column but ended differently")
    if share is not None and share > _NOTABLE:
        told.append(f"a model is sure that {share:.1%} of the outcomes were others")
    if told:
        advice = "Have someone look at the doubtful rows; settle how an outcome is recorded."
        return Finding(
            "noise", "caution", f"Some outcomes may be recorded wrongly: {'; '.join(told)}.", evidence, advice
        )
    return Finding("noise", "fine", "The recorded outcomes look consistent.", evidence)


def contradictions(trial: Trial) -> float:
    """Return the share of cases in groups of identical features that are not of their group's most frequent outcome."""
    if trial.target.ndim > 1 or trial.measure.name == "R2":
        return 0.0
    whole = np.ascontiguousarray(np.nan_to_num(trial.features, nan=-9e30)) + 0.0
    keys = np.unique(whole, axis=0, return_inverse=True)[1].ravel()
    counts = np.zeros((int(keys.max()) + 1, int(trial.target.max()) + 1))
    np.add.at(counts, (keys, trial.target.astype(int)), 1)
    return float((counts.sum(axis=1) - counts.max(axis=1)).sum() / len(keys))


def doubtful(trial: Trial) -> np.ndarray:
    """Return which scored cases the strong model confidently puts in another class."""
    probability: Floats = trial.strong if trial.strong.ndim > 1 else np.column_stack([1 - trial.strong, trial.strong])
    recorded = trial.truth.astype(int)
    told = probability[np.arange(len(recorded)), recorded]
    return (probability.max(axis=1) > _SURE) & (told < 1 - _SURE)
