"""The moment that divides what is learnt from and what is foretold; and what is known before it.

Everything that is learnt is learnt from a :class:`Past`, which is made of earlier choices alone: the catalogue too has
only what was chosen before the moment.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fieldstone.framing.recommending.interactions import Codes, Interactions

Matrix = Any
"""A ``scipy.sparse.csr_matrix``, of which a type checker knows nothing."""

LATER = 0.2
"""The share of the choices that is foretold."""

CATALOGUE = 4_000
"""So many things can be offered: those that most persons chose before."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Some choices: whose, of what, and when (in microseconds; None where that is not known), in order of time."""

    person: Codes
    item: Codes
    time: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.person)


def split(choices: Choices | Interactions, *, seed: int = 0) -> tuple[Choices, Choices]:
    """Earlier and later choices: cut at one moment for all persons, equal times together.

    Where there are no times (or one only), every fifth choice at random is taken for later.
    """
    count, time = len(choices), choices.time
    start = 0 if time is None or not count else int(np.searchsorted(time, time[int((1 - LATER) * count)]))
    late = np.arange(count) >= start if start else np.random.default_rng(seed).random(count) < LATER
    return _part(choices, ~late), _part(choices, late)


def _part(choices: Choices | Interactions, kept: NDArray[np.bool_]) -> Choices:
    time = None if choices.time is None else choices.time[kept]
    return Choices(choices.person[kept], choices.item[kept], time)


@dataclass(frozen=True)
class Past:
    """What is known at the moment.

    Attributes:
        catalogue: The things that can be offered, most chosen first: places in the list of all things.
        place: For each of all things its place in the catalogue; -1 where it is not in it.
        profiles: Persons x catalogue: how often each person chose each thing.
        recent: How many choices of each thing there were lately; of all choices where there are no times.
    """

    catalogue: Codes
    place: Codes
    profiles: Matrix
    recent: NDArray[np.float64]

    @cached_property
    def popular(self) -> NDArray[np.float64]:
        """How many different persons chose each thing."""
        return np.bincount(self.profiles.indices, minlength=len(self.catalogue)).astype(np.float64)

    @cached_property
    def damped(self) -> Matrix:
        """The profiles with the tenth choice of a thing counting less than the first."""
        damped = self.profiles.copy()
        damped.data = 1 + np.log(damped.data)
        return damped


def remember(earlier: Choices, *, items: int, persons: int) -> Past:
    """What earlier choices tell: counts of things and persons, and nothing else.

    Args:
        earlier: The choices before the moment, in the order of time.
        items: How many things there are in the whole log.
        persons: How many persons.
    """
    pairs = np.unique(earlier.person.astype(np.int64) * items + earlier.item)
    chosen_by = np.bincount((pairs % items).astype(np.int64), minlength=items)
    ranked = np.argsort(-chosen_by, kind="stable")[:CATALOGUE]
    catalogue = ranked[chosen_by[ranked] > 0].astype(np.int32)
    place = np.full(items, -1, np.int32)
    place[catalogue] = np.arange(len(catalogue), dtype=np.int32)
    late = _lately(earlier)
    recent = np.bincount(place[late][place[late] >= 0], minlength=len(catalogue)).astype(np.float64)
    return Past(catalogue, place, counted(earlier, place, persons, len(catalogue)), recent)


def counted(choices: Choices, place: Codes, persons: int, width: int) -> Matrix:
    """Persons x catalogue: how often each person chose each thing of the catalogue."""
    where = place[choices.item]
    kept = where >= 0
    ones = np.ones(int(kept.sum()), np.float32)
    return csr_matrix((ones, (choices.person[kept], where[kept])), shape=(persons, width))


def _lately(earlier: Choices) -> Codes:
    """The things chosen in as long a time before the moment as holds a fifth of the earlier choices."""
    return earlier.item if earlier.time is None else earlier.item[int((1 - LATER) * len(earlier)) :]
