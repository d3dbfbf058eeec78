"""Which cases come by together, and so are drawn together when the range of a figure is sought."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.methods.resampling import deal

_STRETCHES = 200


def blocks(count: int, entities: NDArray[Any] | None, *, seed: int) -> NDArray[np.int64]:
    """Each case's block; all cases of one entity are in one."""
    if entities is None:
        return deal(count, seed=seed)
    numbers = np.unique(entities.astype(str), return_inverse=True)[1]
    return deal(count, seed=seed, together=numbers.astype(np.int64))


def stretches(count: int, least: int) -> NDArray[np.int64]:
    """The stretch of each period of a time series: about 200, of ``least`` periods at least; neighbours err alike."""
    return np.arange(count) // max(least, count // _STRETCHES, 1)
