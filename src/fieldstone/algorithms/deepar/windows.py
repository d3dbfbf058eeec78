"""Windows of series: the points before a forecast and those of it, with all that a network is told of each.

A window of a series has `context_length` points before the forecast begins, and `prediction_length` after; the lags
reach back further. What lies before a series is 0, and was not observed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.deepar.hyperparameters import Shape
from fieldstone.algorithms.deepar.series import Series

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

LEAST_BATCHES = 10
"""An epoch has about as many batches at least, however few series there are; AWS's log tells that of its own."""


BLIND = np.float32(0.1)
"""So much is learned from a window without a point in its context: its scale is a guess, and its loss may be any."""


class Windows(NamedTuple):
    """Some windows.

    Attributes:
        values: (n, f + l) the points, those that only lags reach first.
        observed: (n, l) which are there.
        weights: (n, l) how much is learned from each; nothing from those that are missing.
        features: (n, l, k) what else is told of each.
        scale: (n, 1) by which points are divided.
        cat: (n, c) the categories.
    """

    values: Floats
    observed: Floats
    weights: Floats
    features: Floats
    scale: Floats
    cat: Integers


@dataclass(frozen=True, slots=True)
class Norms:
    """What numbers are divided by.

    Attributes:
        scale: For a window without a point in its context: the mean size of all points.
        means: (k,) of the dynamic features.
        deviations: (k,) of the dynamic features.
    """

    scale: float
    means: Floats
    deviations: Floats


class Draw(NamedTuple):
    """The windows of an epoch.

    Attributes:
        which: (n,) the numbers of series.
        where: (n,) the points at which forecasts begin.
    """

    which: Integers
    where: Integers


def cut(series: Sequence[Series], where: Sequence[int] | Integers, shape: Shape, norms: Norms) -> Windows:
    """The windows of series whose forecasts begin at some points.

    Args:
        series: (n) the series.
        where: (n,) the points, from 0 to the length of the series.
        shape: The model's.
        norms: What numbers are divided by.
    """
    frequency = shape.frequency
    length = shape.context_length + shape.prediction_length
    reach = max(frequency.lags())
    begins = np.asarray(where, np.int64) - shape.context_length
    values = np.zeros((len(series), reach + length), np.float32)
    observed = np.zeros((len(series), length), np.float32)
    dynamic = np.zeros((len(series), shape.num_dynamic_feat, length), np.float32)
    for number, (one, begin) in enumerate(zip(series, begins.tolist(), strict=True)):
        _copy(one.values, begin - reach, values[number])
        _copy(one.observed, begin, observed[number])
        if shape.num_dynamic_feat:
            _copy(one.dynamic, begin, dynamic[number])
    places = begins[:, None] + np.arange(length)
    times = frequency.times(np.array([one.start for one in series], "M8[m]"), places)
    age = np.log10(2.0 + np.maximum(places, 0))[..., None]
    known = (dynamic.transpose(0, 2, 1) - norms.means) / norms.deviations
    context = slice(reach, reach + shape.context_length)
    told = observed[:, : shape.context_length]
    weights = observed * np.where(told.any(axis=1, keepdims=True), np.float32(1), BLIND)
    return Windows(
        values,
        observed,
        weights,
        np.concatenate([frequency.describe(times), age, known], axis=-1, dtype=np.float32),
        _measure(values[:, context], told, norms.scale, shape),
        np.array([one.cat for one in series], np.int64).reshape(len(series), -1)[:, : len(shape.cardinality)],
    )


def _copy(source: NDArray[Any], begin: int, target: NDArray[Any]) -> None:
    """Fill the target with what of the source begins there; what lies outside of the source stays as it is."""
    length = target.shape[-1]
    first, last = max(begin, 0), min(begin + length, source.shape[-1])
    if first < last:
        target[..., first - begin : last - begin] = source[..., first:last]


def _measure(context: Floats, observed: Floats, fallback: float, shape: Shape) -> Floats:
    """The mean size of the points that are there."""
    if shape.likelihood == "beta":
        return np.ones((len(context), 1), np.float32)
    total = (np.abs(context) * observed).sum(axis=1, dtype=np.float64)
    mean = total / np.maximum(observed.sum(axis=1), 1)
    return np.where(mean > 0, mean, fallback).astype(np.float32)[:, None]


def count_passes(series: float, batch: int) -> tuple[int, float]:
    """How often an epoch goes over the series, and how likely each is taken.

    Args:
        series: How many there are; of those that all hosts have, this one's share.
        batch: How many windows are taken at a time.
    """
    wanted = max(1.0, LEAST_BATCHES * batch / max(series, 1))
    passes = math.ceil(wanted)
    return passes, wanted / passes


def draw(lengths: Integers, times: float, random: np.random.Generator) -> Draw:
    """The windows of an epoch: each point of a series is as likely as any other to be where one begins.

    Each series is taken about as often as any other, so that the losses of epochs can be compared.

    Args:
        lengths: (n,) at how many points of each series a forecast may begin.
        times: How many windows are taken of a series, on average.
        random: Where chance comes from.
    """
    counts = np.floor(times + random.random(len(lengths))).astype(np.int64) * (lengths > 0)
    which = random.permutation(np.repeat(np.arange(len(lengths)), counts))
    return Draw(which, random.integers(0, lengths[which]))


def draw_exactly(lengths: Integers, count: int, random: np.random.Generator) -> Draw:
    """So many windows, of series that are as likely each."""
    which = random.choice(np.flatnonzero(lengths), count)
    return Draw(which, random.integers(0, lengths[which]))


def in_batches(drawn: Draw, size: int) -> Iterator[Draw]:
    """Windows so many at a time; the last may be fewer."""
    for begin in range(0, len(drawn.which), size):
        yield Draw(drawn.which[begin : begin + size], drawn.where[begin : begin + size])
