"""Lists of ten against what persons chose afterwards: how much of it was in them, and how far up."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.recommending.past import Choices, Matrix, Past, counted, remember
from fieldstone.framing.recommending.ways import Rows, Scorer

LENGTH = 10
TESTED = 3_000
"""So many persons are judged on; more would not move a figure that matters."""

Task = Literal["anything", "new"]
"""What may be offered: anything, or only what a person has not had before."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Trial:
    """A past, and what those who have one chose after it.

    Attributes:
        past: What is known at the moment.
        rows: The persons judged on: with choices before and after.
        wanted: Those persons x catalogue: what each chose afterwards, 0 or 1.
        outside: How many things each chose afterwards that are not in the catalogue.
        length: How long a list is: ten, or a third of a small catalogue.
    """

    past: Past
    rows: Rows
    wanted: Matrix
    outside: NDArray[np.int64]
    length: int


@dataclass(frozen=True, slots=True)
class Scored:
    """How a way's lists did.

    Attributes:
        rows: Which of the trial's persons could be judged: those who chose something that may be offered.
        ndcg: For each of them 0 to 1: what was wanted, weighed by how far up the list it stood.
        hit: For each of them whether any of it was in the list.
        offered: How many different things stood in all lists.
    """

    rows: Rows
    ndcg: NDArray[np.float64]
    hit: NDArray[np.float64]
    offered: int


def trial(earlier: Choices, later: Choices, *, items: int, persons: int, seed: int = 0) -> Trial:
    """Set a past against what followed it, on a bounded number of persons."""
    past = remember(earlier, items=items, persons=persons)
    known = np.diff(past.profiles.indptr) > 0
    rows = np.unique(later.person)
    rows = rows[known[rows]]
    if len(rows) > TESTED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, TESTED, replace=False))
    wanted = counted(later, past.place, persons, len(past.catalogue))[rows]
    wanted.data[:] = 1
    return Trial(
        past,
        rows.astype(np.intp),
        wanted,
        _outside(later, past, rows, items),
        min(LENGTH, max(1, len(past.catalogue) // 3)),
    )


def _outside(later: Choices, past: Past, rows: NDArray[np.int32], items: int) -> NDArray[np.int64]:
    """How many different things each person chose that are not in the catalogue."""
    unknown = past.place[later.item] < 0
    pairs = np.unique(later.person[unknown].astype(np.int64) * items + later.item[unknown])
    return np.bincount((pairs // items).astype(np.int64), minlength=int(rows.max(initial=0)) + 1)[rows]


def had(past: Past, rows: Rows) -> NDArray[np.bool_]:
    """Which things persons chose before: rows x catalogue."""
    return np.asarray(past.profiles[rows].toarray() > 0)


def judge(one: Trial, scorer: Scorer, task: Task) -> Scored:
    """Fill the lists and hold them against what was chosen."""
    discount = 1 / np.log2(np.arange(2, one.length + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    ndcg, hit = np.zeros(len(one.rows)), np.zeros(len(one.rows))
    many = np.zeros(len(one.rows), dtype=np.int64)
    offered = np.zeros(len(one.past.catalogue), dtype=bool)
    for start in range(0, len(one.rows), _CHUNK):
        part = np.arange(start, min(start + _CHUNK, len(one.rows)))
        wanted, scores = one.wanted[part].toarray() > 0, scorer(one.rows[part])
        if task == "new":
            before = had(one.past, one.rows[part])
            wanted, scores = wanted & ~before, np.where(before, -np.inf, scores)
        top = _top(scores, one.length)
        right = np.take_along_axis(wanted, top, axis=1)
        many[part] = wanted.sum(axis=1) + one.outside[part]
        ndcg[part] = right @ discount / np.maximum(ideal[np.minimum(many[part], one.length)], 1e-9)
        hit[part] = right.any(axis=1)
        offered[top.ravel()] = True
    judged = np.flatnonzero(many > 0)
    return Scored(judged, ndcg[judged], hit[judged], int(offered.sum()))


def _top(scores: NDArray[np.float32], length: int) -> NDArray[np.intp]:
    """The places of the best of each row, best first; of equals the more popular, which stands first."""
    if length >= scores.shape[1]:
        return np.argsort(-scores, axis=1, kind="stable")
    # A hair for each place makes ties fall to the more popular, whatever the partition does.
    hair = 1e-12 * (1 + np.abs(scores).max(initial=0, where=np.isfinite(scores)))
    shaded = scores.astype(np.float64) - np.arange(scores.shape[1]) * hair
    best = np.argpartition(-shaded, length - 1, axis=1)[:, :length]
    order = np.argsort(-np.take_along_axis(shaded, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def random_scorer(one: Trial, *, seed: int = 0) -> Scorer:
    """Lists by chance: what any list must beat."""
    rng = np.random.default_rng(seed)
    return lambda rows: rng.random((len(rows), len(one.past.catalogue)), dtype=np.float32)
