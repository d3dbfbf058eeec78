"""What is learnt from: samples, each an image that is still to be read, with its label and the place where it lies."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldstone.contract.training import Channel, UserError

Floats = NDArray[np.float32]


class Sample(NamedTuple):
    """One image.

    Attributes:
        label: (1,) the number of its class, or (classes,) a 0 or 1 for each.
        read: Gives its bytes; what it raises names the place.
        place: What it is called in an error.
    """

    label: Floats
    read: Callable[[], bytes]
    place: str


class Source(Protocol):
    """The images of a channel."""

    @property
    def channel(self) -> Channel:
        """Where they are."""
        ...

    @property
    def labels(self) -> Floats | None:
        """(n, l) the labels of all of them; None where they are known only when they have come."""
        ...

    def samples(self, order: Sequence[int] | None, epoch: int) -> Iterator[Sample]:
        """Some of the images, by their numbers and in this order; as they come, where there is no order."""
        ...


def unreadable(channel: Channel, reason: str) -> UserError:
    """The error of a channel that holds something else than it says.

    Args:
        channel: The channel.
        reason: What is wrong, and where.
    """
    return UserError(
        f"Unable to read data channel '{channel.name}'. Requested content-type is '{channel.content_type}'. Please "
        f"verify the data matches the requested content-type. ({reason})"
    )
