"""How many recorded outcomes are wrong: cases alike in everything that ended differently, and surprises in clear cases.

Where classes overlap by nature, outcomes differ without any mistake. But in the clearest cases, the fifth of each
foretold class of which a model is surest, an overlap has faded and wrong records have not: what ended otherwise there
is the estimate. Where no case is clear, it is an upper guess.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.scores import CLASSES, NUMBERS, Floats
from fieldstone.framing.trials.trial import Trial

_NOTABLE = 0.03
_CLEAREST = 0.2
_FEWEST = 30
_SHOWN = 20


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say how many recorded outcomes look wrong, and which."""
    del cases, problem
    opposed = contradictions(trial)
    evidence: dict[str, Any] = {"contradicting": opposed, "cases": len(trial.target)}
    if trial.kind not in CLASSES | {"binary"}:
        return _finding(opposed, 0.0, 0.0, evidence)
    share, error = wrong(trial)
    rows = trial.rows[trial.scored[doubtful(trial)[:_SHOWN]]]
    known = {"doubtful": share, "doubtful_error": error, "doubtful_rows": rows.tolist()}
    return _finding(opposed, share, error, {**evidence, **known})


def _finding(opposed: float, share: float, error: float, evidence: dict[str, Any]) -> Finding:
    told = []
    if opposed > 0.01:
        told.append(f"{opposed:.1%} of the cases are alike in every column but ended differently")
    if share - error > _NOTABLE:
        said = f"{max(0.0, share - 2 * error):.1%} to {share + 2 * error:.1%}"
        told.append(f"where outcomes are clearest, {share:.1%} ended otherwise ({said})")
    if told:
        advice = "Have someone look at the doubtful rows; settle how an outcome is recorded."
        return Finding(
            "noise", "caution", f"Some outcomes may be recorded wrongly: {'; '.join(told)}.", evidence, advice
        )
    return Finding("noise", "fine", "The recorded outcomes look consistent.", evidence)


def contradictions(trial: Trial) -> float:
    """Return the share of cases in groups of identical features that are not of their group's most frequent outcome."""
    if trial.target.ndim > 1 or trial.kind in NUMBERS:
        return 0.0
    whole = np.ascontiguousarray(np.nan_to_num(trial.features, nan=-9e30)) + 0.0
    keys = np.unique(whole, axis=0, return_inverse=True)[1].ravel()
    counts = np.zeros((int(keys.max()) + 1, int(trial.target.max()) + 1))
    np.add.at(counts, (keys, trial.target.astype(int)), 1)
    return float((counts.sum(axis=1) - counts.max(axis=1)).sum() / len(keys))


def wrong(trial: Trial) -> tuple[float, float]:
    """Return the estimated share of outcomes recorded wrongly, and its standard error; 0 where no case is clear."""
    probability, recorded = _probabilities(trial), trial.truth.astype(int)
    foretold = probability.argmax(axis=1)
    share = variance = 0.0
    for code in range(probability.shape[1]):
        mine = np.flatnonzero(foretold == code)
        kept = max(_FEWEST, round(_CLEAREST * len(mine)))
        if len(mine) < kept:
            continue
        clearest = mine[np.argsort(-probability[mine, code], kind="stable")[:kept]]
        surprised, weight = float(np.mean(recorded[clearest] != code)), len(mine) / len(recorded)
        share += weight * surprised
        variance += weight**2 * max(surprised * (1 - surprised), 1 / kept) / kept
    return share, float(np.sqrt(variance))


def doubtful(trial: Trial) -> NDArray[np.intp]:
    """Return which scored cases the strong model puts in another class, those it doubts most first."""
    probability, recorded = _probabilities(trial), trial.truth.astype(int)
    told = probability[np.arange(len(recorded)), recorded]
    order = np.argsort(told, kind="stable")
    return order[probability.argmax(axis=1)[order] != recorded[order]]


def _probabilities(trial: Trial) -> Floats:
    return trial.strong if trial.strong.ndim > 1 else np.column_stack([1 - trial.strong, trial.strong])
