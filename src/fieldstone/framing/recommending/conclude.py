"""What follows from the contests: whether persons' choices tell anything, and whether a plain list does."""

from collections.abc import Sequence

from fieldstone.framing.findings import Finding, Reason, Weight
from fieldstone.framing.recommending import rules, wording
from fieldstone.framing.recommending.contest import Contest, Season, repeated
from fieldstone.framing.recommending.interactions import Interactions
from fieldstone.framing.recommending.tastes import SIGNIFICANCE

_FOR = {"anything": "what is chosen again", "new": "what is new to a person"}


def signal(judged: Sequence[Contest], whole: Season) -> Finding:
    """Whether earlier choices tell later ones, in any task; each task's chance counts as often as there are tasks."""
    best = max(judged, key=lambda one: (one.pays, one.added.value - one.margin))
    chance = min(1.0, len(judged) * min(one.chance for one in judged))
    evidence = {
        "p_value": chance,
        "p_values": {one.task: one.chance for one in judged},
        "measure": wording.measure(whole.trial.length),
        "persons": len(whole.trial.rows),
        "strong_model": [best.learner.ndcg.value, best.learner.ndcg.low, best.learner.ndcg.high],
        "list_for_all_over_chance": [best.over_chance.value, best.over_chance.low, best.over_chance.high],
    }
    luck = f"chance alone would make earlier choices tell as much in {wording.odds(chance)} cases"
    if chance <= SIGNIFICANCE:
        said = _worth(judged, best, whole.trial.length) or f"What persons chose tells what they choose next: {luck}"
        return Finding("signal", "fine", f"{said}.", evidence)
    said = f"There is no sign that persons differ in what they choose: {luck}"
    if best.over_chance.low > 0:
        advice = "Offer all the same list; ask again when more is known of each person."
        return Finding("signal", "caution", f"{said}. Some things are chosen more by all.", evidence, advice)
    said = f"{said}, and nothing is chosen more than other things by all either."
    return Finding(
        "signal", "stop", said, evidence, "Find out what moves people to choose; nothing recorded here does."
    )


def _worth(judged: Sequence[Contest], best: Contest, length: int) -> str:
    """What learning wins, and for what a plain list does nevertheless; empty where it wins nothing."""
    if not best.pays:
        return ""
    also = "".join(f"; for {_FOR[one.task]} a plain list does" for one in judged if not one.pays)
    said = wording.brief(best, length)
    return f"{said[:1].upper()}{said[1:]}{also}"


def simple(judged: Sequence[Contest], whole: Season, log: Interactions, *, path: str, tells: Weight) -> Finding:
    """Whether a plain list does as well as the best learner, and that list written out.

    Args:
        judged: The contests.
        whole: The choices that they were judged on.
        log: Where they come from.
        path: The file, for the list written out.
        tells: How the signal was weighed.
    """
    length = whole.trial.length
    evidence: dict[str, object] = {
        "measure": wording.measure(length),
        "tasks": [_row(one) for one in judged],
        "had_before": repeated(whole.trial),
    }
    if tells == "stop":
        return Finding("simple", "caution", "No list is surely better than one drawn by lot.", evidence)
    paying = [one for one in judged if one.pays and tells == "fine"]
    if len(paying) == len(judged):
        said = f"No plain list does as well: {wording.compared(paying[0], length)}."
        return Finding("simple", "fine", said, evidence)
    first = next(one for one in judged if one not in paying)
    rule = rules.written((first.rule if tells == "fine" else first.common).way, log, path=path, length=length)
    evidence["rule"] = rule
    if paying:
        said = f"For {_FOR[first.task]} a plain list does: {wording.compared(first, length)}."
        advice = f"For that use: {rule['words']}. As SQL: `{rule['sql']}`"
        return Finding("simple", "fine", said, evidence, advice)
    told = "; ".join(wording.compared(one, length) for one in judged)
    advice = f"Use it instead of a model: {rule['words']}."
    return Finding("simple", "stop", f"A plain list already does the job: {told}.", evidence, advice, Reason.RULE_WORKS)


def _row(one: Contest) -> dict[str, object]:
    return {
        "task": one.task,
        "persons": one.persons,
        "rule": one.rule.way.name,
        "learner": one.learner.way.name,
        "setting": one.learner.way.setting,
        "rule_ndcg": one.rule.ndcg.value,
        "learner_ndcg": one.learner.ndcg.value,
        "learner_adds": [one.added.value, one.added.low, one.added.high],
        "margin": one.margin,
        "pays": one.pays,
    }
