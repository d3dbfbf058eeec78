"""Normalisation: learnt from the first rows, applied to every batch, and folded out of the finished weights."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.rows import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """How many rows there were, their mean, and the sum of the squared distances from it, by column."""

    rows: int
    mean: Floats
    squares: Floats

    def spread(self) -> Floats:
        """The standard deviations; 1 where all values are the same."""
        deviation = np.sqrt(self.squares / max(self.rows, 1))
        # What is left of a constant column by rounding is no spread.
        return np.where(deviation > 1e-7 * np.abs(self.mean), deviation, 1.0)


@dataclass(frozen=True, slots=True)
class Scaler:
    """Column by column, the normalised value is (value - shift) / scale; both are numbers of single precision."""

    shift: Floats
    scale: Floats

    def apply(self, rows: Rows) -> Rows:
        """Normalise rows, in single precision; sparse ones stay sparse, as their shift is 0."""
        scale = self.scale.astype(np.float32)
        if isinstance(rows, csr_matrix):
            values = (rows.data / scale[rows.indices]).astype(np.float32)
            return csr_matrix((values, rows.indices, rows.indptr), shape=rows.shape)
        # Rows as channels have them lose nothing by the difference being taken in their own, single, precision.
        normalised = (rows - self.shift.astype(rows.dtype)).astype(np.float32, copy=False)
        normalised /= scale
        return normalised

    def fold(self, weights: Floats, label: "Scaler | None" = None) -> Floats:
        """Weights for rows as they came.

        Args:
            weights: For normalised rows: features x scores, and a last line of biases.
            label: How the labels were normalised, if they were.
        """
        slopes = weights[:-1] / self.scale[:, None]
        bias = weights[-1] - self.shift @ slopes
        if label is None:
            return np.vstack([slopes, bias])
        return np.vstack([slopes * label.scale, bias * label.scale + label.shift])


def moments(rows: Rows) -> Moments:
    """The moments of dense or sparse rows."""
    if not isinstance(rows, csr_matrix):
        values = rows.astype(np.float64)
        mean = values.mean(axis=0)
        return Moments(len(rows), mean, np.asarray(((values - mean) ** 2).sum(axis=0)))
    count = cast(tuple[int, int], rows.shape)[0]
    values = rows.astype(np.float64)
    mean = np.asarray(values.sum(axis=0)).ravel() / count
    squares = np.asarray(values.multiply(values).sum(axis=0)).ravel() - count * mean**2
    return Moments(count, mean, np.maximum(squares, 0.0))


def merge(one: Moments, other: Moments) -> Moments:
    """The moments of the rows of both, as two hosts have them."""
    rows = one.rows + other.rows
    apart = other.mean - one.mean
    return Moments(
        rows,
        one.mean + apart * (other.rows / rows),
        one.squares + other.squares + apart**2 * (one.rows * other.rows / rows),
    )


def scaler(known: Moments, *, normalize: bool, unbias: bool) -> Scaler:
    """How to normalise: divide by the spread, if so wished, after taking off the mean, if so wished."""
    shift = known.mean if unbias else np.zeros_like(known.mean)
    # Numbers so small that single precision rounds them to nothing must not be divided by.
    scale = np.maximum(known.spread(), np.finfo(np.float32).tiny) if normalize else np.ones_like(known.mean)
    return Scaler(*(part.astype(np.float32).astype(np.float64) for part in (shift, scale)))
