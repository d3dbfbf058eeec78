"""K-Means put together: a stream becomes a summary, summaries of several hosts one, and that the centres."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.rows import Rows, length, stack
from fieldstone.algorithms.kmeans import sampling, streaming
from fieldstone.algorithms.kmeans.geometry import Floats, nearest, squared_distances
from fieldstone.algorithms.kmeans.reducing import Attempt, Lloyd, improve, reduce

_BYTES = 256 * 2**20
"""No sample is bigger than this, unless it has to be to hold the centres."""
_EACH, _TRIED = 2000, 120
"""So many rows of a sample for each centre: to place it, and to tell which of the trials ends best."""
_FEWEST = 200
"""With fewer the stream's own centres are better placed."""
_FINALISTS = 3
"""So many of the trials are gone on with over the rows."""


class TooFewRows(ValueError):  # noqa: N818 - a mistake in the data, named as one
    """There are fewer rows than centres asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The hyperparameters that say how to train, under AWS's names and with its defaults.

    Attributes:
        k: How many centres to find.
        extra_center_factor: How many times more there are in the stream.
        init_method: How those begin: ``random`` or ``kmeans++``.
        half_life_time_size: After so many rows the weight of a row has halved; 0: it never does.
        epochs: How often to go over the rows.
        local_lloyd: The reduction to ``k``.
    """

    k: int
    extra_center_factor: int = 10
    init_method: str = "random"
    half_life_time_size: int = 0
    epochs: int = 1
    local_lloyd: Lloyd = field(default_factory=Lloyd)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a host knows of its rows: it is small however many there are."""

    rows: int
    centers: streaming.Centers
    sample: sampling.Sample


@dataclass(frozen=True, slots=True)
class Model:
    """The result.

    Attributes:
        centers: k x features.
        msd: The mean squared distance of the rows, as far as the sample tells; exact where it holds all of them.
        attempts: The mean squared distance, of the stream's centres from the reduced ones, of every trial.
    """

    centers: Floats
    msd: float
    attempts: tuple[float, ...]


def summarise(read: Callable[[], Iterable[Rows]], plan: Plan, draws: np.random.Generator) -> Summary:
    """Go over the rows ``plan.epochs`` times.

    Args:
        read: Begins at the first row each time, and gives batches of about ``mini_batch_size`` rows.
        plan: How to train.
        draws: Where chance comes from.

    Raises:
        TooFewRows: There is no row at all.
    """
    wanted = plan.k * plan.extra_center_factor
    first, batches = _head(read(), wanted)
    centers = streaming.begin(first, wanted, plan.init_method, draws)
    sampler = sampling.Sampler(_size(first, plan.k, wanted), plan.half_life_time_size, draws)
    rows = 0
    for batch in batches:
        rows += length(batch)
        sampler.add(batch)
        centers = streaming.absorb(centers, batch, draws, half_life=plan.half_life_time_size)
    for _ in range(1, plan.epochs):
        for batch in read():
            centers = streaming.absorb(centers, batch, draws, half_life=plan.half_life_time_size)
    return Summary(rows, centers, sampler.sample())


def merge(parts: Sequence[Summary], plan: Plan) -> Summary:
    """What several hosts know, as if one had read all their rows."""
    wanted = plan.k * plan.extra_center_factor
    size = max(_size(part.sample.rows, plan.k, wanted) for part in parts)
    samples = [part.sample for part in parts]
    return Summary(
        rows=sum(part.rows for part in parts),
        centers=streaming.merge([part.centers for part in parts]),
        sample=samples[0] if len(samples) == 1 else sampling.merge(samples, size),
    )


def finish(summary: Summary, plan: Plan, draws: np.random.Generator) -> Model:
    """Find the centres.

    Raises:
        TooFewRows: There are fewer rows than centres.
    """
    require_rows(summary.rows, plan.k)
    attempts = reduce(summary.centers, plan.k, plan.local_lloyd, draws)
    return Model(*_place(summary.sample, attempts, plan), attempts=tuple(attempt.msd for attempt in attempts))


def require_rows(rows: int, k: int) -> None:
    """See to it that there are enough rows, on all hosts together.

    Raises:
        TooFewRows: There are fewer than centres.
    """
    if rows < k:
        raise TooFewRows(f"The training data has {rows} data points, fewer than k={k}.")


def score(rows: Rows, centers: Floats, weights: Floats) -> float:
    """The weighted mean squared distance of rows from the centres closest to them."""
    return float(weights @ squared_distances(rows, centers, nearest(rows, centers)) / weights.sum())


def evaluate(batches: Iterable[Rows], centers: Floats) -> dict[str, float]:
    """The metrics over all rows: ``ssd``, the sum of squared distances, and ``msd``, their mean; NaN of no rows."""
    rows, total = 0, 0.0
    for batch in batches:
        rows += length(batch)
        total += float(squared_distances(batch, centers, nearest(batch, centers)).sum())
    return {"msd": total / rows if rows else np.nan, "ssd": total}


def _place(sample: sampling.Sample, attempts: Sequence[Attempt], plan: Plan) -> tuple[Floats, float]:
    """Go on from the reduced centres over the rows of the sample; the centres, and their msd there."""
    finalists, weights = sorted(attempts, key=_msd)[:_FINALISTS], sample.standing()
    best = finalists[0]
    if not sample.whole and len(weights) < _FEWEST * plan.k:
        return best.centers, score(sample.rows, best.centers, weights)
    few = sampling.merge([sample], _TRIED * plan.k)
    tried = (improve(few.rows, few.standing(), attempt.centers, plan.local_lloyd) for attempt in finalists)
    placed = improve(sample.rows, weights, min(tried, key=_msd).centers, plan.local_lloyd)
    return placed.centers, placed.msd


def _msd(attempt: Attempt) -> float:
    return attempt.msd


def _head(batches: Iterable[Rows], wanted: int) -> tuple[Rows, Iterator[Rows]]:
    """The first batches, until there is a row for every centre; and all of them."""
    following = iter(batches)
    head: list[Rows] = []
    held = 0
    for batch in following:
        head.append(batch)
        held += length(batch)
        if held >= wanted:
            break
    if not held:
        raise TooFewRows("The training data has no data points.")
    return stack(head), chain(head, following)


def _size(rows: Rows, k: int, wanted: int) -> int:
    stored = rows.data.nbytes + rows.indices.nbytes if isinstance(rows, csr_matrix) else rows.nbytes
    return max(wanted, min(_EACH * k, _BYTES // max(stored // length(rows), 1)))
