"""The channels of a job: which there may be, and their rows, in batches that fit into memory whatever the data are."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fieldstone.algorithms.amazon import delimited, records
from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.batch import Batch, find_infinite
from fieldstone.algorithms.amazon.content_types import ContentType
from fieldstone.algorithms.amazon.pieces import PIECE, take_pieces
from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.contract.training import Channel, UserError

CHUNK = PIECE
"""Bytes of a file that are read at a time."""
RECORDIO = "application/x-recordio-protobuf"
"""What a channel holds that does not say; the SDK's `record_set` does not."""
Check = Callable[[Batch], None]
"""Looks at rows that were read, and raises a `RecordError` for one that may not be."""
_HINT = (
    ". Without label_size, text/csv says that the first column is the label: if there is none, "
    "use text/csv;label_size=0 as content type"
)


def _pass(_batch: Batch) -> None:
    """The check of those who take all rows."""


@dataclass(frozen=True)
class Source:
    """The rows of one channel.

    Attributes:
        channel: Where they are.
        width: How many features a row must have; None for as many as the first has.
        tensors: The types that the numbers of its records may have.
    """

    channel: Channel
    width: int | None
    tensors: frozenset[str]

    @cached_property
    def content(self) -> ContentType:
        """What the channel holds."""
        return ContentType.parse(self.channel.content_type or RECORDIO)

    @property
    def labels(self) -> int:
        """How many columns of a CSV, from the first, are labels.

        Raises:
            UserError: The content type says something else than a number.
        """
        given = self.content.parameters.get("label_size", "1")
        if not given.isdecimal():
            raise UserError(f"label_size in ContentType {self.channel.content_type} must be a number from 0")
        return int(given)

    def batches(self, epoch: int = 0, check: Check = _pass) -> Iterator[Batch]:
        """All rows, once; file by file in the order of their names, or as they come through the pipe of this epoch.

        Args:
            epoch: Whose pipe is read, where there are pipes.
            check: What rows must stand up to beside being readable.

        Raises:
            UserError: A row cannot be read, or the check finds fault with it; the message names the file and the row.
        """
        for file in self._files(epoch):
            yield from _Reading(self, file, check).batches()

    def _files(self, epoch: int) -> list[Path]:
        folder = self.channel.path
        if self.channel.mode == "Pipe":
            return [folder.with_name(f"{folder.name}_{epoch}")]
        return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._")


def find_sources(channels: Mapping[str, Channel], algorithm: Algorithm, width: int | None) -> dict[str, Source]:
    """The channels of a job that an algorithm reads, by name.

    Args:
        channels: The job's.
        algorithm: What it knows; the first of its channels must be there.
        width: How many features a row must have.

    Raises:
        UserError: One is missing, unknown, or holds what the algorithm does not read.
    """
    check_names(channels, algorithm.channels, required=algorithm.channels[:1])
    sources = {name: Source(channel, width, algorithm.tensors) for name, channel in channels.items()}
    for source in sources.values():
        if source.content.format not in algorithm.formats:
            raise UserError(f"No iterator has been registered for ContentType ('{source.channel.content_type}', '1.0')")
        _ = source.labels
    return sources


def check_names(given: Collection[str], known: Collection[str], *, required: Collection[str]) -> None:
    """Look whether a job has the channels that it must have, and no others.

    Raises:
        UserError: One is missing or unknown.
    """
    unfit = (
        "Unable to initialize the algorithm. Failed to validate input data configuration. (caused by ValidationError)"
    )
    if missing := [name for name in required if name not in given]:
        raise UserError(f"{unfit}\n\nCaused by: '{missing[0]}' is a required property")
    if unknown := [name for name in given if name not in known]:
        raise UserError(f"{unfit}\n\nCaused by: Additional properties are not allowed ('{unknown[0]}' was unexpected)")


class _Reading:
    """One file, being read."""

    def __init__(self, source: Source, file: Path, check: Check) -> None:
        self._source = source
        self._file = file
        self._approve = check
        self._width = source.width
        self._before = 0
        """The records, or lines, that have been read."""

    def batches(self) -> Iterator[Batch]:
        read = self._read_csv if self._source.content.format == "csv" else self._read_records
        yield from filter(len, take_pieces(self._file, read, CHUNK))

    def _read_csv(self, data: bytes, *, last: bool) -> tuple[Batch, int]:
        body = data if last else data[: data.rfind(b"\n") + 1]
        labels = self._source.labels
        width = self._width
        if width is None and (found := delimited.count_columns(body)):
            width = found - labels
            if width < 1:
                raise UserError(
                    f"Unable to parse csv: row {self._before + 1} of file {self._file.name} has {found} columns, and "
                    f"label_size is {labels}: there are no features"
                )
        width = width or 0
        try:
            table = delimited.read(body, width + labels)
        except delimited.CsvError as error:
            reason = error.mistake.describe(width + labels, self._file.name, self._before)
            mistake = error.mistake
            unsaid = mistake.column is None and not mistake.text and "label_size" not in self._source.content.parameters
            raise UserError(f"Unable to parse csv: {reason}{_HINT if unsaid else ''}") from error
        batch = Batch(table[:, labels:], table[:, :labels] if labels else None)
        if len(batch):
            self._width = width
            try:
                self._approve(batch)
            except RecordError as error:
                raise self._refuse("row", delimited.find_line(body, error.number), error) from error
        self._before += body.count(b"\n")
        return batch, len(body)

    def _read_records(self, data: bytes, *, last: bool) -> tuple[Batch, int]:
        try:
            batch, taken = records.read(data)
            self._check(batch, cut_off=last and taken < len(data))
        except RecordError as error:
            channel = self._source.channel
            raise UserError(
                f"Unable to read data channel '{channel.name}'. Requested content-type is "
                f"'{channel.content_type or RECORDIO}'. Please verify the data matches the requested content-type. "
                f"(Record {self._before + error.number + 1} of file {self._file.name}: {error.reason})"
            ) from error
        if len(batch):
            try:
                self._approve(batch)
            except RecordError as error:
                raise self._refuse("record", error.number, error) from error
        self._before += len(batch)
        return batch, taken

    def _refuse(self, what: str, number: int, error: RecordError) -> UserError:
        place = f"{what} {self._before + number + 1} of file {self._file.name}"
        return UserError(f"{error.reason} (channel '{self._source.channel.name}', {place})")

    def _check(self, batch: Batch, *, cut_off: bool) -> None:
        if cut_off:
            raise RecordError(len(batch), "the file ends within it")
        if not len(batch):
            return
        width = batch.features.shape[1]
        if self._width is not None and width != self._width:
            raise RecordError(0, f"it has {width} features instead of {self._width}")
        if batch.tensor not in self._source.tensors:
            raise RecordError(0, f"its features are a {batch.tensor} and not a {' or '.join(self._source.tensors)}")
        self._width = width
        for part in (batch.features, batch.labels):
            if part is not None and (wrong := find_infinite(part)) is not None:
                raise RecordError(wrong, "it has a number that is not finite")
