"""RecordIO-protobuf: features and label of a record are called `values`; what a sparse one does not give is missing."""

from collections.abc import Callable, Iterator
from pathlib import Path

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.pieces import take_pieces
from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.algorithms.xgboost.rows import Piece, Rows
from fieldstone.contract.training import UserError


def read_file(file: Path) -> Iterator[Piece]:
    """Read one file of labelled records.

    Raises:
        UserError: It is cut off, has something else than records, or one without a label; the message names file and
            record.
    """
    before = 0
    reading = take_pieces(file, _take)
    while True:
        try:
            batch = next(reading, None)
            if batch is None:
                return
            rows = _label(batch) if len(batch) else None
        except RecordError as error:
            raise UserError(
                "Failed to load recordio-protobuf data with exception:\n"
                f"record {before + error.number + 1} of file {file.name}: {error.reason}"
            ) from error
        if rows is not None:
            yield Piece(rows, _locator(file.name, before))
            before += len(rows)


def _take(data: bytes, /, *, last: bool) -> tuple[Batch, int]:
    batch, taken = records.read(data)
    if last and taken < len(data):
        raise RecordError(len(batch), "the file ends within it")
    return batch, taken


def _label(batch: Batch) -> Rows:
    if batch.labels is None:
        raise RecordError(0, "it has no label. Got input data without labels. Please check the input data set.")
    if batch.labels.shape[1] != 1:
        raise RecordError(0, f"it has {batch.labels.shape[1]} labels instead of 1")
    return Rows(labels=batch.labels[:, 0], features=batch.features)


def _locator(name: str, before: int) -> Callable[[int], str]:
    return lambda row: f"record {before + row + 1} of file {name}"
