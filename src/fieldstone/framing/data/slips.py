"""Slips in a CSV file: rows that do not fit, words among numbers, numbers with commas."""

import duckdb
from msgspec import UNSET

from fieldstone.framing.data.times import quote
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data

_ODD_SHARE = 0.001
"""Up to this share of a column's values may be no numbers for the rest to be taken as numbers with slips among them."""

_SHOWN = 200
"""So many letters of a bad line are shown."""

_SIGNS = r"[$€£¥\s]"
"""What may stand around a number without changing it."""
_POINTS = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$"
"""Numbers as 1,234.5 has them: commas between thousands, a point before fractions."""
_COMMAS = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"
"""Numbers as 1.234,5 has them: points between thousands, a comma before fractions."""


def refuse_bad_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Say where the first row is that does not fit its columns."""
    rows = (
        connection.execute(
            "SELECT file_path, line, column_name, error_type::VARCHAR, csv_line, error_message, "
            "(SELECT count(DISTINCT (file_path, line)) FROM reject_errors JOIN reject_scans USING (scan_id, file_id)) "
            "FROM reject_errors JOIN reject_scans USING (scan_id, file_id) ORDER BY file_path, line, column_idx LIMIT 1"
        ).fetchall()
        if _has_rejects(connection)
        else []
    )
    if not rows:
        return
    path, line, column, kind, text, message, count = rows[0]
    others = f" {count - 1} more rows are like it." if count > 1 else ""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
    raise ProblemError(f"{path}, line {line}{_of(column)}: {_complaint(kind, message)} The line is: {shown!r}.{others}")


def _has_rejects(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchall())


def _of(column: str | None) -> str:
    return f", column {column!r}" if column else ""


def _complaint(kind: str, message: str) -> str:
    """What is wrong with a row, and what to do about it."""
    match kind:
        case "CAST":
            value = message.partition('string "')[2].partition('" to')[0]
            wanted = {"DOUBLE": "a number", "BIGINT": "a whole number", "BOOLEAN": "true or false", "DATE": "a date"}
            form = message.rpartition("to '")[2].rstrip("'")
            return f"{value!r} is not {wanted.get(form, 'a time')}. Correct it, or leave it empty if it is not known."
        case "MISSING COLUMNS":
            return f"the row is too short ({message}). Add what is missing, or delete the row."
        case "TOO MANY COLUMNS":
            return f"the row is too long ({message}). Put text that has the delimiter in it between double quotes."
        case "INVALID ENCODING":
            return "a letter is not UTF-8. Save the file as UTF-8, or run: iconv -f latin1 -t utf-8 old.csv > new.csv."
        case "UNQUOTED VALUE":
            return "a quote that nothing closes, or that stands within a text. Close it, or double it."
        case _:
            return f"{message.rstrip('.')}. Correct the row, or delete it."


def refuse_slips(connection: duckdb.DuckDBPyConnection, name: str, data: Data) -> None:
    """Say where a word stands in a column of numbers, which was read as text because of it."""
    names = {data.id, *data.ignore} if data.events is UNSET else {data.events.entity, *data.ignore}
    for column in _texts(connection, name, "TRY_CAST({0} AS DOUBLE) IS NOT NULL"):
        if column not in names:
            _refuse_slip(connection, name, column, data.path)


def _texts(connection: duckdb.DuckDBPyConnection, name: str, condition: str) -> list[str]:
    """The columns of text in which the condition holds for most of the first thousand values."""
    described = connection.execute(f"DESCRIBE {name}").fetchall()
    texts = [column for column, kind, *_ in described if kind == "VARCHAR"]
    if not texts:
        return []
    held = [condition.replace("{0}", quote(column)) for column in texts]
    shares = ", ".join(f"avg(({each})::INTEGER)" for each in held)
    found = connection.execute(f"SELECT {shares} FROM (SELECT * FROM {name} LIMIT 1000)").fetchall()[0]  # noqa: S608 - quoted
    return [column for column, share in zip(texts, found, strict=True) if share is not None and share > 0.5]


def _refuse_slip(connection: duckdb.DuckDBPyConnection, name: str, column: str, path: str) -> None:
    quoted = quote(column)
    odd = f"{quoted} IS NOT NULL AND TRY_CAST({quoted} AS DOUBLE) IS NULL"
    counted = f"SELECT count({quoted}), count_if({odd}) FROM {name}"  # noqa: S608 - our own table, a quoted column
    filled, slips = connection.execute(counted).fetchall()[0]
    if not slips or slips > max(1, _ODD_SHARE * filled) or filled < 100:
        return
    sought = f"SELECT rowid + 1, {quoted} FROM {name} WHERE {odd} ORDER BY rowid LIMIT 1"  # noqa: S608 - the same
    row, value = connection.execute(sought).fetchall()[0]
    raise ProblemError(
        f"{path}, row {row} (line {row + 1} of a single CSV file), column {column!r}: {value!r} is not a number, and "
        f"{filled - slips:,} others of the column are. Correct it, or leave it empty; if these are codes, not numbers, "
        f"write data.ignore: [{column}]."
    )


def read_written_numbers(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Read columns of numbers such as 1,5 or 1,234.50 or $7 as the numbers that they are.

    Raises:
        ProblemError: A column has numbers such as 1,500 only, which may be either.
    """
    bare = f"regexp_replace({{0}}, '{_SIGNS}', '', 'g')"
    likely = _texts(connection, name, f"regexp_matches({bare}, '{_POINTS}') OR regexp_matches({bare}, '{_COMMAS}')")
    for column in map(quote, likely):
        number = bare.format(column)
        asked = (
            f"SELECT bool_and(regexp_matches({number}, ?)), bool_and(regexp_matches({number}, ?)), "  # noqa: S608 - quoted
            f"any_value({column}) FILTER (contains({column}, ',')) FROM {name}"
        )
        points, commas, example = connection.execute(asked, [_POINTS, _COMMAS]).fetchall()[0]
        if points and commas and example is not None:
            raise ProblemError(
                f"data: column {column}: whether numbers such as {example!r} are thousands or fractions cannot be "
                f"told. Write 1500, or 1.5."
            )
        if points or commas:
            thousands, fraction = (",", ".") if points else (".", ",")
            reading = f"replace(replace({number}, '{thousands}', ''), '{fraction}', '.')::DOUBLE"
            connection.execute(f"ALTER TABLE {name} ALTER {column} SET DATA TYPE DOUBLE USING {reading}")
