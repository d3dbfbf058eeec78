"""The examination of a recommendation: enough choices, newcomers, taste, and whether a plain list does."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from msgspec import UNSET

from fieldstone.framing.choice.wording import percent
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.recommending import conclude, wording
from fieldstone.framing.recommending.contest import Season, contests, repeated, season
from fieldstone.framing.recommending.interactions import Interactions
from fieldstone.framing.recommending.record import Suggestions
from fieldstone.framing.recommending.ways import LEARNT

FEWEST, FEW = 50, 300
_MANY_NEW = 0.3
_MOSTLY = 0.5
_FOR_NOW = "Offer the most popular by hand for now, and keep on recording who chose what and when."
_TO_STRANGERS = (
    "Hardly anybody comes back: most later choices were made by persons of whom nothing was known. Offer them the most "
    "popular, and what goes with the thing they look at, which needs no history of a person."
)
_OPAQUE = "factors"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recommending:
    """What an examination found, and the lists; those are None where there is too little to make any."""

    findings: tuple[Finding, ...]
    suggestions: Suggestions | None


def examine(log: Interactions, problem: Problem, *, progress: Progress = lambda _: None, seed: int = 0) -> Recommending:
    """Learn lists from earlier choices and judge them on later ones."""
    progress("examining: who chose what")
    size = {"items": len(log.items), "persons": log.persons, "seed": seed}
    whole = season(log, **size)
    enough, newcomers = _enough(log, whole), _newcomers(whole)
    if enough.weight == "stop":
        return Recommending((enough, newcomers), None)
    before = season(whole.earlier, **size)
    progress("examining: plain lists and learnt ones")
    readable = problem.constraints.interpretability in {"reasons", "full"}
    learners = tuple(way for way in LEARNT if not readable or way.name != _OPAQUE)
    judged = contests(whole, before, learners, seed=seed)
    signal = conclude.signal(judged, whole)
    path = "" if problem.data is UNSET else problem.data.path
    plain = conclude.simple(judged, whole, log, path=path, tells=signal.weight)
    findings = (enough, signal, plain, newcomers)
    return Recommending(findings, wording.suggestions(judged, whole, log))


def _enough(log: Interactions, whole: Season) -> Finding:
    judged = len(whole.trial.rows)
    chosen = np.bincount(log.person, minlength=log.persons)
    by = np.bincount(log.item, minlength=len(log.items))
    at = wording.moment(whole)
    evidence = {
        "choices": len(log),
        "rows_left_out": log.left_out,
        "persons": log.persons,
        "share_of_persons_looked_at": log.share,
        "things": len(log.items),
        "things_that_can_be_offered": len(whole.trial.past.catalogue),
        "choices_a_person": float(np.median(chosen)),
        "choices_a_thing": float(np.median(by)),
        "moment": at,
        "persons_judged": judged,
        "had_before": repeated(whole.trial),
    }
    when = f"before and after {at}" if at else "in both parts of their choices"
    said = (
        f"There are {len(log):,} choices of {len(log.items):,} things by {log.persons:,} persons; {judged:,} of them "
        f"chose {when}, and lists are judged on these"
    )
    if judged < FEWEST or len(whole.trial.past.catalogue) < 3:
        known = np.isin(whole.later.person, whole.earlier.person)
        strangers = 1 - float(known.mean()) if len(known) else 0.0
        advice = _TO_STRANGERS if strangers > _MOSTLY else _FOR_NOW
        few = f"{said}: fewer than {FEWEST} cannot tell one list from another."
        return Finding("enough", "stop", few, evidence, advice, Reason.TOO_LITTLE_DATA)
    untimed = "" if at else " Without times, every fifth choice at random was foretold, which flatters all lists."
    if judged < FEW or not at:
        advice = "Add the column with the time of a choice." if not at else "Keep on recording; intervals are wide yet."
        return Finding("enough", "caution", f"{said}.{untimed}", evidence, advice)
    return Finding("enough", "fine", f"{said}.", evidence)


def _newcomers(whole: Season) -> Finding:
    """How much of what comes later comes from persons, or is of things, that nothing is known of yet."""
    seen = np.isin(whole.later.person, whole.earlier.person)
    known = np.isin(whole.later.item, whole.earlier.item)
    persons, things = (1 - float(each.mean()) if len(each) else 0.0 for each in (seen, known))
    evidence = {"choices_by_new_persons": persons, "choices_of_new_things": things, "choices": len(whole.later)}
    said = (
        f"Of the later choices {percent(persons)} were made by persons who had chosen nothing before, and "
        f"{percent(things)} were of things that nobody had chosen before."
    )
    if max(persons, things) <= _MANY_NEW:
        return Finding("newcomers", "fine", said, evidence)
    advice = (
        "To new persons offer the most popular; new things need to be described (kind, maker, price) or shown to some "
        "at random before anything can be learnt of them."
    )
    return Finding("newcomers", "caution", said, evidence, advice)
