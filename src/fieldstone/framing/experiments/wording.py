"""A plan in words, for people who do not know statistics."""

import math
from collections.abc import Iterator
from typing import Any

from fieldstone.framing.experiments.design import Plan, Reach, Size
from fieldstone.framing.experiments.samples import MetricKind

_RARE = 10
_LONG = 12
"""Weeks after which customers lose cookies, change devices and seasons turn."""


def describe(plan: Plan) -> list[str]:
    """The plan in sentences: the answer first, then what it promises, what to keep to, and what is still open."""
    return [
        *_answer(plan),
        *_guardrails(plan),
        *_duration(plan),
        *_limit(plan),
        *_reaches(plan),
        *_promises(plan),
        *_rules(plan),
        *(f"Still open: {question}" for question in plan.questions),
    ]


def level(value: float, kind: MetricKind) -> str:
    """A metric's value: 12.3 %, or 12.3."""
    return f"{100 * value:.4g} %" if kind == "proportion" else f"{value:,.4g}"


def change(value: float, kind: MetricKind) -> str:
    """A difference without its sign: 1.2 percentage points, or 1.2."""
    if kind != "proportion":
        return f"{abs(value):,.4g}"
    points = f"{100 * abs(value):.3g}"
    return f"{points} percentage point" + ("" if points == "1" else "s")


def often(share: float) -> str:
    """A share of tests as people count: 5 of 100 tests."""
    if share < 0.001:
        return f"1 of {round(1 / share):,} tests"
    return f"{1000 * share:.3g} of 1,000 tests" if share < 0.01 else f"{100 * share:.3g} of 100 tests"


def days(count: int) -> str:
    """So many days."""
    return "1 day" if count == 1 else f"{count:,} days"


def as_document(plan: Plan) -> dict[str, Any]:
    """The plan for JSON."""
    return {
        "metric": plan.metric,
        "kind": plan.kind,
        "baseline": plan.baseline,
        "effect": plan.effect,
        "deviation": plan.deviation,
        "significance": plan.levels.significance,
        "power": plan.levels.power,
        "share_of_treatment": plan.levels.share,
        "size": _sized(plan.size),
        "cases": plan.cases,
        "days": plan.days,
        "weeks": plan.weeks,
        "reaches": [{"days": reach.days, "cases": reach.cases, "effect": reach.effect} for reach in plan.reaches],
        "guardrails": [
            {"name": guardrail.name, "margin": guardrail.margin, "size": _sized(size)}
            for guardrail, size in zip(plan.setup.guardrails, plan.guardrails, strict=True)
        ],
        "false_alarms_if_peeked": plan.false_alarms_if_peeked,
        "outcome_days": plan.setup.outcome_days,
        "questions": list(plan.questions),
        "sentences": describe(plan),
    }


def _sized(size: Size | None) -> dict[str, int | None] | None:
    return size and {"control": size.control, "treatment": size.treatment, "total": size.total, "days": size.days}


def _answer(plan: Plan) -> Iterator[str]:
    size, effect = plan.size, plan.effect
    if size is None or effect is None:
        yield f"The test of {plan.metric} cannot be planned yet; see what is still open."
        return
    yield (
        f"To find out whether {plan.metric} {_change_of(plan, effect)}, {size.total:,} cases are needed: "
        f"{size.control:,} keep the old way, {size.treatment:,} get the new one, drawn by lot."
    )
    if plan.setup.correlation:
        yield (
            f"This counts on a correlation of {plan.setup.correlation:g} with what is known from before the test, "
            f"which saves {100 * plan.setup.correlation**2:.0f} % of the cases: analyse with --pre, or it will be too "
            "few."
        )


def _change_of(plan: Plan, effect: float) -> str:
    if plan.baseline is None:
        return f"{_moves(effect)} by {change(effect, plan.kind)}"
    before, after = level(plan.baseline, plan.kind), level(plan.baseline + effect, plan.kind)
    relative = f"; {100 * effect / plan.baseline:+.3g} % of today's value" if plan.baseline else ""
    return f"{_moves(effect)} from {before} to {after} ({change(effect, plan.kind)}{relative})"


def _moves(effect: float) -> str:
    return "rises" if effect > 0 else "falls"


def _duration(plan: Plan) -> Iterator[str]:
    if plan.days is None or plan.weeks is None:
        return
    weeks = plan.weeks
    yield (
        f"That takes {days(plan.days)} of intake. Run whole weeks, so that every weekday counts alike: "
        f"{'1 week' if weeks == 1 else f'{weeks} weeks'}"
        + ("; two are better, since weeks differ." if weeks == 1 else ".")
    )
    if plan.setup.outcome_days:
        known = 7 * weeks + math.ceil(plan.setup.outcome_days)
        later = f"{plan.setup.outcome_days:g} days later"
        yield f"The last case's outcome is known {later}: decide {days(known)} after the start."
    if weeks > _LONG:
        yield (
            f"More than {_LONG} weeks is too long for most tests: seasons turn and people come back as strangers. "
            "Look for a larger effect, more traffic, or data from before the test (--correlation)."
        )


def _limit(plan: Plan) -> Iterator[str]:
    reach = next((reach for reach in plan.reaches if reach.days == plan.setup.days), None)
    if reach is None:
        return
    if reach.effect is None:
        yield f"{days(reach.days)} bring {reach.cases:,} cases, too few to find any change."
        return
    least = change(reach.effect, plan.kind)
    yield f"{days(reach.days)} bring {reach.cases:,} cases: enough for a change of {least} or more."
    if plan.effect is not None and abs(reach.effect) > abs(plan.effect) * (1 + 1e-9):
        yield (
            f"That is not enough for {change(plan.effect, plan.kind)}: run longer, take in more cases, use what is "
            "known from before the test, or accept that a smaller change stays unseen."
        )


def _reaches(plan: Plan) -> Iterator[str]:
    found = [reach for reach in plan.reaches if reach.effect is not None and reach.days != plan.setup.days]
    if found:
        yield "Other lengths would find changes from: " + "; ".join(_reach(reach, plan.kind) for reach in found) + "."


def _reach(reach: Reach, kind: MetricKind) -> str:
    return f"{days(reach.days)} {change(reach.effect or 0.0, kind)}"


def _guardrails(plan: Plan) -> Iterator[str]:
    for guardrail, size in zip(plan.setup.guardrails, plan.guardrails, strict=True):
        if size is not None:
            yield (
                f"To show that {guardrail.name} gets worse by less than {guardrail.margin:g}, {size.total:,} cases are "
                "needed" + ("." if plan.size and size.total > plan.size.total else ", which are there.")
            )
    if len(plan.setup.guardrails) > 1:
        yield (
            "All guardrails must pass, so each is sized to fail less often (Bonferroni); in the analysis an alarm "
            "from one of several must be the louder for it (Holm)."
        )


def _promises(plan: Plan) -> Iterator[str]:
    yield (
        f"What this promises: without any change, {often(plan.levels.significance)} still report one; a change as "
        f"large as stated is found by {often(plan.levels.power)}."
    )


def _rules(plan: Plan) -> Iterator[str]:
    peeked = plan.false_alarms_if_peeked
    if peeked is not None and peeked > plan.levels.significance:
        yield (
            "Fix the end before the start, and decide then. Whoever looks every day and stops at the first good figure "
            f"is fooled in {often(round(peeked, 2))} instead of {often(plan.levels.significance)}."
        )
    if plan.size and plan.baseline is not None and plan.kind == "proportion":
        rare = min(plan.baseline, 1 - plan.baseline) * min(plan.size.control, plan.size.treatment)
        if rare < _RARE:
            yield f"So small a test is rough: plan with more, until each arm sees {_RARE} yes and {_RARE} no."
    if plan.kind == "ratio":
        yield "For a ratio, deviation is that of the delta method over units: `fieldstone ab plan --from` measures it."
