"""Images that come through a pipe, each epoch anew: as image records, or as pairs of an image and its label."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.algorithms.image_classification import records
from fieldstone.algorithms.image_classification.labels import LabelError, Labels, parse
from fieldstone.algorithms.image_classification.records import ImageRecord
from fieldstone.algorithms.image_classification.samples import Sample, unreadable
from fieldstone.contract.training import Channel


class Piped:
    """The images of a channel in Pipe mode.

    An augmented manifest gives a record for each attribute: `AttributeNames` must name the image first, then its label.
    """

    labels = None

    def __init__(self, channel: Channel, labels: Labels) -> None:
        self.channel = channel
        self._labels = labels
        self._opened = 0

    def samples(self, order: Sequence[int] | None, epoch: int) -> Iterator[Sample]:  # noqa: ARG002 - as they come
        """The images of the pipe that comes next; there is one for each epoch.

        Raises:
            UserError: A record or a label is wrong; names it.
        """
        pipe = self.channel.path.with_name(f"{self.channel.name}_{self._opened}")
        self._opened += 1
        pairs = self.channel.record_wrapper == "RecordIO"
        with pipe.open("rb") as file:
            try:
                for number, (given, image) in enumerate(_read_pairs(file) if pairs else _read(file)):
                    place = f"Image {number + 1} of {pipe.name}"
                    try:
                        label = self._labels.read(given)
                    except LabelError as error:
                        raise unreadable(self.channel, f"{place}: {error}") from error
                    yield Sample(label, lambda image=image: image, place)
            except RecordError as error:
                raise unreadable(self.channel, f"Record {error.number + 1} of {pipe.name}: {error.reason}") from error


def _read(file: BinaryIO) -> Iterator[ImageRecord]:
    for number, content in enumerate(records.read(file)):
        yield records.parse(content, number)


def _read_pairs(file: BinaryIO) -> Iterator[ImageRecord]:
    number = 0
    while (image := records.read_one(file, number)) is not None:
        label = records.read_one(file, number + 1)
        if label is None:
            raise RecordError(number, "it is an image without a label: AttributeNames must name two attributes")
        try:
            yield ImageRecord(parse(label.decode(errors="replace")), image)
        except LabelError as error:
            raise RecordError(
                number + 1, f"{error}; AttributeNames must name the image first, then its label"
            ) from error
        number += 2
