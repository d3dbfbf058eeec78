"""Segments: groups of cases that stand apart, described; or the finding that there are none."""

from dataclasses import dataclass

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.choice.wording import percent
from fieldstone.framing.discovery import brief
from fieldstone.framing.discovery.encoding import Encoded, encode
from fieldstone.framing.discovery.groups import grouping
from fieldstone.framing.discovery.groups.bands import bands
from fieldstone.framing.discovery.groups.centres import FEWEST as FEWEST_OF_A_GROUP
from fieldstone.framing.discovery.groups.centres import centres, sort
from fieldstone.framing.discovery.groups.grouping import Attempt, Grouping
from fieldstone.framing.discovery.groups.planes import of_components
from fieldstone.framing.discovery.groups.portraits import portray
from fieldstone.framing.discovery.record import Discovery, Segment, Step, Written
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial
from fieldstone.methods.resampling import Interval

_MOST_WANTED = 20
FEWEST = 100
"""Fewer cases are not looked at: nothing could be seen twice."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gives: findings, and what a report shows."""

    findings: tuple[Finding, ...]
    discovery: Discovery


def find_segments(trial: Trial, problem: Problem) -> Found:
    """Look for groups in the sample.

    Raises:
        ProblemError: See ``grouped``.
    """
    encoded = encode(trial.features, trial.cases.columns, seed=trial.seed)
    if not len(encoded.amounts) or len(trial.rows) < FEWEST:
        return _unseen(trial, encoded)
    return grouped(trial, problem, encoded, grouping.find(encoded, seed=trial.seed))


def grouped(trial: Trial, problem: Problem, encoded: Encoded, found: Grouping) -> Found:
    """Say what a search for groups came to.

    Raises:
        ProblemError: More groups are wanted than the cases can be told apart in, or fewer than two.
    """
    wished = problem.target.groups
    number = found.groups if wished is UNSET else _wanted(int(wished), len(trial.rows))
    if number is None:
        return _cloud(trial, problem, encoded, found)
    labels, back = _sorted(encoded, number, trial.seed)
    columns = trial.cases.columns
    segments = portray(labels, back, encoded=encoded, features=trial.features, columns=columns)
    names = [segment.name for segment in segments]
    rule = brief.shortest(trial.features, labels, columns, names, seed=trial.seed)
    single = brief.alone(trial.features, labels, columns, names, seed=trial.seed)
    structure = _structure(found, number, segments, trial)
    discovery = Discovery(
        trial.kind,
        structure.sentence,
        segments=segments,
        steps=steps(found),
        plane=of_components(encoded, labels, trial.cases.columns, seed=trial.seed),
        rule=single if single.agrees >= brief.SAME else rule,
        notes=notes(trial, encoded),
    )
    return Found((structure, _simple(rule, single, problem)), discovery)


def _wanted(number: int, cases: int) -> int:
    """Return a wished number of groups, if so many can be told of."""
    most = min(_MOST_WANTED, cases // (2 * FEWEST_OF_A_GROUP))
    if not 2 <= number <= most:
        raise ProblemError(
            f"target.groups: {cases:,} cases cannot be told of in {number} groups. Write 2 to {most}, or leave it out."
        )
    return number


def steps(found: Grouping) -> tuple[Step, ...]:
    """The numbers of groups that were tried, for a report."""
    return tuple(
        Step(one.groups, _range(one.agreement), _range(one.by_chance), one.depth, one.chance) for one in found.attempts
    )


def notes(trial: Trial, encoded: Encoded) -> tuple[str, ...]:
    """What was looked at, and what was done to it."""
    looked = min(len(trial.rows), grouping.LIMIT)
    told = f"Groups were tried on {looked:,} of {len(trial.cases):,} cases and described on {len(trial.rows):,}."
    return (told, *encoded.notes)


def _range(values: tuple[float, ...]) -> Interval:
    return Interval(float(np.median(values)), min(values), max(values))


def _sorted(encoded: Encoded, number: int, seed: int) -> tuple[NDArray[np.intp], list[float]]:
    """Return the group of each case, the largest group first, and how much of each comes back from half the cases."""
    matrix, amounts = encoded.matrix, encoded.amounts
    at = centres(matrix, amounts, number, seed=seed)[number]
    at = at[np.argsort(-np.bincount(sort(at, matrix), minlength=number), kind="stable")]
    labels = sort(at, matrix)
    half = np.random.default_rng(seed).permutation(len(matrix)) % 2 == 0
    others = [sort(centres(matrix[part], amounts, number, seed=seed)[number], matrix) for part in (half, ~half)]
    return labels, [_comes_back(others[0], others[1], labels == group) for group in range(number)]


def _comes_back(one: NDArray[np.intp], other: NDArray[np.intp], inside: NDArray[np.bool_]) -> float:
    """Return how much of a group two other models have in common with it, the worse of both (Jaccard)."""
    shares: list[float] = []
    for labels in (one, other):
        meets = (labels == group for group in np.unique(labels))
        shares.append(max(float(np.sum(inside & met) / max(np.sum(inside | met), 1)) for met in meets))
    return min(shares)


def _structure(found: Grouping, number: int, segments: tuple[Segment, ...], trial: Trial) -> Finding:
    attempt = next((one for one in found.attempts if one.groups == number), None)
    evidence: dict[str, object] = {"groups": number, "cases": len(trial.rows), "tried": _tried(found)}
    evidence["segments"] = [{"name": each.name, "share": each.share.value, "about": each.sentence} for each in segments]
    if attempt is None or not attempt.real:
        held = f"the data hold {found.groups}" if found.groups else "the cases form one cloud"
        sentence = f"The {number} groups asked for can be cut, but do not stand apart: {held}."
        advice = (
            "Use them as a convenience, not as a discovery: cases near a border differ little from their neighbours."
        )
        return Finding("structure", "caution" if found.groups else "stop", sentence, evidence, advice)
    return Finding("structure", "fine", _stands(number, attempt, segments), evidence)


def _stands(number: int, attempt: Attempt, segments: tuple[Segment, ...]) -> str:
    agreed = float(np.median(attempt.agreement))
    sizes = ", ".join(percent(segment.share.value) for segment in segments)
    return (
        f"The cases form {number} groups that stand apart and come back in other cases (agreement {agreed:.2f} of 1), "
        f"with {sizes} of the cases."
    )


def _tried(found: Grouping) -> list[dict[str, float]]:
    return [
        {
            "groups": one.groups,
            "agreement": float(np.median(one.agreement)),
            "agreement_in_one_cloud": float(np.median(one.by_chance)),
            "valley": one.depth,
            "p": one.chance,
        }
        for one in found.attempts
    ]


def _cloud(trial: Trial, problem: Problem, encoded: Encoded, found: Grouping) -> Found:
    """There are no groups: say so, and give plain bands to who must have some."""
    best = max(found.attempts, key=lambda one: float(np.median(one.agreement)))
    most = found.attempts[-1].groups
    sentence = (
        f"The {len(trial.cases):,} cases form one cloud, not groups: cut into 2 to {most}, there is no sure gap "
        f"between all of them."
    )
    more = (
        f"That the same cut comes back (agreement up to {float(np.median(best.agreement)):.2f} of 1) is no proof of "
        f"groups: a long cloud is always cut across, at the same place."
    )
    evidence = {"groups": 0, "cases": len(trial.rows), "tried": _tried(found)}
    rule, told = bands(trial, encoded)
    advice = f"Do not segment. If cases must be treated differently all the same, cut by one column: {told}."
    structure = Finding("structure", "stop", sentence, evidence, advice)
    by_hand = {"rule": brief.evidence(rule, problem)}
    simple = Finding("simple", "fine", f"Plain bands of one column are as good as any groups: {told}.", by_hand)
    plane = of_components(encoded, np.full(len(encoded.matrix), -1), trial.cases.columns, seed=trial.seed)
    return Found(
        (structure, simple),
        Discovery(
            trial.kind, sentence, steps=steps(found), plane=plane, rule=rule, notes=(more, *notes(trial, encoded))
        ),
    )


def _simple(rule: Written, single: Written, problem: Problem) -> Finding:
    """Say whether a rule sorts cases as the groups do: bands of one column need no machine learning at all."""
    best = single if single.agrees >= brief.SAME else rule
    evidence = {"rule": brief.evidence(best, problem), "agrees": best.agrees, "one_column_agrees": single.agrees}
    told = f"sorts {percent(best.agrees)} of unseen cases as the groups do"
    if single.agrees >= brief.SAME:
        sentence = f"The groups are bands of a single column: a rule over it {told}."
        return Finding("simple", "stop", sentence, evidence, f"Use the rule: {best.words}.", Reason.RULE_WORKS)
    if rule.agrees >= brief.SAME:
        sentence = f"To sort new cases no model is needed: a rule of a few cuts {told}."
        return Finding("simple", "fine", sentence, evidence, f"Sort by the rule: {best.words}.")
    sentence = f"No rule of a few cuts sorts cases as the groups do: the best {told}."
    if problem.constraints.interpretability == "full":
        return Finding("simple", "caution", sentence, evidence, "Sort by the nearest centre, and show the centres.")
    return Finding("simple", "fine", sentence, evidence)


def _unseen(trial: Trial, encoded: Encoded) -> Found:
    """There is nothing in which a gap could be seen."""
    lacking = f"there are only {len(trial.rows)} cases" if len(encoded.amounts) else "there is no column of numbers"
    sentence = f"Whether there are groups cannot be seen: {lacking}."
    advice = "Add columns of numbers, and at least some hundred cases."
    return Found(
        (Finding("visible", "stop", sentence, {"cases": len(trial.rows)}, advice),),
        Discovery(trial.kind, sentence, notes=encoded.notes),
    )
