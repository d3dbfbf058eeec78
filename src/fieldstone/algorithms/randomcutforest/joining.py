"""The samples of several hosts, joined at the first one: only rows that stay in the sample of all travel."""

import numpy as np

from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.randomcutforest.points import Points
from fieldstone.algorithms.randomcutforest.sampling import Reservoir


def join(reservoir: Reservoir, peers: Peers, capacity: int, features: int) -> Points:
    """The sample of the rows of all hosts, in random order; on hosts that do not lead, of their own rows.

    Hosts say the numbers that their rows drew, so all know which are the least of them, and send the rows of these.

    Args:
        reservoir: What this host has kept.
        peers: The others.
        capacity: How many rows a sample has at most, the same on all hosts.
        features: How many numbers a row has.

    Raises:
        ConnectionError: A host has ended before it had said its share.
    """
    rows, draws = reservoir.kept()
    told = [np.frombuffer(word) for word in peers.exchange(draws.tobytes())]
    together = np.concatenate(told)
    bound = np.partition(together, capacity - 1)[capacity - 1] if len(together) > capacity else 1.0
    sent = peers.gather(b"" if peers.leads else rows[draws <= bound].tobytes())
    if not peers.leads:
        return rows
    for theirs, word in zip(told[1:], sent[1:], strict=True):
        given = np.frombuffer(word, np.float32).reshape(-1, features)
        reservoir.join(given, theirs[theirs <= bound], len(given))
    return reservoir.kept()[0]
