"""Ways to answer, weighed side by side: for numbers, classes and labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.choice.record import Alternative
from fieldstone.framing.choice.wording import ahead, worth
from fieldstone.methods.resampling import Floats, percentiles, resampled_means


@dataclass(frozen=True, slots=True)
class Answering:
    """A way to answer, and what its answer brought in each case; for numbers also how far it was too high."""

    name: str
    does: str
    brought: Floats
    condition: str = ""
    excess: Floats | None = None
    learned: bool = False


def weighed(
    ways: Sequence[Answering], *, seed: int, dealt: NDArray[np.int64] | None = None
) -> tuple[tuple[Alternative, ...], bool]:
    """The ways with what they bring, and whether the first is better than all without a model by more than chance.

    ``dealt`` is each case's block, as in ``resampled_means``.
    """
    brought = np.column_stack([way.brought for way in ways])
    drawn = resampled_means(brought, seed=seed, dealt=dealt) * 1000
    means = brought.mean(axis=0) * 1000
    alternatives = tuple(
        Alternative(
            name=way.name,
            does=way.does,
            value=percentiles(means[at], drawn[:, at]),
            behind=percentiles(means[0] - means[at], drawn[:, 0] - drawn[:, at]),
            learned=way.learned,
            condition=way.condition,
            over=None if way.excess is None else 1000 * float(np.mean(way.excess > 0)),
            under=None if way.excess is None else 1000 * float(np.mean(way.excess < 0)),
        )
        for at, way in enumerate(ways)
    )
    plain = drawn[:, [not way.learned for way in ways]].max(axis=1)
    return alternatives, bool(np.quantile(drawn[:, 0] - plain, 0.025) > 0)


def compared(alternatives: Sequence[Alternative], unit: str, *, pays: bool) -> str:
    """What the first brings, and what the best way without a model would, in a sentence."""
    plain = max((one for one in alternatives if not one.learned), key=lambda one: one.value.value)
    what = worth(alternatives[0].value.value, unit)
    return f"It {what} per 1,000 cases, {ahead(plain.behind, unit, plain.does, pays=pays)}."
