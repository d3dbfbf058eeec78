"""Do the cases, and the rules behind their outcomes, change over time.

Three looks: whether early and late cases can be told apart by their features (adversarial validation, and the
population stability index of each); whether the outcome's average moves; whether a model of one period still works in
later ones.
"""

from typing import Any

import numpy as np
from msgspec import UnsetType

from fieldstone.framing.cases import Cases
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import learners
from fieldstone.framing.trials.scores import Floats, measure_for
from fieldstone.framing.trials.trees import outcomes
from fieldstone.framing.trials.trial import Trial
from fieldstone.methods.drift import MUCH, stability, stability_of_codes

FAST = ("real time", "hourly", "daily", "weekly")
_PERIODS = 6
_FEWEST = 50
_APART = 0.75


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say how much changes over time, and whether a model would be outdated before it pays."""
    stated = problem.constraints.rules_change
    fast = not isinstance(stated, UnsetType) and stated in FAST
    evidence = _measured(cases, trial)
    lost = float(evidence["lost"]) if "lost" in evidence else None
    advice = "Put what changes into a table that people can edit, and decide by simple code; or retrain as often."
    if fast:
        told = "" if lost is None else f" (measured: a model loses {lost:.0%} of its skill over the data's span)"
        sentence = (
            f"The rules behind the answers change as often as {stated}{told}: a model would always learn old ones."
        )
        return Finding("drift", "stop", sentence, evidence, advice, Reason.CHANGES_TOO_FAST)
    if "span_days" not in evidence:
        return Finding("drift", "fine", "The cases have no time, so change cannot be measured.", evidence)
    if lost is not None and lost > 0.5 and evidence["surely"]:
        sentence = f"A model of one period loses {lost:.0%} of its skill {evidence['periods_apart']} periods later."
        return Finding("drift", "stop", sentence, evidence, advice, Reason.CHANGES_TOO_FAST)
    return _weighed(evidence, lost)


def _weighed(evidence: dict[str, Any], lost: float | None) -> Finding:
    moved, apart = evidence["moved"], float(evidence["early_from_late"])
    told = [f"early and late cases can be told apart (AUC {apart:.2f})"] if apart > _APART else []
    if isinstance(moved, dict) and moved:
        told.append(f"{', '.join(list(moved)[:4])} moved much")
    if lost is not None and lost > 0.2 and evidence["surely"]:
        told.append(f"a model loses {lost:.0%} of its skill over the data's span")
    if told:
        advice = "Train on recent cases, watch these columns, and plan to retrain."
        return Finding("drift", "caution", f"Things change over time: {'; '.join(told)}.", evidence, advice)
    return Finding("drift", "fine", f"Little changes over time (early against late: AUC {apart:.2f}).", evidence)


def _measured(cases: Cases, trial: Trial) -> dict[str, Any]:
    """Return the numbers; empty where the cases have no usable time."""
    count = len(trial.rows)
    if cases.time is None or count < 4 * _FEWEST or not trial.ordered:
        return {}
    time = cases.time[trial.rows]
    early, late = np.arange(count // 2), np.arange(count // 2, count)
    evidence: dict[str, Any] = {
        "cases": count,
        "span_days": float((time[-1] - time[0]) / np.timedelta64(1, "D")),
        "early_from_late": early_from_late(trial),
    }
    indexes = _indexes(trial, early, late)
    evidence["stability_index"] = indexes
    evidence["moved"] = {name: index for name, index in indexes.items() if index > MUCH}
    if trial.possible:
        evidence |= {"average_outcome": _averages(trial), **_decay(trial)}
    return evidence


def _indexes(trial: Trial, early: np.ndarray, late: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {}
    for place, column in enumerate(trial.cases.columns):
        if column.kind != "time":
            index = stability_of_codes if column.kind == "category" else stability
            found[column.name] = index(trial.features[early, place], trial.features[late, place])
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def early_from_late(trial: Trial) -> float:
    """Return the AUC of telling the earlier half of the cases from the later by their features, out of fold."""
    rng = np.random.default_rng(trial.seed)
    kept = [place for place, column in enumerate(trial.cases.columns) if column.kind != "time"]
    if not kept:
        return 0.5
    rows = np.sort(rng.permutation(len(trial.rows))[:8_000])
    known, late = trial.features[rows][:, kept], (np.arange(len(rows)) >= len(rows) // 2).astype(float)
    mixed = rng.permutation(len(rows))
    half, other = mixed[::2], mixed[1::2]
    learn = learners.strong("binary", 2, seed=trial.seed, rounds=60)
    told = np.concatenate([learn(known[a], late[a], known[b]) for a, b in ((half, other), (other, half))])
    return measure_for("binary")(late[np.concatenate([other, half])], told)


def _averages(trial: Trial) -> list[list[float]]:
    """Return the average outcome (one for each class or label) in each of six equal stretches of time."""
    answers = outcomes(trial.target, trial.kind, trial.classes)
    return [part.mean(axis=0).tolist() for part in np.array_split(answers, _PERIODS)]


def _decay(trial: Trial) -> dict[str, Any]:
    """Return the skill of models of one period in the next, and how much is lost in the ones after."""
    parts = np.array_split(np.arange(len(trial.rows)), _PERIODS)
    if len(parts[0]) < _FEWEST:
        return {}
    learn, measure = learners.strong(trial.kind, trial.classes, seed=trial.seed, rounds=60), trial.measure
    skills: dict[int, list[float]] = {lag: [] for lag in range(1, _PERIODS)}
    for start, train in enumerate(parts[:-1]):
        told = learn(trial.known[train], trial.target[train], trial.known[parts[start + 1][0] :])
        for lag, test in enumerate(parts[start + 1 :], start=1):
            mine = told[test - parts[start + 1][0]]
            skills[lag].append((measure(trial.target[test], mine) - measure.chance) / (1 - measure.chance))
    near, far = np.array(skills[1]), np.array([skill for lag in (3, 4, 5) for skill in skills[lag]])
    return {"skill_by_lag": {str(lag): float(np.mean(found)) for lag, found in skills.items()}, **_lost(near, far)}


def _lost(near: Floats, far: Floats) -> dict[str, Any]:
    """Return the share of skill lost three and more periods later, and whether it is beyond the usual scatter."""
    before, after = float(near.mean()), float(far.mean())
    scatter = float(np.hypot(near.std(ddof=1) / np.sqrt(len(near)), far.std(ddof=1) / np.sqrt(len(far))))
    lost = (before - after) / before if before > 0 else 0.0
    return {
        "lost": float(np.clip(lost, 0, 1)),
        "surely": bool(before > 0.05 and before - after > 2.5 * scatter),
        "periods_apart": "3 and more",
    }
