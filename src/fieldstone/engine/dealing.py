"""Which host gets what of a list, and in which order, epoch by epoch."""

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Share(NamedTuple):
    """One of several equal shares: the first of three is ``Share(0, 3)``."""

    first: int = 0
    step: int = 1


WHOLE = Share()


def deal(items: Sequence[T], share: Share = WHOLE, seed: int | None = None, epoch: int = 0) -> Sequence[T]:
    """A share of a list that is dealt out one by one, in order; with a seed it is shuffled anew for every epoch first.

    Hosts that shuffle the same list by the same seed get shares that are whole together. A share may be empty.
    """
    if seed is not None:
        items = list(items)
        random.Random(f"{seed} {epoch}").shuffle(items)  # noqa: S311  # not for secrets
    return items[share.first :: share.step]
