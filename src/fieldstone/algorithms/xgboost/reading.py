"""From the files of the channels to rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from fieldstone.algorithms.xgboost import delimited, labels, log, recordio, sparse
from fieldstone.algorithms.xgboost.channels import Source
from fieldstone.algorithms.xgboost.rows import Piece, Rows, is_dense
from fieldstone.contract.training import UserError

Parts = list[Rows]
"""The rows of a channel, in pieces."""
Table = tuple[Parts, Parts | None]
"""Those to learn from, and, if the job has that channel, those to validate with."""


def read(train: Source, validation: Source | None, options: Mapping[str, Any]) -> Table:
    """The rows of the training data and, if there are any, of the validation data.

    Args:
        train: Where the training data are.
        validation: Where the validation data are, if the job has that channel.
        options: The hyperparameters.

    Raises:
        UserError: The data cannot be read, have no labels or ones that the objective does not take, or differ in width.
    """
    rows = _read_source(train, options)
    if validation is None:
        return rows, None
    checks = _read_source(validation, options)
    widths = rows[0].features.shape[1], checks[0].features.shape[1]
    if is_dense(rows[0].features) and widths[0] != widths[1]:
        raise UserError(f"The training data have {widths[0]} features and the validation data {widths[1]}.")
    return rows, checks


def _read_source(source: Source, options: Mapping[str, Any]) -> Parts:
    parts: Parts = []
    for piece in _pieces(source, options):
        features = piece.rows.features
        if parts and is_dense(features) and features.shape[1] != parts[0].features.shape[1]:
            raise UserError(
                f"{_sentence(piece.locate(0))} has {features.shape[1]} features instead of "
                f"{parts[0].features.shape[1]}."
            )
        labels.check(piece, options)
        parts.append(piece.rows)
    if not any(map(len, parts)):
        raise UserError(
            "Got input data without labels. Please check the input data set. If training job is running on multiple "
            "instances, please switch to using single instance if number of records in the data set is less than "
            "number of workers (16 * number of instance) in the cluster."
        )
    return parts


def _pieces(source: Source, options: Mapping[str, Any]) -> Iterator[Piece]:
    files = [file for file in source.files if file.stat().st_size]
    match source.format:
        case "csv":
            delimiter = delimited.sniff_file(files[0])
            log.info(f"Determined delimiter of CSV input is '{delimiter}'")
            columns = delimited.count_columns(files[0], delimiter)
            weighted = options.get("csv_weights") == 1
            for file in files:
                yield from delimited.read_file(file, delimiter, columns=columns, weighted=weighted)
        case "parquet":
            from fieldstone.algorithms.xgboost import parquet  # noqa: PLC0415 - only such files need it

            yield from parquet.read_files(source.files)
        case _:
            read_file = sparse.read_file if source.format == "libsvm" else recordio.read_file
            for file in files:
                yield from read_file(file)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
