"""What the hosts of a job tell each other of their series before they learn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import msgspec
import numpy as np

from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.deepar import schema, statistics
from fieldstone.algorithms.deepar.series import Series, SeriesError
from fieldstone.algorithms.deepar.statistics import Statistics
from fieldstone.algorithms.deepar.windows import Norms
from fieldstone.contract.training import Channel, Job

_SHARDED = "ShardedByS3Key"


class Known(msgspec.Struct):
    """What is known of the series to learn from, on all hosts.

    Attributes:
        cardinality: The sizes of the categories that the series have.
        features: How many dynamic features they have.
        statistics: Of all of them.
    """

    cardinality: tuple[int, ...]
    features: int
    statistics: Statistics


_KNOWN = msgspec.msgpack.Decoder(Known)


@dataclass(frozen=True, slots=True)
class Team:
    """The hosts of a job.

    Attributes:
        peers: The others.
        number: Which of them this is, from 0.
        count: How many there are.
        channels: What they read.
    """

    peers: Peers
    number: int
    count: int
    channels: Mapping[str, Channel]

    @classmethod
    def gather(cls, job: Job) -> "Team":
        """Wait until all are there."""
        peers = Peers(job.hosts, job.current_host)
        return cls(peers, job.hosts.index(job.current_host), len(job.hosts), job.channels)

    def has_all(self, channel: str) -> bool:
        """Whether each host has all series of a channel, and not only its share."""
        return self.channels[channel].distribution != _SHARDED

    def share(self, channel: str) -> float:
        """How much of what this host has of a channel is its own to work on."""
        return 1 / self.count if self.has_all(channel) else 1.0

    def own(self, channel: str, series: Sequence[Series]) -> Sequence[Series]:
        """The series of a channel that this host works on and no other."""
        return series[self.number :: self.count] if self.has_all(channel) else series

    def meet(self, series: Sequence[Series]) -> Known:
        """What is known of the series of all.

        Raises:
            SeriesError: They do not have the same fields.
        """
        own = Known(schema.count_categories(series), schema.count_features(series), statistics.measure(series))
        said = [_KNOWN.decode(word) for word in self.peers.exchange(msgspec.msgpack.encode(own))]
        there = [known for known in said if known.statistics.series] or [own]
        if len({(len(known.cardinality), known.features) for known in there}) > 1:
            raise SeriesError("The series of one host have cat or dynamic_feat, and those of another do not.")
        counted = [own] if self.has_all("train") else there
        return Known(
            tuple(max(sizes) for sizes in zip(*(known.cardinality for known in there), strict=True)),
            there[0].features,
            reduce(Statistics.__add__, (known.statistics for known in counted)),
        )

    def find_norms(self, series: Sequence[Series], scale: float, features: int) -> Norms:
        """What numbers are divided by: the same on all hosts.

        Args:
            series: This host's.
            scale: The mean size of all points.
            features: How many dynamic features are used.
        """
        total, squares = np.zeros(features), np.zeros(features)
        for one in series if features else ():
            total += one.dynamic.sum(axis=1, dtype=np.float64)
            squares += (one.dynamic.astype(np.float64) ** 2).sum(axis=1)
        length = float(sum(len(one) for one in series))
        lengths, total, squares = self.peers.add(np.array([length]), total, squares)
        mean = total / max(lengths[0], 1)
        variance = np.maximum(squares / max(lengths[0], 1) - mean**2, 0)
        deviation = np.where(variance > 1e-12 * mean**2, np.sqrt(variance), 1.0)
        return Norms(scale, mean.astype(np.float32), np.where(deviation > 0, deviation, 1.0).astype(np.float32))
