"""What right and wrong answers are worth, case by case, where the problem file says so."""

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Amount, Problem
from fieldstone.framing.trials.scores import Floats

Worth = Floats
"""Cases x 2 x 2: what it is worth not to act or to act (second axis), given the outcome no or yes (third axis)."""


def worth(cases: Cases, problem: Problem, rows: NDArray[np.intp]) -> Worth | None:
    """Return what each answer is worth for each of these rows; None where the file states no costs of mistakes.

    Raises:
        ProblemError: A cost names a column that is not there, or that holds no numbers.
    """
    costs = problem.costs
    if isinstance(costs.false_positive, UnsetType) and isinstance(costs.false_negative, UnsetType):
        return None
    order = ("true_negative", "false_negative", "false_positive", "true_positive")
    amounts = [_amounts(getattr(costs, name), f"costs.{name}", cases, rows) for name in order]
    return np.stack(amounts, axis=1).reshape(len(rows), 2, 2)


def _amounts(amount: Amount | UnsetType, place: str, cases: Cases, rows: NDArray[np.intp]) -> Floats:
    if isinstance(amount, UnsetType):
        return np.zeros(len(rows))
    if not isinstance(amount, str):
        return np.full(len(rows), float(amount))
    if amount not in cases.table.column_names:
        names = ", ".join(cases.table.column_names[:12])
        raise ProblemError(f"{place}: there is no column {amount!r}. Write a number or one of: {names}")
    try:
        values = cases.table[amount].take(rows).cast("float64").to_numpy(zero_copy_only=False)
    except (ValueError, NotImplementedError):
        raise ProblemError(f"{place}: the column {amount!r} does not hold numbers. Name one that does.") from None
    return np.nan_to_num(np.asarray(values, dtype=np.float64))


def best_actions(probability: Floats, values: Worth) -> NDArray[np.bool_]:
    """Return for which cases acting is worth more than not acting, at these probabilities of the outcome."""
    gain = values[:, 1] - values[:, 0]
    return probability * gain[:, 1] + (1 - probability) * gain[:, 0] > 0


def earned(acted: NDArray[np.bool_], truth: Floats, values: Worth) -> Floats:
    """Return what each case was worth, given what was done and what became of it."""
    return values[np.arange(len(truth)), acted.astype(int), (truth > 0).astype(int)]
