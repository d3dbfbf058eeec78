"""Costs that make no sense: written as text, with the wrong sign, all alike, or such that nothing depends on them."""

import re
from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from fieldstone.framing.problem import Amount, Costs, Problem

_Found = Iterator[tuple[str, str]]
_CURRENCY = r"(?:USD|EUR|GBP|CHF|dollars?|euros?|pounds?|francs?)"
_MONEY_TEXT = re.compile(rf"\W*{_CURRENCY}?\W*[0-9][0-9.,']*\W*{_CURRENCY}?\W*", re.IGNORECASE)
_OUTCOMES = ("true_positive", "false_positive", "false_negative", "true_negative")
_UNITS = ("per_unit_error", "per_unit_over", "per_unit_under")


def contradictory_costs(problem: Problem) -> _Found:
    """What is wrong with the costs, as (dotted path, what is wrong and what to type)."""
    yield from _costs_as_text(problem.costs)
    yield from _costs(problem)


def given_number(amount: Amount | UnsetType) -> float | None:
    """An amount that is the same for each case; None if it is not given or stands in a column."""
    return float(amount) if isinstance(amount, int | float) else None


def _costs_as_text(costs: Costs) -> _Found:
    for key in (*_OUTCOMES, *_UNITS):
        value = getattr(costs, key)
        if isinstance(value, str) and _MONEY_TEXT.fullmatch(value.strip()):
            number = re.sub(r"[^0-9.]", "", value) or "50"
            sign = "-" if "-" in value or key.startswith("false") or key in _UNITS else ""
            yield (
                f"costs.{key}",
                (
                    f"{value!r} would be read as the name of a column. Write the bare number: {key}: {sign}{number} "
                    "(and the currency under costs.currency)"
                ),
            )


def _costs(problem: Problem) -> _Found:
    costs = problem.costs
    given = {key: getattr(costs, key) for key in _OUTCOMES if getattr(costs, key) is not UNSET}
    yield from _units(costs, next(iter(given), ""))
    numbers = [given_number(each) for each in given.values()]
    if len(given) == len(_OUTCOMES) and len(set(numbers)) == 1 and numbers[0] is not None:
        yield (
            "costs",
            (
                f"all four outcomes are worth {numbers[0]:g}, so it would not matter whether an answer is right. "
                "Write what a mistake costs, for example: false_positive: -50 and false_negative: -500"
            ),
        )
    elif all(each is not None for each in numbers):
        yield from _senseless(problem)


def _units(costs: Costs, outcome: str) -> _Found:
    """What is wrong with the costs of a unit of error; ``outcome`` is a cost of yes and no that is given as well."""
    given = {key: getattr(costs, key) for key in _UNITS if getattr(costs, key) is not UNSET}
    for key, amount in given.items():
        price = given_number(amount)
        if price is not None and (price > 0 or (price == 0 and key != "per_unit_error")):
            what = f"pay {price:g} a unit" if price else "cost nothing, so one would go wrong on that side without end"
            yield f"costs.{key}", f"being off would {what}. Costs are negative: {key}: {-price or -1:g}"
    if outcome and given:
        yield (
            f"costs.{next(iter(given))}",
            (
                f"both a cost per unit (for numbers) and costs of yes and no ({outcome}) are given. Keep the kind that "
                "fits the question and delete the other."
            ),
        )
    if len(given) > 1 and "per_unit_error" in given:
        yield (
            "costs.per_unit_error",
            (
                "the cost of being off is given for both sides at once and by side. Delete per_unit_error if too much "
                "and too little differ, else delete the others."
            ),
        )


def _senseless(problem: Problem) -> _Found:
    """The first of the ways in which four numbers make no decision; at most one is told."""
    costs = problem.costs
    in_vain, missed = given_number(costs.false_positive), given_number(costs.false_negative)
    rightly, left = given_number(costs.true_positive) or 0.0, given_number(costs.true_negative) or 0.0
    if in_vain is not None and missed is not None and min(in_vain, missed) > 0 and max(rightly, left) <= 0:
        yield (
            "costs.false_positive",
            (
                f"both mistakes bring money ({in_vain:g} and {missed:g}). Costs are negative: "
                f"false_positive: {-in_vain:g} and false_negative: {-missed:g}"
            ),
        )
    elif in_vain is not None and in_vain > max(rightly, left):
        yield (
            "costs.false_positive",
            (
                f"acting in vain pays {in_vain:g}, better than acting rightly ({rightly:g}) and than leaving well "
                f"alone ({left:g}). If it is a cost, write: false_positive: {-abs(in_vain):g}"
            ),
        )
    elif missed is not None and missed >= rightly and (missed > 0 or costs.true_positive is not UNSET):
        yield (
            "costs.false_negative",
            (
                f"missing a case pays {missed:g}, no worse than acting rightly ({rightly:g}), so one would never act. "
                f"If missing is a loss, write it as a negative number: false_negative: {-abs(missed) or -500:g}"
            ),
        )
    elif in_vain is not None and in_vain > left and problem.constraints.capacity is UNSET:
        yield (
            "costs.false_positive",
            (
                f"acting in vain pays {in_vain:g}, better than leaving well alone ({left:g}), so one would act on "
                "every case and need no model. Write what acting in vain costs, for example: false_positive: -50"
            ),
        )
