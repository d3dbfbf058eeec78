"""CSV: no header, the label in the first column, a weight in the second if asked for, an empty field for nothing."""

import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import delimited
from fieldstone.algorithms.amazon.pieces import PIECE, take_lines, take_pieces
from fieldstone.algorithms.xgboost.rows import Piece, Rows
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


def count_columns(file: Path, delimiter: str) -> int:
    """The number of fields in the first row of a file, 0 without a row."""
    with _open(file) as text:
        return next((len(row) for row in csv.reader(text, delimiter=delimiter) if row), 0)


def read_file(
    file: Path, delimiter: str, *, columns: int, weighted: bool = False, size: int = PIECE
) -> Iterator[Piece]:
    """Read one file of labelled rows.

    Args:
        file: The file.
        delimiter: What stands between two fields.
        columns: The number of fields that every row must have.
        weighted: Whether the second field is the row's weight.
        size: Bytes to read at a time.

    Raises:
        UserError: A row has another number of fields, or no number in a field; the message names file and row.
    """
    before = 0
    first = 2 if weighted else 1
    for body in take_pieces(file, take_lines(bytes), size):
        if body.strip():
            table = _read_numbers(body, delimiter, columns, file.name, before)
            rows = Rows(labels=table[:, 0], weights=table[:, 1] if weighted else None, features=table[:, first:])
            yield Piece(rows, _locator(body, file.name, before))
        before += body.count(b"\n")


def _read_numbers(body: bytes, delimiter: str, columns: int, name: str, before: int) -> NDArray[np.float32]:
    try:
        return delimited.parse(pa.BufferReader(body), columns, delimiter=delimiter)
    except pa.ArrowInvalid as error:
        # Arrow is fast and says little; reading again, slowly, until the mistake is found costs nothing that matters.
        text = io.StringIO(body.decode("utf-8-sig", errors="replace"), newline="")
        mistake = delimited.find_mistake(text, columns, delimiter=delimiter)
        found = mistake.describe(columns, name, before) if mistake else f"{error} in file {name}"
        raise UserError(f"Failed to load csv data with exception:\n{found}") from error


def _locator(body: bytes, name: str, before: int) -> Callable[[int], str]:
    def locate(row: int) -> str:
        filled = (number for number, line in enumerate(body.split(b"\n"), before + 1) if line.strip(b"\r"))
        return f"row {next(islice(filled, row, None))} of file {name}"

    return locate


def _open(file: Path) -> io.TextIOWrapper:
    return file.open(encoding="utf-8-sig", errors="replace", newline="")
