"""Columns of any kind as numbers that distances can be taken of, and what was done to each, in words.

Skewed amounts become logarithms and long tails are drawn in, so that a few large values do not rule. Numbers of few
values are spread to ranks, so that the steps between them are not taken for gaps. A value that many cases share, such
as 0, becomes a yes or no of its own. Yes and no and categories weigh half: they fall apart by nature, which is no
discovery.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from fieldstone.framing.cases import Column
from fieldstone.framing.trials.learners import Features

Floats = NDArray[np.float64]
Form = Literal["as it is", "as its logarithm", "with long tails drawn in", "by rank", "as yes or no", "as its levels"]

WEIGHT = 0.5
"""How much a yes or no counts against a number."""
_SKEWED = 0.3
_SHARED, _EMPTY = 0.2, 0.5
_FEW_WHOLE, _FEW_VALUES, _LEVELS, _RARE = 20, 100, 10, 0.02
_FEWEST_FILLED = 10


@dataclass(frozen=True, slots=True)
class Tails:
    """What is taken for a long tail: how far the outer quantiles reach, measured by the way between the inner ones.

    Attributes:
        outer, inner: Which quantiles, from either end.
        skewed: The reach from which a skewed amount is.
        long: The reach from which any number is; a bell curve has 1.57 (groups) or 1.47 (anomalies).
    """

    outer: float
    inner: float
    skewed: float
    long: float


GROUPS = Tails(0.005, 0.05, 1.65, 2.0)
"""A twentieth of the cases may be a group of its own, and no tail."""
ANOMALIES = Tails(0.03, 0.1, 1.52, 1.65)
"""The outermost cases may be the unusual ones, and have no say."""


@dataclass(frozen=True, slots=True)
class Part:
    """One column of the encoded matrix: the feature it comes from, and whether gaps in it mean something."""

    column: int
    form: Form
    amount: bool
    level: int = -1


@dataclass(frozen=True, slots=True)
class Encoded:
    """Cases as numbers.

    Attributes:
        matrix: Cases x parts, each part with mean 0; amounts with deviation 1, flags with less.
        parts: What each column of the matrix is.
        notes: What was done, in sentences.
    """

    matrix: Floats
    parts: tuple[Part, ...]
    notes: tuple[str, ...]

    @property
    def amounts(self) -> NDArray[np.intp]:
        """The positions of the parts that are amounts."""
        return np.flatnonzero([part.amount for part in self.parts])


def encode(
    features: Features, columns: Sequence[Column], *, seed: int = 0, alike: float = 0.95, tails: Tails = GROUPS
) -> Encoded:
    """Encode cases.

    Args:
        features: Cases x columns.
        columns: What they are.
        seed: Ties of numbers with few values are spread by chance, the same for the same seed.
        alike: From so much correlation with an earlier column one says the same, and is left out.
        tails: What is taken for a long tail.
    """
    rng = np.random.default_rng(seed)
    parts: list[Part] = []
    values: list[Floats] = []
    left_out: list[str] = []
    repeated: list[str] = []
    for place, column in enumerate(columns):
        read = list(_read(features[:, place].astype(np.float64), place, column, (rng, tails)))
        fresh = [(part, one) for part, one in read if not _repeats(one, values, alike)]
        left_out += [] if read else [column.name]
        repeated += [column.name] if read and not fresh else []
        parts += [part for part, _ in fresh]
        values += [one for _, one in fresh]
    matrix = np.column_stack(values) if values else np.empty((len(features), 0))
    return Encoded(matrix, tuple(parts), tuple(_notes(columns, parts, left_out, repeated)))


_How = tuple[np.random.Generator, Tails]


def _read(values: Floats, place: int, column: Column, how: _How) -> Iterator[tuple[Part, Floats]]:
    filled = np.isfinite(values)
    if filled.sum() < max(_FEWEST_FILLED, _EMPTY * len(values)) or np.ptp(values[filled]) == 0:
        return
    if column.kind == "category":
        yield from _levels(values, place)
    elif column.kind == "boolean":
        yield Part(place, "as yes or no", amount=False), _flag(values, filled)
    else:
        yield from _number(values, place, filled, how)


def _levels(values: Floats, place: int) -> Iterator[tuple[Part, Floats]]:
    """Give each frequent level a flag; together they weigh as one yes or no."""
    shares = [float(np.mean(values == level)) for level in range(_LEVELS)]
    kept = [level for level, share in enumerate(shares) if _RARE <= share < 1]
    kept = kept[:1] if len(kept) == 2 and sum(shares) > 1 - _RARE else kept
    spread = np.sqrt(sum(shares[level] * (1 - shares[level]) for level in kept))
    for level in kept:
        yield (
            Part(place, "as its levels", amount=False, level=level),
            WEIGHT * ((values == level) - shares[level]) / spread,
        )


def _flag(values: Floats, filled: NDArray[np.bool_]) -> Floats:
    share = values[filled].mean()
    return WEIGHT * (np.where(filled, values, share) - share) / np.sqrt(share * (1 - share))


def _number(values: Floats, place: int, filled: NDArray[np.bool_], how: _How) -> Iterator[tuple[Part, Floats]]:
    different, counts = np.unique(values[filled], return_counts=True)
    whole = bool(np.all(different == np.round(different)))
    if len(different) <= min(_FEW_WHOLE if whole else _FEW_VALUES, filled.sum() / 5):
        yield Part(place, "by rank", amount=True), _ranks(values, filled, how[0])
        return
    shared = different[counts.argmax()]
    if counts.max() >= _SHARED * len(values) and shared == different[0]:
        yield Part(place, "as yes or no", amount=False), _flag((values != shared).astype(np.float64), filled)
        filled = filled & (values != shared)
    if filled.mean() >= _EMPTY:
        form, drawn = _drawn(values[filled], how[1])
        result = np.full(len(values), np.median(drawn))
        result[filled] = drawn
        yield Part(place, form, amount=True), (result - result.mean()) / (result.std() or 1.0)


def _ranks(values: Floats, filled: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """Spread a number of few values over a bell curve by rank, ties in any order."""
    known = values[filled]
    order = np.lexsort((rng.random(len(known)), known))
    result = np.zeros(len(values))
    scores = np.empty(len(known))
    scores[order] = ndtri((np.arange(len(known)) + 0.5) / len(known))
    result[filled] = scores
    return result / (result.std() or 1.0)


def _drawn(values: Floats, tails: Tails) -> tuple[Form, Floats]:
    """Draw in what reaches far out; the middle stays about as it is."""
    ends = (tails.outer, tails.inner, 0.25, 0.5, 0.75, 1 - tails.inner, 1 - tails.outer)
    least, low, first, middle, third, high, most = np.quantile(values, ends)
    inner = high - low
    skew, reach = ((high + low - 2 * middle) / inner, (most - least) / inner) if inner > 0 else (0.0, 0.0)
    if values.min() >= 0 and skew > _SKEWED and reach > tails.skewed:
        return "as its logarithm", np.log1p(values / (middle if middle > 0 else values[values > 0].mean()))
    spread = (third - first) / 1.349
    if spread > 0 and reach > tails.long:
        return "with long tails drawn in", np.arcsinh((values - middle) / spread)
    return "as it is", values


def _repeats(one: Floats, others: Sequence[Floats], alike: float) -> bool:
    """Return whether a part says the same as one that is there already."""
    return any(abs(float(np.corrcoef(one, other)[0, 1])) > alike for other in others)


def _notes(columns: Sequence[Column], parts: Sequence[Part], left_out: list[str], repeated: list[str]) -> Iterator[str]:
    for form in ("as its logarithm", "with long tails drawn in", "by rank", "as yes or no", "as its levels"):
        names = list(dict.fromkeys(columns[part.column].name for part in parts if part.form == form))
        if names:
            yield f"Taken {form}: {', '.join(names)}."
    if repeated:
        yield f"Left out because another column says the same: {', '.join(repeated)}."
    if left_out:
        yield f"Left out because more than half is empty, or nothing differs: {', '.join(left_out)}."
