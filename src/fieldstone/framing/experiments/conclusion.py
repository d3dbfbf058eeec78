"""What an analysis means: a decision, and why, in words."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fieldstone.framing.experiments.analysis import Analysis, Guarded
from fieldstone.framing.experiments.wording import change, level, often

Decision = Literal["ship", "don't", "inconclusive", "broken"]
_NEARLY_ALL = 0.95
"""Of the planned cases: with fewer, the test is not over."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A decision and the sentences that carry it.

    ``broken`` means that the arms are not comparable, so that nothing else may be read from the data.
    """

    decision: Decision
    sentences: tuple[str, ...]


def conclude(analysis: Analysis) -> Conclusion:
    """Decide: ship it, don't, or wait for the sample that settles it."""
    if not analysis.balance.fine:
        return Conclusion("broken", tuple(_broken(analysis)))
    decision, why = _decide(analysis)
    return Conclusion(decision, (why, *_effect(analysis), *_help(analysis), *_guardrails(analysis), *analysis.notes))


def as_document(analysis: Analysis) -> dict[str, Any]:
    """The analysis for JSON."""
    conclusion = conclude(analysis)
    return {
        "decision": conclusion.decision,
        "sentences": list(conclusion.sentences),
        "kind": analysis.kind,
        "outcome": analysis.columns.outcome,
        "better": analysis.columns.better,
        "significance": analysis.levels.significance,
        "balance": asdict(analysis.balance) | {"fine": analysis.balance.fine},
        "control": asdict(analysis.control),
        "treatment": asdict(analysis.treatment),
        "effect": asdict(analysis.effect),
        "unadjusted": analysis.unadjusted and asdict(analysis.unadjusted),
        "reduction": analysis.reduction and asdict(analysis.reduction),
        "guardrails": [_guarded_document(guarded) for guarded in analysis.guarded],
        "notes": list(analysis.notes),
    }


def cases_to_settle(analysis: Analysis, effect: float) -> int:
    """Cases in total from which the interval is too narrow to hold both none and ``effect``, at the spread seen."""
    now = analysis.control.cases + analysis.treatment.cases
    return math.ceil(now * (_width(analysis) / effect) ** 2)


def _width(analysis: Analysis) -> float:
    return analysis.effect.high - analysis.effect.low


def _guarded_document(guarded: Guarded) -> dict[str, Any]:
    return {
        "name": guarded.guardrail.name,
        "margin": guarded.guardrail.margin,
        "better": guarded.guardrail.better,
        "harm": guarded.harm,
        "control": guarded.control.metric,
        "treatment": guarded.treatment.metric,
        "effect": asdict(guarded.effect),
    }


def _broken(analysis: Analysis) -> Iterator[str]:
    balance = analysis.balance
    total = balance.control + balance.treatment
    yield (
        f"Do not use this result: {balance.treatment:,} of {total:,} units ({100 * balance.treatment / total:.4g} %) "
        f"are in the treatment arm, planned were {100 * balance.share:.4g} %. Chance alone brings so large a "
        f"difference in fewer than {often(max(balance.chance, 1e-6))}."
    )
    yield (
        "Units are missing from one arm, or counted twice, and those are seldom like the rest. Look at: the assignment "
        "(does each unit get one arm, from the start?), redirects and slow pages that lose units of one arm, bots, and "
        "filters that ran after the assignment. Mend it and run the test again; weighting the arms does not help. If "
        "the arms were meant to be unequal, say so: --share."
    )


def _decide(analysis: Analysis) -> tuple[Decision, str]:
    name, gain, loss = analysis.columns.outcome, *_good_and_bad(analysis)
    if harmed := [one.guardrail.name for one in analysis.guarded if one.harm == "harmed"]:
        return "don't", f"Don't ship: {' and '.join(harmed)} got worse" + (
            f", though {name} got better." if loss > 0 else "."
        )
    if gain < 0:
        return "don't", f"Don't ship: {name} got worse."
    if missing := _cases_missing(analysis):
        return "inconclusive", (
            f"Wait: {missing:,} of the planned cases are still to come. Whoever decides as soon as a figure pleases "
            "is fooled more often than the plan promised."
        )
    if loss > 0:
        return _ship(analysis)
    return _undecided(analysis, gain)


def _good_and_bad(analysis: Analysis) -> tuple[float, float]:
    """The ends of the interval: the best and the worst that the data fit with, better counted as more."""
    effect = analysis.effect
    return (effect.high, effect.low) if analysis.columns.better == "higher" else (-effect.low, -effect.high)


def _cases_missing(analysis: Analysis) -> int:
    planned = analysis.plan and analysis.plan.cases
    now = analysis.control.cases + analysis.treatment.cases
    return planned - now if planned and now < _NEARLY_ALL * planned else 0


def _ship(analysis: Analysis) -> tuple[Decision, str]:
    name = analysis.columns.outcome
    if unclear := [one.guardrail.name for one in analysis.guarded if one.harm == "unclear"]:
        return "inconclusive", (
            f"Not yet: {name} is better, but the data do not rule out that {' and '.join(unclear)} got worse by more "
            "than allowed. Run on until they do, or accept that risk knowingly."
        )
    wanted = analysis.plan and analysis.plan.effect
    if wanted and _good_and_bad(analysis)[0] < abs(wanted):
        return "ship", (
            f"Ship, if a small gain pays: {name} is better, but by less than the {change(wanted, analysis.kind)} that "
            "were called worth the work."
        )
    return "ship", f"Ship: {name} is better with the new way."


def _undecided(analysis: Analysis, gain: float) -> tuple[Decision, str]:
    name, wanted = analysis.columns.outcome, analysis.plan and analysis.plan.effect
    if wanted and gain < abs(wanted):
        return "don't", (
            f"Don't ship: if {name} got better at all, it is by less than the {change(wanted, analysis.kind)} that "
            "were called worth the work."
        )
    now = analysis.control.cases + analysis.treatment.cases
    if wanted:
        needed = cases_to_settle(analysis, wanted)
        return "inconclusive", (
            f"Inconclusive: the data fit with no change, and with the {change(wanted, analysis.kind)} that were called "
            f"worth the work. From {needed:,} cases on they can fit with one of the two only; {now:,} are there. Plan "
            "a new test of that size: adding cases until the answer pleases is peeking."
        )
    found = analysis.levels.distance * _width(analysis) / (2 * analysis.levels.critical)
    return "inconclusive", (
        f"Inconclusive: the data fit with no change. With these {now:,} cases {often(analysis.levels.power)} find a "
        f"change of {change(found, analysis.kind)}; half of that needs {4 * now:,}. Say what change is worth finding "
        "(--effect), and this tells how many settle it."
    )


def _effect(analysis: Analysis) -> Iterator[str]:
    kind, effect = analysis.kind, analysis.effect
    before, after = level(analysis.control.metric, kind), level(analysis.treatment.metric, kind)
    relative = effect.difference / analysis.control.metric if analysis.control.metric else None
    share = "" if relative is None else f", {100 * relative:+.3g} % of control"
    yield (
        f"{analysis.columns.outcome}: {before} in control ({analysis.control.cases:,} units), {after} in treatment "
        f"({analysis.treatment.cases:,}): {_signed(effect.difference, kind)}{share}."
    )
    yield (
        f"The data fit with anything from {_signed(effect.low, kind)} to {_signed(effect.high, kind)}; such an "
        f"interval misses the truth in {often(analysis.levels.significance)}."
    )


def _signed(value: float, kind: Any) -> str:
    return ("+" if value >= 0 else "-") + change(value, kind)


def _help(analysis: Analysis) -> Iterator[str]:
    reduction = analysis.reduction
    if reduction is not None:
        yield (
            f"Data from before the test took {100 * (1 - reduction.variance_left):.3g} % off the variance (correlation "
            f"{reduction.correlation:.2f}): without them {reduction.cases_gained:.3g} times as many cases would be "
            "needed."
        )


def _guardrails(analysis: Analysis) -> Iterator[str]:
    said = {
        "unharmed": "not worse by its margin",
        "unclear": "not shown to be unharmed; a longer test would tell",
        "harmed": "worse",
    }
    for one in analysis.guarded:
        sign = "-" if one.guardrail.better == "higher" else "+"
        yield (
            f"Guardrail {one.guardrail.name}: {said[one.harm]} ({one.effect.difference:+.4g}, the data fit with "
            f"{one.effect.low:+.4g} to {one.effect.high:+.4g}; allowed {sign}{one.guardrail.margin:g})."
        )
