"""Which cases stand out: farther out than ordinary cases would go.

How far ordinary cases go is read off the middle of the same data: their tails, carried on (``tails``). So data that
reach far out by nature, or columns that go together, have nothing unusual by that alone. Scores over several columns
are fitted on one half of the cases and asked about the other, both ways round. A case stands out surely if not one in
twenty sets of ordinary cases of this size would hold one like it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.discovery.encoding import Encoded, Floats
from fieldstone.framing.discovery.oddities import scoring
from fieldstone.framing.discovery.oddities.scoring import Score
from fieldstone.framing.discovery.oddities.tails import tail

SIGNIFICANCE = 0.05
Halves = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What one score says.

    Attributes:
        name: In words.
        rarity: For each case, the share of ordinary cases that are as far out.
        surely: Which cases stand out surely.
        agreement: How much of the cases first in line is the same by what each half alone tells.
    """

    name: str
    rarity: Floats
    surely: NDArray[np.bool_]
    agreement: float

    def line(self, first: int) -> NDArray[np.intp]:
        """Return the cases first in line, the most unusual first."""
        return np.argsort(self.rarity, kind="stable")[:first]


def judge(encoded: Encoded, first: int, *, seed: int = 0) -> tuple[Judged, ...]:
    """Judge the cases by each score, the plainest first; agreement is about so many first in line."""
    mixed = np.random.default_rng(seed).permutation(len(encoded.matrix))
    halves = (np.sort(mixed[::2]), np.sort(mixed[1::2]))
    amounts = encoded.matrix[:, encoded.amounts]
    found = [_judged("the column farthest out", *_by_column(amounts, halves), first)]
    if amounts.shape[1] > 1:
        found.append(_judged("how the columns fit together", *_by_model(amounts, halves, scoring.by_fit), first))

    def forest(known: Floats) -> Score:
        return scoring.by_forest(known, seed=seed)

    found.append(_judged("an isolation forest", *_by_model(encoded.matrix, halves, forest), first))
    return tuple(found)


def _judged(name: str, rarity: Floats, by_halves: list[Floats], first: int) -> Judged:
    tops = [set(np.argsort(each, kind="stable")[:first].tolist()) for each in by_halves]
    agreement = len(tops[0] & tops[1]) / max(first, 1)
    return Judged(name, rarity, rarity <= SIGNIFICANCE / (3 * len(rarity)), agreement)


def _by_column(matrix: Floats, halves: Halves) -> tuple[Floats, list[Floats]]:
    """Return the rarity of each case by its rarest column; and as each half alone tells it."""
    return _rarest(matrix, matrix), [_rarest(matrix[half], matrix) for half in halves]


def _rarest(known: Floats, matrix: Floats) -> Floats:
    """Return the share of ordinary cases with any column as far out, at either end."""
    ends = 2 * matrix.shape[1]
    rarest = np.ones(len(matrix))
    for place in range(matrix.shape[1]):
        for side in (1.0, -1.0):
            rarest = np.minimum(rarest, _rarity(side * known[:, place], side * matrix[:, place]))
    return np.minimum(ends * rarest, 1.0)


def _by_model(matrix: Floats, halves: Halves, learn: Callable[[Floats], Score]) -> tuple[Floats, list[Floats]]:
    """Return the rarity of each case by the model of the half that it is not in; and by each half's model."""
    rarity, by_halves = np.ones(len(matrix)), list[Floats]()
    for known, unseen in (halves, halves[::-1]):
        scores = learn(matrix[known])(matrix)
        rarity[unseen] = _rarity(scores[unseen], scores[unseen])
        by_halves.append(-scores)
    return rarity, by_halves


def _rarity(usual: Floats, scores: Floats) -> Floats:
    """Return the share of ordinary scores that are as high; from the upper fifth on by the tail carried on."""
    far = tail(usual)
    ranked = np.sort(usual)
    shares = 1 - np.searchsorted(ranked, scores, side="left") / len(ranked)
    return np.where(scores > far.start, far.beyond(scores), shares)
