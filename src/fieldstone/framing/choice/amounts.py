"""The amounts of a problem file, for each case."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
from msgspec import UNSET, UnsetType

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.expressions import number, quoted
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Amount, Costs, Problem
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Amounts

_OUTCOMES = ("true_positive", "false_positive", "false_negative", "true_negative")
_WORDS = {
    "true_positive": "acting rightly",
    "false_positive": "acting in vain",
    "false_negative": "missing a case",
    "true_negative": "rightly leaving a case alone",
}
MISTAKES = "mistakes"


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is at stake in each case.

    Attributes:
        amounts: What each outcome brings.
        unit: The currency, or ``mistakes``.
        assumptions: What had to be assumed.
    """

    amounts: Amounts
    unit: str
    assumptions: tuple[str, ...]


def stakes(problem: Problem, cases: Cases) -> Stakes:
    """Read what each outcome brings; without any costs, count mistakes, a missed case as ``beta`` squared false alarms.

    Raises:
        ProblemError: A column that is not there or holds no numbers, or costs by which one should act on exactly the
            wrong cases.
    """
    costs = problem.costs
    given = {name: getattr(costs, name) for name in _OUTCOMES if getattr(costs, name) is not UNSET}
    if not given:
        return _mistakes(problem.success.beta, len(cases))
    assumptions = [
        f"No amount is given for {_WORDS[name]} ({name}): taken as 0." for name in _OUTCOMES if name not in given
    ]
    read = {name: amount(given.get(name, 0.0), cases, where=f"costs.{name}", notes=assumptions) for name in _OUTCOMES}
    amounts = Amounts(**read)
    _check(amounts, costs)
    return Stakes(amounts, costs.currency, (*assumptions, *_doubts(amounts)))


def amount(given: Amount | UnsetType, cases: Cases, *, where: str, notes: list[str]) -> Floats:
    """One amount for each case: a number, a column, or an expression over columns such as ``-loan_amount``.

    Cases without an amount get the median of the others, which is added to ``notes``.

    Raises:
        ProblemError: There is no such column, or it holds no numbers.
    """
    if not isinstance(given, str):
        return np.full(len(cases), 0.0 if given is UNSET else float(given))
    if given.isidentifier() and given not in cases.table.column_names:
        raise ProblemError(f"{where}: there is no column `{given}`. {_suggestion(given, cases)}")
    column = given in cases.table.column_names
    values = number(cases, quoted(given) if column else given, where=where)
    empty = ~np.isfinite(values)
    if empty.all():
        raise ProblemError(f"{where}: `{given}` is empty in every case. {_suggestion(given, cases)}")
    if empty.any():
        median = float(np.median(values[~empty]))
        values = np.where(empty, median, values)
        notes.append(
            f"{where}: {np.count_nonzero(empty):,} cases have no `{given}`; they count with the median, {median:,g}."
        )
    return values


def _mistakes(beta: float, n: int) -> Stakes:
    worth = beta**2
    told = (
        "No costs are given: every mistake counts as one."
        if worth == 1
        else f"No costs are given: a missed case counts as {worth:g} false alarms, as success.beta = {beta:g} says."
    )
    zero, one = np.zeros(n), np.ones(n)
    return Stakes(Amounts(zero, -one, -worth * one, zero), MISTAKES, (told,))


def _check(amounts: Amounts, costs: Costs) -> None:
    if bool(np.all(amounts.gain < 0)) and bool(np.all(amounts.harm < 0)):
        raise ProblemError(
            "costs: by these amounts it is better to miss a case than to act on it, and better to act in vain than to"
            f" leave alone ({_told(costs)}). Costs are negative and gains positive: type, for an offer of 50 that keeps"
            " a customer worth 500,\n  true_positive: 450\n  false_positive: -50\n  false_negative: -500"
        )


def _doubts(amounts: Amounts) -> list[str]:
    doubts: list[str] = []
    if bool(np.all(amounts.gain <= 0)):
        doubts.append("By these amounts acting rightly is no better than missing a case, so acting never pays.")
    if bool(np.all(amounts.harm <= 0)):
        doubts.append(
            "By these amounts acting in vain costs nothing, so acting always pays."
            " If it does cost something, give it as a negative number: false_positive: -50"
        )
    return doubts


def _told(costs: Costs) -> str:
    return ", ".join(f"{name}: {getattr(costs, name)}" for name in _OUTCOMES if getattr(costs, name) is not UNSET)


def _suggestion(given: str, cases: Cases) -> str:
    schema, types = cases.table.schema, pa.types
    numeric = [field.name for field in schema if types.is_integer(field.type) or types.is_floating(field.type)]
    near = get_close_matches(given, numeric, n=1)
    columns = f"`{near[0]}`" if near else "one of the columns of numbers: " + ", ".join(numeric[:12])
    return f"Type a number such as -500, or {columns}"
