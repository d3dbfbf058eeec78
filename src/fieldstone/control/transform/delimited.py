"""CSV, by the column where it is plain, else by the row. Imported where it is needed: Arrow takes long to import.

Arrow holds no lock of the interpreter, so the server goes on answering while it works.
"""

import csv
import io
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, cast

import pyarrow as pa
from pyarrow import csv as arrow_csv

from fieldstone.control.transform.formats import AssociationError, decode, each, unmatched
from fieldstone.control.transform.jsonpath import NoMatchError, Path

Rows = list[list[str]]
Columns = Any
"""A table of Arrow's, which has no types."""


class Csv:
    """Rows of text; fields stay as they are written."""

    has_names = False

    def read(self, data: bytes, what: str) -> Any:
        """The rows; lines without anything on them are none."""
        table = _read_plain(data)
        return _read_rows(decode(data, what), what) if table is None else table

    def write(self, records: Any) -> bytes:
        """A line a row."""
        if not isinstance(records, list):
            sink = pa.BufferOutputStream()
            arrow_csv.write_csv(records, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="none"))
            return sink.getvalue().to_pybytes()
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(records)
        return buffer.getvalue().encode()

    def select(self, path: Path, records: Any) -> Any:
        """The columns that a path names."""
        if isinstance(records, list):
            return each(_chooser(path), records)
        try:
            chosen = path.columns(records.num_columns)
        except NoMatchError as error:
            raise unmatched(error, 1) from None
        return _table([records.column(number) for number in chosen])

    def join(self, given: Any, answered: Any) -> Any:
        """The columns of both."""
        if not isinstance(given, list) and not isinstance(answered, list):
            return _table([*given.columns, *answered.columns])
        pairs = zip(_by_row(given), _by_row(answered), strict=True)
        return [[*row, *answer] for row, answer in pairs]


def _read_plain(data: bytes) -> Columns:
    """The columns of rows that have no quotes and are all of one width; None where they are not."""
    if b'"' in data:
        return None
    width = (data[: data.find(b"\n") + 1] or data).count(b",") + 1
    names = [str(number) for number in range(width)]
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(column_names=names),
            arrow_csv.ParseOptions(quote_char=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None


def _read_rows(text: str, what: str) -> Rows:
    lines = (line for line in text.split("\n") if line.strip())
    try:
        return list(csv.reader(lines, strict=True))
    except csv.Error as error:
        raise AssociationError(f"Fail to parse {what} as CSV: {error}") from None


def _by_row(records: Any) -> Rows:
    if isinstance(records, list):
        return cast(Rows, records)
    return [list(row) for row in zip(*(column.to_pylist() for column in records.columns), strict=True)]


def _chooser(path: Path) -> Callable[[list[str]], Sequence[str]]:
    getters: dict[int, Callable[[list[str]], Sequence[str]]] = {}

    def choose(row: list[str]) -> Sequence[str]:
        width = len(row)
        if width not in getters:
            getters[width] = _getter(path.columns(width))
        return getters[width](row)

    return choose


def _getter(columns: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda row: [row[column] for column in columns]


def _table(columns: Sequence[Any]) -> Columns:
    return pa.table(columns, [str(number) for number in range(len(columns))])
