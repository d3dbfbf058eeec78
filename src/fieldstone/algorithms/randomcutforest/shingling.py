"""Series as rows that a forest understands: each moment together with those before it, a shingle.

A forest that sees single values finds only values that are unusual at all times. One that sees a day's worth of hours
finds a usual value at an unusual hour.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def shingle(series: ArrayLike, size: int) -> NDArray[np.floating]:
    """Make rows of ``size`` moments each of a series (n,), or (n, d) with several values a moment.

    Returns:
        An array (n - size + 1, size * d), oldest moment first, as AWS's open implementation lays them out. Row i ends
        at moment ``i + size - 1``; there is none where the series is shorter than a shingle. To go on with a later
        piece of the series, put the last ``size - 1`` moments of the earlier one in front of it.

    Raises:
        ValueError: The size is less than 1, or the series has more than two dimensions or none.
    """
    moments = np.asarray(series)
    if not np.issubdtype(moments.dtype, np.floating):
        moments = moments.astype(np.float64)
    if size < 1 or moments.ndim not in {1, 2}:
        raise ValueError(f"no shingles of {size} moments can be made of an array of shape {moments.shape}")
    moments = moments.reshape(len(moments), -1)
    width = moments.shape[1]
    if len(moments) < size:
        return np.empty((0, size * width), moments.dtype)
    windows = np.lib.stride_tricks.sliding_window_view(moments, size, axis=0)
    return windows.transpose(0, 2, 1).reshape(-1, size * width)


def align(scores: NDArray[np.floating], size: int) -> NDArray[np.floating]:
    """The scores of shingles, by moment: each that of the shingle which ends there; NaN where none has yet."""
    return np.concatenate([np.full(size - 1, np.nan), scores])
