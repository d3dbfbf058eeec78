"""Anomalies: which cases stand out from all others, why, and whether a threshold on one column would have told."""

from dataclasses import dataclass

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.checks.contests import in_python
from fieldstone.framing.choice.wording import figure, percent
from fieldstone.framing.data.expressions import condition
from fieldstone.framing.discovery import brief
from fieldstone.framing.discovery.encoding import ANOMALIES, Encoded, encode
from fieldstone.framing.discovery.groups.segments import FEWEST, Found
from fieldstone.framing.discovery.oddities import alarms, outliers
from fieldstone.framing.discovery.oddities.marked import against_marks
from fieldstone.framing.discovery.oddities.outliers import Judged
from fieldstone.framing.discovery.oddities.reasons import listed
from fieldstone.framing.discovery.record import Discovery, Ranking, Written
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial

CAPACITY = 10
"""How many of each thousand cases are looked at where nobody says."""
LIMIT = 10_000
FALSE = 0.1
"""Of the cases that are said to stand out, about so many may be ordinary ones."""
_LISTED = 20
_RAREST = 1e-8
_THE_SAME = 0.99999
"""Two columns that go together closely are kept: that they fail to is what may be unusual."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands out.

    Attributes:
        trial: The sample that was looked at.
        encoded: It, as numbers.
        judged: The score that finds most.
        others: The other scores.
        flagged: The cases that stand out.
        first: How many cases people have time for.
    """

    trial: Trial
    encoded: Encoded
    judged: Judged
    others: tuple[Judged, ...]
    flagged: NDArray[np.bool_]
    first: int


def find_anomalies(trial: Trial, problem: Problem) -> Found:
    """Look for cases that stand out.

    Raises:
        ProblemError: Today's rule cannot be evaluated.
    """
    trial = trial if len(trial.rows) <= LIMIT else Trial(trial.cases, trial.kind, seed=trial.seed, limit=LIMIT)
    encoded = encode(trial.features, trial.cases.columns, seed=trial.seed, alike=_THE_SAME, tails=ANOMALIES)
    if not len(encoded.amounts) or len(trial.rows) < FEWEST:
        return _unseen(trial, encoded)
    capacity = problem.constraints.capacity
    first = max(1, round((CAPACITY if capacity is UNSET else capacity) / 1000 * len(trial.rows)))
    seen = _seen(trial, encoded, outliers.judge(encoded, first, seed=trial.seed), first)
    structure = _structure(seen)
    simple, rule = _simple(seen, problem)
    marks = against_marks(trial, seen.judged, first, problem)
    discovery = Discovery(
        trial.kind,
        structure.sentence,
        rule=rule if seen.flagged.any() else None,
        oddities=listed(trial, encoded, seen.judged, min(first, _LISTED)),
        ranking=_ranking(seen),
        alternatives=() if marks is None else marks.alternatives,
        notes=_notes(seen),
    )
    findings = (structure, simple) if marks is None else (*marks.settle(structure), simple)
    return Found(findings, discovery)


def _seen(trial: Trial, encoded: Encoded, judged: tuple[Judged, ...], first: int) -> Seen:
    """Take the score by which most stands out; if nothing does, how the columns fit together."""
    likeliest = (judged[1], judged[0], *judged[2:])
    best = max(likeliest, key=lambda one: int(one.surely.sum()))
    others = tuple(one for one in judged if one is not best)
    return Seen(trial, encoded, best, others, _standing_out(best), first)


def _standing_out(judged: Judged) -> NDArray[np.bool_]:
    """Return the cases of which about one in ten is ordinary (Benjamini-Hochberg); none if none stands out surely."""
    if not judged.surely.any():
        return judged.surely
    ranked = np.sort(judged.rarity)
    met = np.flatnonzero(ranked <= FALSE * np.arange(1, len(ranked) + 1) / len(ranked))
    return judged.surely | (judged.rarity <= ranked[met[-1]])


def _structure(seen: Seen) -> Finding:
    cases, out = len(seen.trial.rows), int(seen.flagged.sum())
    evidence: dict[str, object] = {
        "cases": cases,
        "stand_out": out,
        "surely": int(seen.judged.surely.sum()),
        "score": seen.judged.name,
        "agreement_of_halves": seen.judged.agreement,
        "surely_by": {one.name: int(one.surely.sum()) for one in (seen.judged, *seen.others)},
        "looked_at": seen.first,
        "ordinary_among_them": _ordinary_above(seen),
    }
    if not out:
        sentence = (
            f"Nothing stands out: the most unusual of {cases:,} cases lie no farther out than ordinary cases would "
            f"that reach out, and go together, as these do."
        )
        advice = (
            "Alarms on these columns would be chance. Add columns that show the trouble, or mark past cases that were "
            "bad (target.column)."
        )
        return Finding("structure", "stop", sentence, evidence, advice)
    surely = int(seen.judged.surely.sum())
    sentence = (
        f"{out:,} of {cases:,} cases stand out by {seen.judged.name}, {surely:,} of them farther than any of as many "
        f"ordinary cases would."
    )
    if out > 2 * seen.first:
        advice = f"Only {seen.first:,} can be looked at: raise constraints.capacity, or take the first in line."
        return Finding("structure", "fine", sentence, evidence, advice)
    return Finding("structure", "fine", sentence, evidence)


def _ordinary_above(seen: Seen) -> float:
    """Return how many ordinary cases would be expected to score as high as the last that is looked at."""
    return float(seen.judged.rarity[seen.judged.line(seen.first)].max() * len(seen.trial.rows))


def _simple(seen: Seen, problem: Problem) -> tuple[Finding, Written | None]:
    """Say whether today's rule, or a threshold on one column, flags what stands out."""
    if not seen.flagged.any():
        return Finding("simple", "fine", "Nothing stands out, so there is nothing that a rule could find."), None
    trial = seen.trial
    today = problem.baseline.rule
    told, evidence = "", dict[str, object]()
    if today is not UNSET:
        met = condition(trial.cases.table.take(trial.rows), today, where="baseline.rule")
        share = alarms.overlap(met, seen.flagged)
        evidence["today"] = {"flags": int(met.sum()), "overlap": share}
        if share >= alarms.SAME:
            rule = brief.evidence(Written(today, today, in_python(today), share), problem)
            sentence = f"Today's rule flags what stands out: {percent(share)} of what either flags is the same."
            return (
                Finding(
                    "simple", "stop", sentence, {**evidence, "rule": rule}, f"Keep it: {today}.", Reason.RULE_WORKS
                ),
                None,
            )
        told = f" Today's rule finds {_found(met, seen.flagged)}."
    tried = [alarms.nearest(trial.features, out, trial.cases.columns) for out in (seen.flagged, seen.judged.surely)]
    alarm, rule = max(tried, key=lambda pair: pair[1].agrees)
    evidence |= {"rule": brief.evidence(rule, problem), "overlap": rule.agrees}
    if rule.agrees >= alarms.SAME:
        sentence = (
            f"A threshold on one column flags the same cases: {percent(rule.agrees)} of what either flags is the same, "
            f"on cases it was not set by.{told}"
        )
        return Finding(
            "simple", "stop", sentence, evidence, f"If {rule.words}, send an alert.", Reason.RULE_WORKS
        ), rule
    best = _found(alarm.flags(trial.features), seen.flagged)
    sentence = f"No threshold on one column finds what stands out: the best ({rule.words}) finds {best}.{told}"
    return Finding("simple", "fine", sentence, evidence), rule


def _found(met: NDArray[np.bool_], flagged: NDArray[np.bool_]) -> str:
    return f"{int(np.sum(met & flagged)):,} of {int(flagged.sum()):,}, and flags {int(np.sum(met & ~flagged)):,} others"


def _ranking(seen: Seen) -> Ranking:
    """Return how many cases are as rare as one in ten, in a hundred, and so on: in the data, and of ordinary ones."""
    rarity, cases = np.maximum(seen.judged.rarity, _RAREST), len(seen.trial.rows)
    levels = np.linspace(2.0, max(4.0, float(-np.log10(rarity.min()))), 41)
    reach = [float(np.sum(rarity <= 10**-level)) for level in levels]
    limit = float(-np.log10(rarity[seen.flagged].max())) if seen.flagged.any() else float("nan")
    return Ranking(tuple(levels.tolist()), tuple(reach), tuple((cases * 10**-levels).tolist()), limit)


def _notes(seen: Seen) -> tuple[str, ...]:
    trial, first = seen.trial, seen.first
    others = ", ".join(f"{one.name}: {int(one.surely.sum()):,}" for one in seen.others)
    told = (
        "Ordinary cases reach out, and go together, as the middle of these does. A case stands out surely if not one "
        "in twenty sets of as many ordinary cases would hold one like it; of all that stand out about one in ten may "
        "be ordinary."
    )
    looked = (
        f"{len(trial.rows):,} of {len(trial.cases):,} cases were looked at; each was scored by a model of the half "
        f"that it is not in, by {seen.judged.name}. Stand out surely by the other scores: {others}."
    )
    line = (
        f"Of the {first:,} first in line, two halves of the cases name {percent(seen.judged.agreement)} alike; about "
        f"{figure(_ordinary_above(seen))} so unusual would be among ordinary cases too."
    )
    return told, looked, line, *seen.encoded.notes


def _unseen(trial: Trial, encoded: Encoded) -> Found:
    lacking = f"there are only {len(trial.rows)} cases" if len(encoded.amounts) else "there is no column of numbers"
    sentence = f"What is unusual cannot be seen: {lacking}."
    advice = "Add columns of numbers, and at least some hundred cases."
    return Found(
        (Finding("visible", "stop", sentence, {"cases": len(trial.rows)}, advice),),
        Discovery(trial.kind, sentence, notes=encoded.notes),
    )
