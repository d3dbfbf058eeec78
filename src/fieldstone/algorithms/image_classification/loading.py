"""Batches of pixels, made by threads ahead of the one that learns from them: Pillow decodes outside Python's lock."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import numpy as np

from fieldstone.algorithms.image_classification.augmenting import Preparation
from fieldstone.algorithms.image_classification.decoding import ImageError, Pixels
from fieldstone.algorithms.image_classification.samples import Floats, Sample, unreadable
from fieldstone.contract.training import Channel


class Batch(NamedTuple):
    """Some images.

    Attributes:
        images: (n, channels, height, width) numbers from 0 to 255.
        labels: (n, 1) numbers of classes, or (n, classes) zeros and ones.
    """

    images: Pixels
    labels: Floats


class Loader:
    """Makes batches.

    Args:
        threads: How many do so at a time.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="images")

    def load(
        self, samples: Iterable[Sample], channel: Channel, size: int, preparation: Preparation, seed: tuple[int, ...]
    ) -> Iterator[Batch]:
        """The images in their order, ``size`` at a time; the last batch has the rest.

        Args:
            samples: The images.
            channel: Where they are from, for what is said of an error.
            size: How many a batch has.
            preparation: What becomes of an image.
            seed: Of the chances in it.

        Raises:
            UserError: An image cannot be read, or is too small; names it.
        """
        waiting: deque[Future[Batch]] = deque()
        rest = iter(samples)
        number = 0
        try:
            while some := list(islice(rest, size)):
                draws = np.random.default_rng((*seed, number))
                waiting.append(self._pool.submit(_make, some, channel, preparation, draws))
                number += 1
                if len(waiting) > self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _make(samples: list[Sample], channel: Channel, preparation: Preparation, draws: np.random.Generator) -> Batch:
    images: list[Pixels] = []
    for sample in samples:
        try:
            images.append(preparation.prepare(sample.read(), draws))
        except ImageError as error:
            raise unreadable(channel, f"{sample.place}: {error}") from error
    return Batch(np.stack(images), np.stack([sample.label for sample in samples]))
