"""CSV without a header, read by Arrow; and, where that fails, read again to say which row is to blame."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

_LARGEST = float(np.finfo(np.float32).max)
"""The largest number that is finite in single precision."""


def parse(
    source: Any, columns: int, *, delimiter: str = ",", kind: Any = None, quotes: bool = True
) -> NDArray[np.float32]:
    """The numbers of a CSV, (n, columns); an empty field is NaN.

    Args:
        source: A path, or a file of bytes.
        columns: The fields that every row must have.
        delimiter: What stands between two fields.
        kind: What the numbers are read as first; floats of 32 bits if nothing else.
        quotes: Whether fields may stand in quotes.

    Raises:
        pyarrow.ArrowInvalid: A row has another number of fields, or no number in one.
    """
    names = [str(column) for column in range(columns)]
    table = arrow_csv.read_csv(
        source,
        arrow_csv.ReadOptions(column_names=names),
        arrow_csv.ParseOptions(delimiter=delimiter, quote_char='"' if quotes else False),
        arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, kind or pa.float32()), null_values=[""]),
    )
    numbers = np.empty((table.num_rows, columns), np.float32)
    for index, column in enumerate(table.columns):
        numbers[:, index] = column.to_numpy()
    return numbers


def read(body: bytes, columns: int) -> NDArray[np.float32]:
    """The numbers of some whole lines, (n, columns), each of them finite.

    Raises:
        CsvError: A row has another number of fields, or no number in one.
    """
    if not body.strip():
        return np.empty((0, columns), np.float32)
    try:
        numbers = parse(pa.BufferReader(body), columns)
    except pa.ArrowInvalid as error:
        raise CsvError(find_mistake(_lines(body), columns) or Mistake(0, columns), str(error)) from error
    if not np.isfinite(numbers).all():
        raise CsvError(find_mistake(_lines(body), columns, gaps=False) or Mistake(0, columns))
    return numbers


def count_columns(body: bytes) -> int:
    """The fields of the first row that has any; 0 without one."""
    return next((len(row) for row in csv.reader(_lines(body)) if row), 0)


def find_line(body: bytes, row: int) -> int:
    """The line, counted from 0, in which a row ends; lines that are empty are no rows."""
    reader = csv.reader(_lines(body))
    next(islice(filter(None, reader), row, None))
    return reader.line_num - 1


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a row.

    Attributes:
        row: Its line, counted from 0.
        fields: How many fields it has.
        column: Which of them is no number, counted from 1; None if it is their number that is wrong.
        text: What stands there.
    """

    row: int
    fields: int
    column: int | None = None
    text: str = ""

    def describe(self, columns: int, file: str | None = None, before: int = 0) -> str:
        """Say it.

        Args:
            columns: The number of fields that there should be.
            file: Where the row stands.
            before: The lines that came before those that were read.
        """
        line, place = self.row + before + 1, f" of file {file}" if file else ""
        if self.column is None:
            return f"row {line}{place} has {self.fields} columns instead of {columns}"
        hint = " CSV data must not have a header line." if line == 1 and self.text else ""
        return f"'{self.text[:50]}' in row {line}, column {self.column}{place} is not a number.{hint}"


class CsvError(ValueError):
    """Lines that are not rows of so many numbers."""

    def __init__(self, mistake: Mistake, reason: str = "") -> None:
        super().__init__(reason)
        self.mistake = mistake


def find_mistake(lines: Iterable[str], columns: int, *, delimiter: str = ",", gaps: bool = True) -> Mistake | None:
    """The first row that is not so many numbers; None if all are.

    Args:
        lines: The text.
        columns: The fields that every row must have.
        delimiter: What stands between two fields.
        gaps: Whether a number may be missing, or be none that is finite.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    for row in filter(None, reader):
        if len(row) != columns:
            return Mistake(reader.line_num - 1, len(row))
        for number, field in enumerate(row, 1):
            if not (gaps and not field.strip()) and not _is_number(field, finite=not gaps):
                return Mistake(reader.line_num - 1, len(row), number, field)
    return None


def _is_number(field: str, *, finite: bool) -> bool:
    try:
        return abs(float(field)) <= _LARGEST or not finite
    except ValueError:
        return False


def _lines(body: bytes) -> io.StringIO:
    return io.StringIO(body.decode("utf-8-sig", errors="replace"), newline="")
