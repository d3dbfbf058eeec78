"""A uniform sample of labelled rows of a stream of any length, without replacement, in one pass, in the stream's order.

Every row draws a number from 0 to 1, and the rows with the least ones stay: so the sample does not depend on how the
stream is cut into batches, and hosts that each keep their least have the least of all among them. What all rows fit
into is never copied; else a quarter more than the sample is held, so that rows are thrown out many at a time.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.peers import Peers

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Part(NamedTuple):
    """Some rows (n, d), their labels (n,), and what each drew (n,)."""

    rows: Singles
    labels: Singles
    draws: Doubles

    def below(self, bound: float) -> "Part":
        """Those that drew no more than a bound; the part itself if all did."""
        stays = self.draws <= bound
        return self if stays.all() else Part(self.rows[stays], self.labels[stays], self.draws[stays])


class Sampler:
    """Keeps at most ``capacity`` of the rows that are offered; ``seen`` says how many were."""

    def __init__(self, capacity: int, generator: np.random.Generator) -> None:
        self.seen = 0
        self._capacity, self._generator = capacity, generator
        self._parts: list[Part] = []
        self._held = 0
        self._bound = 1.0

    def draw(self, count: int) -> tuple[NDArray[np.int64], Doubles]:
        """Let the next ``count`` rows draw; which of them have a chance to stay, and what these drew."""
        self.seen += count
        drawn = self._generator.random(count)
        chosen = np.flatnonzero(drawn <= self._bound)
        return chosen, drawn[chosen]

    def keep(self, part: Part) -> None:
        """Keep rows that had a chance, until better ones come."""
        self._parts.append(part)
        self._held += len(part.draws)
        if self._held > self._capacity + self._capacity // 4:
            self._settle()

    def parts(self) -> list[Part]:
        """The sample, in the order in which it came: min(capacity, seen) rows."""
        if self._held > self._capacity:
            self._settle()
        return self._parts

    def _settle(self) -> None:
        """Throw out what is beyond the capacity; whoever draws more than all that stay has no chance any more."""
        draws = np.concatenate([part.draws for part in self._parts])
        self._bound = _bound(draws, self._capacity)
        for number, part in enumerate(self._parts):
            self._parts[number] = part.below(self._bound)
        self._parts = [part for part in self._parts if len(part.draws)]
        self._held = sum(len(part.draws) for part in self._parts)


def join(parts: list[Part], peers: Peers, capacity: int) -> Iterator[Part]:
    """The sample of the rows of all hosts, at the first one, in the order of the hosts; at the others, nothing.

    Hosts say what their rows drew, so all know which are the least of them, and send the rows of these only. Parts are
    taken out of the list as they are given, so that their memory can be had again.

    Args:
        parts: What this host has kept.
        peers: The others.
        capacity: How many rows the sample has at most.

    Raises:
        ConnectionError: A host has ended before it had said its share.
    """
    own = np.concatenate([part.draws for part in parts]) if parts else np.empty(0)
    told = np.concatenate([np.frombuffer(word) for word in peers.exchange(own.tobytes())])
    bound = _bound(told, capacity) if len(told) > capacity else 1.0
    sent = peers.gather(b"" if peers.leads else _pack(parts, bound))
    if not peers.leads:
        return
    parts.reverse()
    while parts:
        part = parts.pop().below(bound)
        if len(part.draws):
            yield part
    for word in sent[1:]:
        yield from _unpack(word)


def _bound(draws: Doubles, count: int) -> float:
    return float(np.partition(draws, count - 1)[count - 1])


def _pack(parts: list[Part], bound: float) -> bytes:
    """Rows and labels of some parts: how many rows there are, how wide they are, and the numbers."""
    chosen = [part.below(bound) for part in parts]
    width = chosen[0].rows.shape[1] if chosen else 0
    count = sum(len(part.draws) for part in chosen)
    head = np.array([count, width], np.int64).tobytes()
    return b"".join([head, *(part.rows.tobytes() for part in chosen), *(part.labels.tobytes() for part in chosen)])


def _unpack(word: bytes | bytearray) -> Iterator[Part]:
    count, width = np.frombuffer(word, np.int64, 2).tolist()
    if not count:
        return
    ends = np.cumsum([16, 4 * count * width, 4 * count]).tolist()
    rows, labels = (np.frombuffer(word, np.float32, (end - start) // 4, start) for start, end in pairwise(ends))
    yield Part(rows.reshape(count, width), labels, np.zeros(count))
