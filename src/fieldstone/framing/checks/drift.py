"""Do the cases, and the rules behind their outcomes, change over time.

Three looks: whether early and late cases can be told apart by their features (adversarial validation, and the
population stability index of each); whether the outcome's average moves; whether a model of one period still works in
later ones.
"""

from typing import Any

import numpy as np
from msgspec import UnsetType
from scipy.stats import chi2

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
_FAR = 0.25
_FAR_LAG = 3
_SURELY = 5.0


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
    if lost is not None and lost > 0.5 and evidence["surely"] and not _once(evidence):
        sentence = f"A model of one period loses {lost:.0%} of its skill {evidence['periods_apart']} periods later."
        return Finding("drift", "stop", sentence, evidence, advice, Reason.CHANGES_TOO_FAST)
    return _weighed(evidence, lost)


def _once(evidence: dict[str, Any]) -> bool:
    """Return whether one change explains what is lost: on either side of it models keep most of their skill."""
    near = float(evidence["skill_by_lag"]["1"])
    return "changed" in evidence and float(evidence["skill_on_one_side"]) > max(near, 0.0)


def _weighed(evidence: dict[str, Any], lost: float | None) -> Finding:
    moved, apart = evidence["moved"], float(evidence["early_from_late"])
    told = [f"early and late cases can be told apart (AUC {apart:.2f})"] if apart > _APART else []
    if isinstance(moved, dict) and moved:
        told.append(f"{', '.join(list(moved)[:4])} moved much")
    if evidence.get("outcome_moved"):
        told.append("the average outcome is not the same early and late")
    if "changed" in evidence:
        told.append(
            f"since about {evidence['changed']} other rules hold (of a model from before, "
            f"{evidence['changed_lost']:.0%} of its skill is gone)"
        )
    elif lost is not None and lost > 0.2 and evidence["surely"]:
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
    chance = _by_chance(trial, len(early), len(late))
    evidence["moved"] = {name: index for name, index in indexes.items() if index > max(MUCH, chance[name])}
    if trial.possible:
        moved = trial.kind != "time series" and _outcome_moved(trial, early, late)
        evidence |= {"average_outcome": _averages(trial), "outcome_moved": moved, **_decay(trial)}
    return evidence


def _indexes(trial: Trial, early: np.ndarray, late: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {}
    for place, column in enumerate(trial.cases.columns):
        if column.kind != "time":
            index = stability_of_codes if column.kind == "category" else stability
            found[column.name] = index(trial.features[early, place], trial.features[late, place])
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _by_chance(trial: Trial, early: int, late: int) -> dict[str, float]:
    """Return the index that a column which does not change stays under 999 times in 1,000, by its number of bins."""
    bins = {
        each.name: max(each.distinct, 1) if each.kind == "category" else min(each.distinct, 10)
        for each in trial.cases.columns
    }
    return {name: float(chi2.ppf(0.999, count)) * (1 / early + 1 / late) for name, count in bins.items()}


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


def _outcome_moved(trial: Trial, early: np.ndarray, late: np.ndarray) -> bool:
    """Return whether an average outcome moved by more than chance (999 in 1,000) and by a quarter of its spread."""
    answers = outcomes(trial.target, trial.kind, trial.classes)
    spread = np.maximum(answers.std(axis=0), 1e-9)
    apart = np.abs(answers[early].mean(axis=0) - answers[late].mean(axis=0)) / spread
    return bool(np.any(apart > max(_FAR, 3.3 * np.sqrt(1 / len(early) + 1 / len(late)))))


def _decay(trial: Trial) -> dict[str, Any]:
    """Return the skill of models of one period in the others, how much is lost later, and where the rules changed."""
    parts = np.array_split(np.arange(len(trial.rows)), _PERIODS)
    if len(parts[0]) < _FEWEST:
        return {}
    learn, chance = learners.strong(trial.kind, trial.classes, seed=trial.seed, rounds=60), trial.measure.chance
    skill = np.full((_PERIODS, _PERIODS), np.nan)
    for start, train in enumerate(parts):
        told = trial.foretell(learn, train, np.arange(len(trial.rows)))
        for place, test in enumerate(parts):
            if place != start:
                skill[start, place] = (trial.score(told[test], test) - chance) / (1 - chance)
    by_lag = {lag: np.diagonal(skill, lag) for lag in range(1, _PERIODS)}
    far = np.concatenate([by_lag[lag] for lag in range(_FAR_LAG, _PERIODS)])
    averages = {str(lag): float(found.mean()) for lag, found in by_lag.items()}
    return {"skill_by_lag": averages, **_lost(by_lag[1], far), **_changed(skill, trial, [part[0] for part in parts])}


def _lost(near: Floats, far: Floats) -> dict[str, Any]:
    """Return the share of skill lost three and more periods later, and whether it is beyond the usual scatter."""
    before, after = float(near.mean()), float(far.mean())
    scatter = float(np.hypot(near.std(ddof=1) / np.sqrt(len(near)), far.std(ddof=1) / np.sqrt(len(far))))
    lost = (before - after) / before if before > 0 else 0.0
    return {
        "lost": float(np.clip(lost, 0, 1)),
        "surely": bool(before > 0.05 and before - after > 2.5 * scatter),
        "periods_apart": f"{_FAR_LAG} and more",
    }


def _changed(skill: Floats, trial: Trial, starts: list[int]) -> dict[str, Any]:
    """Return since when the rules are others, if they changed once: models work on their own side of it alone."""
    best: tuple[float, float, int] = (0.0, 0.0, 0)
    for at in range(1, _PERIODS):
        side = np.arange(_PERIODS) >= at
        same = skill[(side[:, None] == side) & ~np.isnan(skill)]
        other = skill[side[:, None] != side]
        scatter = same.std(ddof=1) * np.sqrt(2 / min(len(same), len(other)))
        gap = float(same.mean() - other.mean())
        surely = float(same.mean()) > 0.05 and gap > max(_SURELY * scatter, 0.2 * float(same.mean()))
        if surely and gap > best[0]:
            best = (gap, float(same.mean()), at)
    if not best[0] or trial.cases.time is None:
        return {}
    since = str(trial.cases.time[trial.rows[starts[best[2]]]].astype("datetime64[D]"))
    return {"changed": since, "changed_lost": float(np.clip(best[0] / best[1], 0, 1)), "skill_on_one_side": best[1]}
