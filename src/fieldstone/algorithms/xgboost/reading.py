"""From the files of the channels to XGBoost's matrices."""

from collections.abc import Sequence

import numpy as np
import xgboost

from fieldstone.algorithms.xgboost import delimited, log, ring, sparse
from fieldstone.algorithms.xgboost.channels import Source
from fieldstone.algorithms.xgboost.rows import Rows, concatenate, widen
from fieldstone.contract.training import UserError

Table = tuple[Rows, Rows | None]
Matrices = tuple[xgboost.DMatrix, xgboost.DMatrix | None]


def read(train: Source, validation: Source | None, *, weighted: bool) -> Table:
    """The rows of the training data and, if there are any, of the validation data.

    Args:
        train: Where the training data are.
        validation: Where the validation data are, if the job has that channel.
        weighted: Whether the second column of a CSV is the row's weight.

    Raises:
        UserError: The data cannot be read, have no labels, or differ in width.
    """
    rows = _read_source(train, weighted=weighted)
    if validation is None:
        return rows, None
    checks = _read_source(validation, weighted=weighted)
    _check_widths(rows, checks)
    return rows, checks


def build(table: Table, threads: int) -> Matrices:
    """XGBoost's matrices, as wide as the widest of all hosts in the ring.

    Args:
        table: The rows.
        threads: How many threads may build.

    Raises:
        UserError: The hosts' data differ in width, or XGBoost does not take them.
    """
    rows, checks = table
    width = _agree_on_width(table)
    return _build(rows, width, threads), None if checks is None else _build(checks, width, threads)


def _read_source(source: Source, *, weighted: bool) -> Rows:
    rows = concatenate(_read_csv(source, weighted=weighted) if source.format == "csv" else _read_libsvm(source))
    if not len(rows.labels):
        raise UserError(
            "Got input data without labels. Please check the input data set. If training job is running on multiple "
            "instances, please switch to using single instance if number of records in the data set is less than "
            "number of workers (16 * number of instance) in the cluster."
        )
    return rows


def _read_csv(source: Source, *, weighted: bool) -> Sequence[Rows]:
    files = [file for file in source.files if file.stat().st_size]
    delimiter = delimited.sniff_file(files[0])
    log.info(f"Determined delimiter of CSV input is '{delimiter}'")
    columns = delimited.count_columns(files[0], delimiter)
    return [delimited.read_file(file, delimiter, columns=columns, weighted=weighted) for file in files]


def _read_libsvm(source: Source) -> Sequence[Rows]:
    parts: list[Rows] = []
    for file in source.files:
        try:
            parts.append(sparse.parse(file.read_bytes().splitlines()))
        except ValueError as error:
            raise UserError(
                f"Failed to load libsvm data: {error}. Please ensure the file {file.name} is in 'LIBSVM' format."
            ) from error
    return parts


def _check_widths(train: Rows, validation: Rows) -> None:
    widths = train.features.shape[1], validation.features.shape[1]
    if isinstance(train.features, np.ndarray) and widths[0] != widths[1]:
        raise UserError(f"The training data have {widths[0]} features and the validation data {widths[1]}.")


def _agree_on_width(table: Table) -> int:
    widths = ring.gather(np.array([part.features.shape[1] for part in table if part is not None]))
    if isinstance(table[0].features, np.ndarray) and widths.min() != widths.max():
        raise UserError(f"The data of the hosts differ: some have {widths.min()} features, others {widths.max()}.")
    return int(widths.max())


def _build(rows: Rows, width: int, threads: int) -> xgboost.DMatrix:
    features = widen(rows.features, width)
    try:
        return xgboost.DMatrix(features, rows.labels, weight=rows.weights, qid=rows.groups, nthread=threads)
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise UserError(f"Failed to load data: {explain(error)}") from error


def explain(error: Exception | str) -> str:
    """What an error or a warning of XGBoost says, without the stack of its library and the place in its source."""
    message = str(error).partition("\nStack trace:")[0].strip()
    place, found, rest = message.partition(": ")
    return rest if found and "/workspace/" in place else message
