"""What it costs to answer a number that is too high, or too low."""

from dataclasses import dataclass

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.choice.amounts import amount
from fieldstone.framing.choice.wording import ERRORS
from fieldstone.framing.data.arrow import Table
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem
from fieldstone.methods.resampling import Floats


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of error, by case.

    Attributes:
        over: What a unit too much costs, 0 or more.
        under: What a unit too little costs, 0 or more.
        unit: The currency, or units of error.
        notes: What had to be assumed.
    """

    over: Floats
    under: Floats
    unit: str
    notes: tuple[str, ...]

    @property
    def levels(self) -> Floats:
        """For each case, the share of truths that should not exceed the best answer; half where nothing is at stake."""
        both = self.over + self.under
        return np.divide(self.under, both, out=np.full(len(both), 0.5), where=both > 0)

    @property
    def level(self) -> float:
        """The same for all cases together."""
        return float(self.under.sum() / (self.over.sum() + self.under.sum()))

    def of(self, rows: NDArray[np.int64]) -> "Prices":
        """The prices of some of the cases."""
        return Prices(self.over[rows], self.under[rows], self.unit, self.notes)

    def cost(self, excess: Floats) -> Floats:
        """What answers cost that are so much too high (negative: too low)."""
        return np.where(excess > 0, self.over * excess, -self.under * excess)


def prices(problem: Problem, table: Table) -> Prices:
    """The prices of error in each row; without any in the file, units of error are counted.

    Raises:
        ProblemError: A column that is not there or holds no numbers; an error that costs nothing on either side.
    """
    costs, notes = problem.costs, list[str]()
    if costs.per_unit_error is UNSET and costs.per_unit_over is UNSET and costs.per_unit_under is UNSET:
        told = "No cost of error is given (costs.per_unit_error): units are counted."
        return Prices(np.ones(len(table)), np.ones(len(table)), ERRORS, (told,))
    names = ("per_unit_over", "per_unit_under") if costs.per_unit_error is UNSET else ("per_unit_error",)
    read = [_price(problem, name, table, notes) for name in names]
    if not np.any(read[0] + read[-1] > 0):
        raise ProblemError(f"costs.{names[-1]}: being off costs nothing in any case. Type a price such as -0.1")
    return Prices(read[0], read[-1], costs.currency, tuple(notes))


def _price(problem: Problem, name: str, table: Table, notes: list[str]) -> Floats:
    given = getattr(problem.costs, name)
    if given is UNSET:
        raise ProblemError(
            f"costs.{name}: there is no amount, and the other side has one. Type for example: {name}: -1"
        )
    price = amount(given, table, where=f"costs.{name}", notes=notes)
    if bool(np.any(price > 0)):
        notes.append(f"costs.{name} is positive: taken as a cost. Costs are written as negative numbers.")
    return np.abs(price)
