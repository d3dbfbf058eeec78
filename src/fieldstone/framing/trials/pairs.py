"""A cut in two columns put together: their difference, sum or ratio; two times by the days between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.data.expressions import quoted
from fieldstone.framing.trials.learners import Features, Learner
from fieldstone.framing.trials.rules import Rule
from fieldstone.framing.trials.scores import Floats

_FOR_CHOOSING = 4_000
_DAY = 86_400
_OPERATIONS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "-": np.subtract,
    "+": np.add,
    "/": lambda one, other: one / np.where(other == 0, np.nan, other),
}
_WORDS = {"-": "{} minus {}", "+": "{} plus {}", "/": "{} divided by {}"}


@dataclass(frozen=True, slots=True)
class PairCut:
    """Yes where two columns put together are over a threshold, or at most that; no where either is empty.

    Attributes:
        first: A feature's position.
        second: Another's.
        operation: ``-``, ``+`` or ``/``; where the second is 0 there is no ratio.
        limit: The threshold; in days where the columns are times.
        over: Whether yes lies above it.
        gain: How much of the outcome's variance it tells, times the number of cases.
    """

    first: int
    second: int
    operation: str
    limit: float
    over: bool
    gain: float

    def answers(self, features: Features, columns: Sequence[Column]) -> NDArray[np.bool_]:
        """Return the answer for each case."""
        values = _put_together(features, columns, (self.first, self.second, self.operation))
        with np.errstate(invalid="ignore"):
            return values > self.limit if self.over else values <= self.limit


def learner(columns: Sequence[Column], choose: Callable[[Features, Floats], Sequence[int]]) -> Learner:
    """Return the best such cut in the features that ``choose`` names, as a learner of yes and no."""

    def learn(known: Features, target: Floats, unknown: Features) -> Floats:
        found = best(known, target, columns, choose(known, target))
        return np.zeros(len(unknown)) if found is None else found.answers(unknown, columns).astype(float)

    return learn


def best(known: Features, target: Floats, columns: Sequence[Column], places: Sequence[int]) -> PairCut | None:
    """Return the cut that tells most of a yes or no; None where no two of the features can be put together."""
    some = slice(None, None, max(1, len(target) // _FOR_CHOOSING))
    smallest = max(5, len(target) // 200)
    tried = [_cut(known[some], target[some], columns, pair, 5) for pair in _pairs(columns, places)]
    found = max((cut for cut in tried if cut is not None), key=lambda cut: cut.gain, default=None)
    if found is None:
        return None
    return _cut(known, target, columns, (found.first, found.second, found.operation), smallest)


def _pairs(columns: Sequence[Column], places: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    numbers = [place for place in places if columns[place].kind == "number"]
    times = [place for place in places if columns[place].kind == "time"]
    yield from ((one, other, "-") for one, other in combinations(times, 2))
    yield from ((one, other, sign) for one, other in combinations(numbers, 2) for sign in "-+")
    yield from ((one, other, "/") for one, other in permutations(numbers, 2))


def _put_together(features: Features, columns: Sequence[Column], pair: tuple[int, int, str]) -> Floats:
    one, other = features[:, pair[0]].astype(np.float64), features[:, pair[1]].astype(np.float64)
    values = _OPERATIONS[pair[2]](one, other)
    return values / _DAY if columns[pair[0]].kind == "time" else values


def _cut(
    known: Features, target: Floats, columns: Sequence[Column], pair: tuple[int, int, str], smallest: int
) -> PairCut | None:
    """Return the best cut in one pair; at least so many cases lie on either side."""
    values = _put_together(known, columns, pair)
    present = np.flatnonzero(np.isfinite(values))
    order = present[np.argsort(values[present], kind="stable")]
    count = len(order)
    if count < 2 * smallest:
        return None
    ranked, left = values[order], np.arange(1, count)
    before = np.cumsum(target[order])
    share = before[:-1] / left - (before[-1] - before[:-1]) / (count - left)
    gain = np.where(ranked[1:] > ranked[:-1], share**2 * left * (count - left) / count, 0.0)
    gain[: smallest - 1] = gain[count - smallest :] = 0.0
    at = int(np.argmax(gain))
    if gain[at] <= 0:
        return None
    return PairCut(*pair, _between(ranked[at], ranked[at + 1]), bool(share[at] < 0), float(gain[at]))


def _between(low: float, high: float) -> float:
    """Return the shortest number half-way, or nearly, between two."""
    middle = (low + high) / 2
    return next((short for digits in range(2, 12) if low <= (short := float(f"{middle:.{digits}g}")) < high), middle)


def written(cut: PairCut, columns: Sequence[Column]) -> Rule:
    """Return the cut as a rule."""
    first, second = columns[cut.first], columns[cut.second]
    comparison, limit = ">" if cut.over else "<=", repr(cut.limit)
    how = f"is {'over' if cut.over else 'at most'} {cut.limit:g}"
    if first.kind == "time":
        sql = f"coalesce((epoch({quoted(first.name)}::TIMESTAMP) - epoch({quoted(second.name)}::TIMESTAMP)) / {_DAY}"
        return Rule(
            f"the days from {second.name} to {first.name}: {how.removeprefix('is ')}",
            f"{sql} {comparison} {limit}, false)",
            _PYTHON_DAYS.format(first=first.name, second=second.name, comparison=comparison, limit=limit, day=_DAY),
        )
    divisor = f"nullif({quoted(second.name)}, 0)" if cut.operation == "/" else quoted(second.name)
    return Rule(
        f"{_WORDS[cut.operation].format(first.name, second.name)} {how}",
        f"coalesce({quoted(first.name)}::DOUBLE {cut.operation} {divisor}::DOUBLE {comparison} {limit}, false)",
        _python_numbers(cut, first.name, second.name, f"{comparison} {limit}"),
    )


def _python_numbers(cut: PairCut, first: str, second: str, comparison: str) -> str:
    zero = " or second == 0" if cut.operation == "/" else ""
    return (
        f"def answer(row):\n    first, second = row[{first!r}], row[{second!r}]\n"
        f"    if first is None or second is None{zero}:\n        return False\n"
        f"    return float(first) {cut.operation} float(second) {comparison}\n"
    )


_PYTHON_DAYS = """from datetime import datetime


def answer(row):
    times = row[{first!r}], row[{second!r}]
    if None in times:
        return False
    first, second = (datetime.fromisoformat(str(time)) for time in times)
    return (first - second).total_seconds() / {day} {comparison} {limit}
"""
