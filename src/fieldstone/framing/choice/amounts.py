"""The amounts of a problem file, for each case."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
from msgspec import UNSET

from fieldstone.framing.choice.wording import MISTAKES
from fieldstone.framing.data.arrow import Table
from fieldstone.framing.data.expressions import number, quoted
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Amount, Costs, Problem
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Amounts

_WORDS = {
    "true_positive": "acting rightly",
    "false_positive": "acting in vain",
    "false_negative": "missing a case",
    "true_negative": "rightly leaving a case alone",
}


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


def stakes(problem: Problem, table: Table) -> Stakes:
    """Read what each outcome brings; without costs of mistakes, count them, a missed case as ``beta`` squared alarms.

    Raises:
        ProblemError: A column that is not there or holds no numbers, or costs by which one should act on exactly the
            wrong cases.
    """
    notes = list[str]()
    amounts = amounts_of(problem, table, notes=notes)
    if amounts is None:
        return _mistakes(problem, len(table))
    if bool(np.all(amounts.gain < 0)) and bool(np.all(amounts.harm < 0)):
        raise ProblemError(_upside_down(problem.costs))
    return Stakes(amounts, problem.costs.currency, (*notes, *_doubts(amounts)))


def amounts_of(problem: Problem, table: Table, *, notes: list[str] | None = None) -> Amounts | None:
    """What each outcome brings in each row of a table; None where the file does not state what acting is good for.

    What had to be assumed is added to ``notes``.

    Raises:
        ProblemError: A column that is not there or holds no numbers.
    """
    notes = [] if notes is None else notes
    costs = problem.costs
    if costs.false_negative is UNSET and UNSET in (costs.true_positive, costs.false_positive):
        return None
    if costs.false_negative == 0 and costs.true_positive is UNSET:
        return None
    given = _given(costs)
    notes += [f"No amount is given for {_WORDS[name]} ({name}): taken as 0." for name in _WORDS if name not in given]
    return Amounts(**{name: amount(given.get(name, 0.0), table, where=f"costs.{name}", notes=notes) for name in _WORDS})


def amount(given: Amount, table: Table, *, where: str, notes: list[str]) -> Floats:
    """One amount for each row: a number, a column, or an expression over columns such as ``-loan_amount``.

    Rows without an amount get the median of the others, which is added to ``notes``.

    Raises:
        ProblemError: There is no such column, or it holds no numbers.
    """
    if not isinstance(given, str):
        return np.full(len(table), float(given))
    column = given in table.column_names
    if given.isidentifier() and not column:
        raise ProblemError(f"{where}: there is no column `{given}`. {_suggestion(given, table)}")
    values = number(table, quoted(given) if column else given, where=where)
    empty = ~np.isfinite(values)
    if empty.all():
        raise ProblemError(f"{where}: `{given}` is empty in every case. {_suggestion(given, table)}")
    if empty.any():
        median = float(np.median(values[~empty]))
        values = np.where(empty, median, values)
        notes.append(
            f"{where}: {np.count_nonzero(empty):,} cases have no `{given}`; they count with the median, {median:,g}."
        )
    return values


def _given(costs: Costs) -> dict[str, Amount]:
    return {name: getattr(costs, name) for name in _WORDS if getattr(costs, name) is not UNSET}


def _mistakes(problem: Problem, n: int) -> Stakes:
    beta = problem.success.beta
    worth = beta**2
    told = "No costs of mistakes are given: "
    told += (
        "every mistake counts as one."
        if worth == 1
        else f"a missed case counts as {worth:g} false alarms, as success.beta = {beta:g} says."
    )
    idle = [
        f"costs.{name} alone decides nothing: type what acting rightly brings (true_positive) or what a missed case "
        "costs (false_negative), and what acting in vain costs (false_positive)."
        for name in _given(problem.costs)
    ]
    zero, one = np.zeros(n), np.ones(n)
    return Stakes(Amounts(zero, -one, -worth * one, zero), MISTAKES, (told, *idle))


def _upside_down(costs: Costs) -> str:
    told = ", ".join(f"{name}: {value}" for name, value in _given(costs).items())
    return (
        "costs: by these amounts it is better to miss a case than to act on it, and better to act in vain than to"
        f" leave alone ({told}). Costs are negative and gains positive: type, for an offer of 50 that keeps"
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


def _suggestion(given: str, table: Table) -> str:
    schema, types = table.schema, pa.types
    numeric = [field.name for field in schema if types.is_integer(field.type) or types.is_floating(field.type)]
    near = get_close_matches(given, numeric, n=1)
    columns = f"`{near[0]}`" if near else "one of the columns of numbers: " + ", ".join(numeric[:12])
    return f"Type a number such as -500, or {columns}"
