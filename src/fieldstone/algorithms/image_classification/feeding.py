"""What a host learns from and is judged by in each epoch: its share of the images, in batches."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from fieldstone.algorithms.image_classification.augmenting import Preparation
from fieldstone.algorithms.image_classification.hosts import Team
from fieldstone.algorithms.image_classification.loading import Batch, Loader
from fieldstone.algorithms.image_classification.samples import Source
from fieldstone.contract.training import UserError

TOO_FEW = "The number of input images must be bigger or equal to the mini_batch_size."
_SEED = 0x1A6E


class Feed:
    """The batches of a channel.

    Args:
        source: The images.
        loader: Makes batches of them.
        preparation: What becomes of an image.
        size: How many images a batch has.
        team: The hosts that share them.
    """

    def __init__(self, source: Source, loader: Loader, preparation: Preparation, size: int, team: Team) -> None:
        self.source = source
        self._loader = loader
        self._preparation = preparation
        self._size = size
        self._team = team
        self._dealt = source.channel.distribution == "ShardedByS3Key"

    def to_learn_from(self, epoch: int) -> Iterator[Batch]:
        """The whole batches of an epoch, in an order of its own; as many on each host. Pipes give theirs.

        Raises:
            UserError: There is not one whole batch, in AWS's words, or an image cannot be read.
        """
        labels = self.source.labels
        order, steps = None, None
        if labels is not None:
            drawn = np.random.default_rng((_SEED, epoch)).permutation(len(labels)).tolist()
            order = self._team.share(drawn, dealt=self._dealt)
            steps = self._team.least(len(order) // self._size)
        given = 0
        samples = self.source.samples(order, epoch)
        seed = (_SEED, epoch, self._team.rank)
        batches = self._loader.load(samples, self.source.channel, self._size, self._preparation, seed)
        for batch in islice(batches, steps):
            if len(batch.labels) == self._size:
                given += 1
                yield batch
        if not given:
            raise UserError(TOO_FEW)

    def to_judge_by(self, epoch: int) -> Iterator[Batch]:
        """All images of an epoch that are this host's to judge by."""
        labels = self.source.labels
        order = None if labels is None else self._team.share(range(len(labels)), dealt=self._dealt)
        samples = self.source.samples(order, epoch)
        preparation = self._preparation.without_chance()
        return self._loader.load(samples, self.source.channel, self._size, preparation, (_SEED, epoch))
