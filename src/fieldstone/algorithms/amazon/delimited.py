"""CSV without a header, read by Arrow; and, where that fails, read again to say which row is to blame."""

import csv
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

csv.field_size_limit(sys.maxsize)  # where a quote is not closed, a field is as long as all that follows it

_LARGEST = float(np.finfo(np.float32).max)
"""The largest number that is finite in single precision."""
_SEPARATORS = frozenset(";\t|")
"""What others put between fields."""
_NO_TEXT = frozenset("\0\ufffd")
"""What bytes that are no text look like: those of a gzipped file, or of UTF-16."""


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
        if (mistake := find_mistake(_lines(body), columns, gaps=False)) is not None:
            raise CsvError(mistake, str(error)) from error
        # What Arrow takes for none, such as +1, is a number after all.
        numbers = np.array([list(map(float, row)) for row in csv.reader(_lines(body)) if row], np.float32)
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
        row: The line in which it begins, counted from 0.
        fields: How many fields it has.
        column: Which of them is no number, counted from 1; None if it is their number that is wrong.
        text: What stands there; the whole row, if it is one field and should be more.
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
        hint = self._find_hint()
        if self.column is None:
            return f"row {line}{place} has {self.fields} columns instead of {columns}{hint and '.' + hint}"
        if not hint and line == 1 and self.text and not _is_number(self.text, finite=False):
            hint = " CSV data must not have a header line."
        return f"'{self.text[:50]}' in row {line}, column {self.column}{place} is not a number.{hint}"

    def _find_hint(self) -> str:
        if _NO_TEXT & set(self.text):
            return " CSV data must be text in UTF-8, and not compressed."
        return " CSV data must have commas between columns." if _SEPARATORS & set(self.text) else ""


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
    end = 0
    for row in reader:
        line, end = end, reader.line_num
        if row and len(row) != columns:
            return Mistake(line, len(row), text=row[0] if len(row) == 1 else "")
        for number, field in enumerate(row, 1):
            if not (gaps and not field.strip()) and not _is_number(field, finite=not gaps):
                return Mistake(line, len(row), number, field)
    return None


def _is_number(field: str, *, finite: bool) -> bool:
    try:
        return "_" not in field and (abs(float(field)) <= _LARGEST or not finite)
    except ValueError:
        return False


def _lines(body: bytes) -> io.StringIO:
    return io.StringIO(body.decode("utf-8-sig", errors="replace"), newline="")
