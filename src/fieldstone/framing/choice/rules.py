"""Ways to decide without a model: today's rule, and the best cut in one feature."""

from dataclasses import dataclass

import numpy as np

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.data.expressions import literal, quoted
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Flags

_SAMPLE = 30_000
"""Cases from which a cut is learnt; more of them move it by less than its own error."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Cut:
    """Act where one feature lies on one side of a value, or among some levels.

    Attributes:
        column: The feature.
        at: Its number in the matrix.
        least, most: The bounds within which to act, both inclusive, for a feature of numbers.
        levels: The codes on which to act, for a category.
        gain: What it brought over acting on nobody, on the cases it was learnt from.
    """

    column: Column
    at: int
    least: float
    most: float
    levels: tuple[int, ...]
    gain: float

    def acts(self, features: np.ndarray) -> Flags:
        """Whether to act on each case (a row of features); never where the feature is missing."""
        values = features[:, self.at]
        if self.column.kind == "category":
            return np.isin(values, self.levels)
        return (values >= self.least) & (values <= self.most)

    def condition(self, cases: Cases) -> str:
        """The cut as a condition in SQL over the table of the cases it was learnt from."""
        name = quoted(self.column.name)
        match self.column.kind:
            case "category":
                levels = [literal(self.column.levels[code]) for code in self.levels]
                return f"{name} = {levels[0]}" if len(levels) == 1 else f"{name} IN ({', '.join(levels)})"
            case "boolean":
                # Booleans may be written as words: any case on this side shows which.
                word = cases.table[self.column.name][int(np.argmax(self.acts(cases.features)))].as_py()
                return f"{name} = {literal(word) if isinstance(word, str) else word}"
            case "time":
                side, at = (">=", self.least) if np.isfinite(self.least) else ("<=", self.most)
                return f"epoch(CAST({name} AS TIMESTAMP)) {side} {at:.0f}"
            case _:
                return f"{name} >= {self.least:.6g}" if np.isfinite(self.least) else f"{name} <= {self.most:.6g}"


def best_cut(cases: Cases, gain: Floats, *, seed: int = 0, most: float = 1.0) -> tuple[Cut | None, Flags]:
    """The single cut in one feature that brings most, where acting on a case would bring ``gain`` over leaving it.

    It acts on no larger share of the cases than ``most``, give or take how other cases differ from those learnt from.

    Returns:
        The cut learnt from all cases (None if acting never pays), and whether to act on each case by a cut learnt
        without its fold, so that its worth can be told honestly.
    """
    rng = np.random.default_rng(seed)
    fold = np.arange(len(gain)) % _FOLDS
    rng.shuffle(fold)
    sample = rng.permutation(len(gain))[:_SAMPLE]
    acted = np.zeros(len(gain), dtype=np.bool_)
    for held in range(_FOLDS):
        learnt = _learn(cases, gain, sample[fold[sample] != held], most)
        if learnt is not None:
            kept = fold == held
            acted[kept] = learnt.acts(cases.features[kept])
    return _learn(cases, gain, sample, most), acted


def _learn(cases: Cases, gain: Floats, rows: np.ndarray, most: float) -> Cut | None:
    limit = int(most * len(rows))
    cuts = [
        (_levels if column.kind == "category" else _bounds)(column, at, cases.features[rows, at], gain[rows], limit)
        for at, column in enumerate(cases.columns)
    ]
    best = max(cuts, key=lambda cut: cut.gain, default=None)
    return best if best is not None and best.gain > 0 else None


def _levels(column: Column, at: int, values: np.ndarray, gain: Floats, limit: int) -> Cut:
    known = np.isfinite(values)
    codes, levels = values[known].astype(np.int64), len(column.levels)
    brought, cases = np.bincount(codes, weights=gain[known], minlength=levels), np.bincount(codes, minlength=levels)
    pays = np.flatnonzero(brought > 0)
    pays = pays[np.argsort(-brought[pays] / cases[pays], kind="stable")]
    pays = np.sort(pays[np.cumsum(cases[pays]) <= limit])
    return Cut(column, at, np.nan, np.nan, tuple(pays.tolist()), float(brought[pays].sum()))


def _bounds(column: Column, at: int, values: np.ndarray, gain: Floats, limit: int) -> Cut:
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return Cut(column, at, np.inf, -np.inf, (), 0.0)
    order = known[np.argsort(values[known], kind="stable")]
    ranked, brought, acted = values[order], np.cumsum(gain[order]), np.arange(1, len(order) + 1)
    last = np.append(ranked[1:] != ranked[:-1], True)
    below = np.where(last & (acted <= limit), brought, -np.inf)
    # Acting above a value brings all but what lies at or below it; above the last value there is nothing.
    above = np.where(last & (len(order) - acted <= limit), brought[-1] - brought, -np.inf)
    low, high = int(np.argmax(below)), int(np.argmax(above))
    if above[high] > below[low]:
        least = float(ranked[high + 1]) if high + 1 < len(ranked) else np.inf
        return Cut(column, at, least, np.inf, (), float(above[high]))
    return Cut(column, at, -np.inf, float(ranked[low]), (), float(below[low]))
