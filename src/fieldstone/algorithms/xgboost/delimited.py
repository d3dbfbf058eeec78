"""CSV: no header, the label in the first column, a weight in the second if asked for, an empty field for nothing."""

import csv
from io import TextIOWrapper
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

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
    names = [str(column) for column in range(columns)]
    try:
        table = arrow_csv.read_csv(
            file,
            arrow_csv.ReadOptions(column_names=names),
            arrow_csv.ParseOptions(delimiter=delimiter),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float32()), null_values=[""]),
        )
    except pa.ArrowInvalid as error:
        raise UserError(f"Failed to load csv data: {_find_mistake(file, delimiter, columns) or error}") from error
    numbers = np.empty((table.num_rows, columns), np.float32)
    for index, column in enumerate(table.columns):
        numbers[:, index] = column.to_numpy()
    return numbers


def _find_mistake(file: Path, delimiter: str, columns: int) -> str | None:
    # Arrow is fast and says little; reading again, slowly, until the mistake is found costs nothing that matters.
    with _open(file) as text:
        reader = csv.reader(text, delimiter=delimiter)
        for row in filter(None, reader):
            if len(row) != columns:
                return f"row {reader.line_num} of file {file.name} has {len(row)} columns instead of {columns}"
            for number, field in enumerate(row, 1):
                if field.strip() and not _is_number(field):
                    return _describe(
                        field, f"row {reader.line_num}, column {number} of file {file.name}", reader.line_num
                    )
    return None


def _describe(field: str, place: str, row: int) -> str:
    hint = " CSV data must not have a header line." if row == 1 else ""
    return f"'{field[:50]}' in {place} is not a number.{hint}"


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _open(file: Path) -> TextIOWrapper:
    return file.open(encoding="utf-8-sig", errors="replace", newline="")
