"""CSV: no header, the label in the first column, a weight in the second if asked for, an empty field for nothing."""

import csv
from io import TextIOWrapper
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import delimited
from fieldstone.algorithms.xgboost.rows import Rows
from fieldstone.contract.training import UserError

DELIMITERS = (",", "\t", ";", "|", " ")


def sniff(line: str) -> str | None:
    """The delimiter of a line of CSV: the most frequent one, the usual ones first; None when there is none."""
    line = line.strip()
    delimiter = max(DELIMITERS, key=line.count)
    return delimiter if delimiter in line else None


def sniff_file(file: Path) -> str:
    """The delimiter of a file, taken from its first line.

    Raises:
        UserError: There is none.
    """
    with _open(file) as text:
        line = text.readline()
    delimiter = sniff(line)
    if delimiter is None:
        raise UserError(f"Could not determine delimiter on line {line[:50].rstrip()} of file {file.name}")
    return delimiter


def read_file(file: Path, delimiter: str, *, columns: int, weighted: bool = False) -> Rows:
    """Read one file of labelled rows.

    Args:
        file: The file.
        delimiter: What stands between two fields.
        columns: The number of fields that every row must have.
        weighted: Whether the second field is the row's weight.

    Raises:
        UserError: A row has another number of fields, or no number in a field; the message names file and row.
    """
    table = _read_numbers(file, delimiter, columns)
    unlabelled = np.flatnonzero(np.isnan(table[:, 0]))
    if len(unlabelled):
        raise UserError(f"Row {unlabelled[0] + 1} of file {file.name} has no label in its first column.")
    first = 2 if weighted else 1
    return Rows(labels=table[:, 0], weights=table[:, 1] if weighted else None, features=table[:, first:])


def count_columns(file: Path, delimiter: str) -> int:
    """The number of fields in the first row of a file, 0 without a row."""
    with _open(file) as text:
        return next((len(row) for row in csv.reader(text, delimiter=delimiter) if row), 0)


def _read_numbers(file: Path, delimiter: str, columns: int) -> NDArray[np.float32]:
    try:
        return delimited.parse(file, columns, delimiter=delimiter)
    except pa.ArrowInvalid as error:
        # Arrow is fast and says little; reading again, slowly, until the mistake is found costs nothing that matters.
        with _open(file) as text:
            mistake = delimited.find_mistake(text, columns, delimiter=delimiter)
        found = mistake.describe(columns, file.name) if mistake else error
        raise UserError(f"Failed to load csv data: {found}") from error


def _open(file: Path) -> TextIOWrapper:
    return file.open(encoding="utf-8-sig", errors="replace", newline="")
