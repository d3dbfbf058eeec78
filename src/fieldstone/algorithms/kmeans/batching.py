"""Mini-batches: the rows of a channel as many at a time as was asked for, however they were read."""

from collections.abc import Iterable, Iterator

from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.kmeans.geometry import Rows, length, stack


def cut(batches: Iterable[Batch], size: int) -> Iterator[Rows]:
    """The rows of all batches in their order, ``size`` at a time; the last may be fewer."""
    held: list[Rows] = []
    missing = size
    for batch in batches:
        start = 0
        while len(batch) - start >= missing:
            held.append(batch.features[start : start + missing])
            yield stack(held)
            start += missing
            held, missing = [], size
        if start < len(batch):
            held.append(batch.features[start:])
            missing -= length(held[-1])
    if held:
        yield stack(held)
