"""A step of several hosts: the slopes of the features that any of them has met, added up."""

import numpy as np

from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.factorization_machines.plans import Singles
from fieldstone.algorithms.factorization_machines.training import Integers


def add(
    peers: Peers, touched: Integers, slopes: Singles, slope: float, count: int
) -> tuple[Integers, Singles, float, int]:
    """What `training.Share` is to be, on hosts that are in touch.

    Features are said first, so that all hosts know the places of all; then one sum is taken, in double precision.

    Args:
        peers: The others.
        touched: (u,) the features of this host's rows.
        slopes: (u, 1 + k) theirs.
        slope: The bias's.
        count: Of how many rows they are the sum.
    """
    words = peers.exchange(touched.tobytes())
    together = np.unique(np.concatenate([np.frombuffer(word, np.int32) for word in words]))
    spread = np.zeros((len(together), slopes.shape[1]))
    spread[np.searchsorted(together, touched)] = slopes
    sums, rest = peers.add(spread, np.array([slope, float(count)]))
    return together, sums.astype(np.float32), float(rest[0]), int(rest[1])


def any_left(peers: Peers, *, here: bool) -> bool:
    """Whether any host has rows for one more step."""
    return bool(peers.add(np.array([float(here)]))[0][0])
