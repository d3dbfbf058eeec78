"""How many groups there are, if any: groups formed again and again on parts of the cases, and judged on other parts.

For each number of groups, k-means is run on two parts, and both sort a third. They agree or not (adjusted Rand index:
0 by chance, 1 fully); and there is a valley between every two groups, or not. Groups are real where both hold. The
same is done for one cloud of the same correlations, to show how much agreement is worth nothing.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.metrics import adjusted_rand_score

from fieldstone.framing.discovery.encoding import Encoded, Floats
from fieldstone.framing.discovery.groups.centres import FEWEST, Labels, centres, sort
from fieldstone.framing.discovery.groups.valleys import Valley, valleys

MOST = 8
"""The largest number of groups tried: more than people keep apart."""
SIGNIFICANCE = 0.05
AGREE = 0.7
LIMIT = 6_000
_SPLITS, _CLOUDS = 5, 3
_PARTS = (0.4, 0.8)
"""Where cases are cut: two parts to form groups by, and the rest to compare them on."""
_Tried = dict[int, tuple[float, Valley]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One number of groups.

    Attributes:
        groups: How many.
        agreement: How far two models agree on cases neither has seen, in each split.
        by_chance: The same in one cloud of the same correlations.
        depth: Cases half-way between the two groups least apart, for each at the emptier of their centres; median.
        chance: How likely valleys as clear as these are in one cloud; corrected for the numbers of groups tried.
        comes_back: For each group of the first model: how much of it is a group again (Jaccard), mean over splits.
    """

    groups: int
    agreement: tuple[float, ...]
    by_chance: tuple[float, ...]
    depth: float
    chance: float

    @property
    def real(self) -> bool:
        """Whether the groups stand apart and come back."""
        return self.chance <= SIGNIFICANCE and float(np.median(self.agreement)) >= AGREE


@dataclass(frozen=True, slots=True)
class Grouping:
    """What was tried, and the number of groups that holds; None where none does."""

    attempts: tuple[Attempt, ...]
    groups: int | None


def find(encoded: Encoded, *, seed: int = 0, most: int = MOST) -> Grouping:
    """Try numbers of groups from 2 up; the largest whose groups all stand apart is taken."""
    matrix, amounts = _some(encoded.matrix, seed), encoded.amounts
    most = max(2, min(most, len(matrix) // (3 * FEWEST)))
    tries = [_tried(matrix, amounts, most, split) for split in range(_SPLITS)]
    clouds = [_tried(_cloud(matrix, seed + at), amounts, most, at) for at in range(_CLOUDS)]
    attempts = tuple(_attempt(number, tries, clouds, most - 1) for number in range(2, most + 1))
    real = [one.groups for one in attempts if one.real]
    return Grouping(attempts, max(real) if real else None)


def _some(matrix: Floats, seed: int) -> Floats:
    return matrix[np.random.default_rng(seed).permutation(len(matrix))[:LIMIT]]


def _attempt(groups: int, tries: list[_Tried], clouds: list[_Tried], tried: int) -> Attempt:
    worst = [one[groups][1] for one in tries]
    chance = min(1.0, 2 * tried * float(np.median([valley.chance for valley in worst])))
    depth = float(np.median([valley.depth for valley in worst]))
    agreement, by_chance = (tuple(one[groups][0] for one in each) for each in (tries, clouds))
    return Attempt(groups, agreement, by_chance, depth, chance)


def _tried(matrix: Floats, amounts: Labels, most: int, split: int) -> _Tried:
    """Return, for each number of groups, how far models of two parts agree on the rest, and the least clear valley.

    Valleys are those of the first part's groups, in cases that they were not formed by.
    """
    mixed = np.random.default_rng(split).permutation(len(matrix))
    parts = np.split(mixed, [int(share * len(mixed)) for share in _PARTS])
    first, second = (centres(matrix[part], amounts, most, seed=split) for part in parts[:2])
    apart, unseen = matrix[parts[2]], matrix[np.concatenate(parts[1:])][:, amounts]
    found: _Tried = {}
    for groups in first:
        agreed = float(adjusted_rand_score(sort(first[groups], apart), sort(second[groups], apart)))
        between = valleys(first[groups][:, amounts], unseen)
        found[groups] = agreed, max(between, key=lambda valley: (valley.chance, valley.depth))
    return found


def _cloud(matrix: Floats, seed: int) -> Floats:
    """Return as many cases of one cloud with the same correlations."""
    rng = np.random.default_rng(seed)
    spread = np.atleast_2d(np.cov(matrix, rowvar=False))
    drawn = partial(rng.multivariate_normal, np.zeros(matrix.shape[1]), spread, method="eigh")
    return drawn(len(matrix))
