"""Ways to fill a list: plain ones that can be written as SQL, and ones that learn from what others chose.

Each is a function from a past to a scorer: rows of persons in, persons x catalogue of scores out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from fieldstone.framing.recommending.past import Matrix, Past

Rows = NDArray[np.intp]
Scores = NDArray[np.float32]
Scorer = Callable[[Rows], Scores]
Name = Literal["popular", "recent", "own", "neighbours", "factors", "own and neighbours"]

LEARNERS = 50_000
"""So many persons are learnt from; their number, not the number of their choices, decides what is found."""

_SHRINK = 10.0
"""So many persons must have chosen two things together for half of what they have in common to count."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to fill a list.

    Attributes:
        name: Short.
        words: For people.
        learn: From a past to scores.
        learns: Whether it learns from what others chose, beyond counting.
        setting: What was set, where it comes in several.
    """

    name: Name
    words: str
    learn: Callable[[Past], Scorer]
    learns: bool = False
    setting: str = ""


def _popular(past: Past) -> Scorer:
    return lambda rows: _same(past.popular, rows)


def _recent(past: Past) -> Scorer:
    return lambda rows: _same(past.recent + past.popular / (1 + past.popular.sum()), rows)


def _own(past: Past) -> Scorer:
    """What one chose oneself, most often first; then what most chose."""
    rest = past.popular / (1 + past.popular.max(initial=0))
    return lambda rows: np.asarray(past.profiles[rows].toarray() + rest, dtype=np.float32)


def _same(scores: NDArray[np.float64], rows: Rows) -> Scores:
    return np.broadcast_to(scores.astype(np.float32), (len(rows), len(scores)))


def _neighbours(evenness: float) -> Callable[[Past], Scorer]:
    def learn(past: Past) -> Scorer:
        """Things that the same persons chose: how alike each two are. ``evenness`` takes off for being popular."""
        known = _learnt_from(past)
        together = np.asarray((known.T @ known).todense(), dtype=np.float32)
        alone = np.maximum(together.diagonal().copy(), 1e-9)
        alike = together / (alone[:, None] ** (1 - evenness) * alone[None, :] ** evenness + _SHRINK)
        weight = past.damped
        return lambda rows: np.asarray(weight[rows] @ alike, dtype=np.float32)

    return learn


def _own_and_neighbours(past: Past) -> Scorer:
    """What one chose oneself comes first; between equals, and after it, what is most alike to it."""
    alike = _neighbours(0.0)(past)

    def score(rows: Rows) -> Scores:
        more = alike(rows)
        return past.profiles[rows].toarray() + more / (1e-9 + 1.01 * more.max(axis=1, keepdims=True))

    return score


def _factors(count: int) -> Callable[[Past], Scorer]:
    def learn(past: Past) -> Scorer:
        """A few tastes that all profiles are nearly mixed of (a factorisation of the matrix of choices)."""
        known: Matrix = normalize(_learnt_from(past, binary=False))
        wanted = max(1, min(count, min(known.shape) - 1))
        directions = randomized_svd(known, wanted, n_iter=4, random_state=0)[2].astype(np.float32)  # pyright: ignore[reportArgumentType]  # a number will do
        weight: Matrix = normalize(past.damped)
        return lambda rows: np.asarray((weight[rows] @ directions.T) @ directions, dtype=np.float32)

    return learn


def _learnt_from(past: Past, *, binary: bool = True) -> Matrix:
    """The profiles of persons who chose two things or more; some of them, evenly, where they are very many."""
    chosen = np.flatnonzero(np.diff(past.profiles.indptr) > 1)
    chosen = chosen[:: -(-len(chosen) // LEARNERS) or 1] if len(chosen) else np.arange(min(1, past.profiles.shape[0]))
    if not binary:
        return past.damped[chosen]
    known = past.profiles[chosen].copy()
    known.data[:] = 1
    # Who chose very much says less of each pair.
    breadth = np.maximum(np.diff(known.indptr), 1)
    return diags((breadth / 10).clip(1) ** -0.25).astype(np.float32) @ known


RULES: tuple[Way, ...] = (
    Way("popular", "the same list for all: what most persons chose", _popular),
    Way("recent", "the same list for all: what was chosen most lately", _recent),
    Way("own", "each person's own choices, then what most chose", _own),
)
LEARNT: tuple[Way, ...] = (
    *(
        Way(
            "neighbours",
            "who chose this also chose that (item-item similarity)",
            _neighbours(evenness),
            learns=True,
            setting=f"evenness {evenness:g}",
        )
        for evenness in (0.0, 0.5)
    ),
    *(
        Way(
            "factors",
            "tastes found in all choices (matrix factorisation)",
            _factors(count),
            learns=True,
            setting=f"{count} factors",
        )
        for count in (8, 32)
    ),
    Way(
        "own and neighbours",
        "each person's own choices, then what goes with them",
        _own_and_neighbours,
        learns=True,
    ),
)
