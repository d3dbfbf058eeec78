"""Times as people write them, read into one form or refused with the value that cannot be read."""

from collections.abc import Iterator
from typing import NoReturn

import duckdb

from fieldstone.framing.mistakes import ProblemError

_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d-%m-%Y", "%b %d, %Y", "%d %b %Y")
_DAY_FIRST = "%d/%m/%Y"
_CLOCKS = ("", " %H:%M", " %H:%M:%S")
READ = "2026-11-22, 2026-11-22T18:30:00Z, 22.11.2026, 22/11/2026, 11/22/2026, 2026/11/22, 20261122, 22 Nov 2026"
"""The forms that are read, for people; each may have a time of day behind it."""

_EPOCHS = ((1e8, 5e9, "epoch_ms(({0} * 1000)::BIGINT)"), (1e11, 5e12, "epoch_ms({0}::BIGINT)"))
_NUMBERS = (
    (1500, 2500, "make_timestamp({0}::BIGINT, 1, 1, 0, 0, 0)"),
    (15000101, 25001231, "strptime({0}::BIGINT::VARCHAR, '%Y%m%d')"),
    *_EPOCHS,
)
"""How whole numbers are read by their range: years, dates as digits, seconds and milliseconds since 1970."""


def time_of(connection: duckdb.DuckDBPyConnection, table: str, column: str, where: str) -> str:
    """The SQL expression that reads a column of a table as TIMESTAMP, in UTC.

    Args:
        connection: Where the table is.
        table: Its name in SQL.
        column: The column, as it is called.
        where: The key of the problem file that names the column.

    Raises:
        ProblemError: A value is no time, or day and month cannot be told apart; it says which value in which row.
    """
    quoted = quote(column)
    kind = connection.execute(f"SELECT typeof({quoted}) FROM {table} LIMIT 1").fetchall()[0][0]  # noqa: S608 - quoted
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"({quoted} AT TIME ZONE 'UTC')" if "TIME ZONE" in kind else f"{quoted}::TIMESTAMP"
    if kind == "VARCHAR":
        return _of_text(connection, table, column, where)
    return _of_number(connection, table, column, where)


def quote(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _of_text(connection: duckdb.DuckDBPyConnection, table: str, column: str, where: str) -> str:
    """The one form that reads every value of a column of text."""
    quoted = quote(column)
    fitting = (each for each in _forms(quoted) if not _failures(connection, table, quoted, each))
    if not (form := next(fitting, None)):
        _refuse(connection, table, column, where)
    if _DAY_FIRST in form and next(fitting, None):
        raise ProblemError(
            f"{where}: whether column {column!r} has the day or the month first cannot be told: no day is over 12. "
            f"Write its dates as 2026-11-22."
        )
    return form


def _forms(quoted: str) -> Iterator[str]:
    yield f"TRY_CAST(TRY_CAST({quoted} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
    for day in _DAYS:
        formats = ", ".join(f"'{day}{clock}'" for clock in _CLOCKS)
        yield f"try_strptime({quoted}, [{formats}])"


def _failures(connection: duckdb.DuckDBPyConnection, table: str, quoted: str, form: str) -> int:
    """How many values a form does not read: of the first thousand if any there, else of all."""
    some = f"(SELECT {quoted} FROM {table} LIMIT 1000)"  # noqa: S608 - quoted
    for rows in (some, table):
        asked = f"SELECT count_if({quoted} IS NOT NULL AND {form} IS NULL) FROM {rows}"  # noqa: S608 - quoted
        if failed := connection.execute(asked).fetchall()[0][0]:
            return int(failed)
    return 0


def _refuse(connection: duckdb.DuckDBPyConnection, table: str, column: str, where: str) -> NoReturn:
    """Name the first value that the best form does not read."""
    quoted = quote(column)
    form = min(_forms(quoted), key=lambda each: _failures(connection, table, quoted, each))
    sought = (
        f"SELECT row, value FROM (SELECT row_number() OVER () AS row, {quoted} AS value, {form} AS read FROM {table})"  # noqa: S608 - quoted
    )
    row, value = connection.execute(f"{sought} WHERE value IS NOT NULL AND read IS NULL LIMIT 1").fetchall()[0]
    raise ProblemError(
        f"{where}: column {column!r}, row {row} after the header: {value!r} is no time. Correct it, or leave it empty. "
        f"Times are read as {READ}; one form in the whole column."
    )


def _of_number(connection: duckdb.DuckDBPyConnection, table: str, column: str, where: str) -> str:
    """The reading of a column of numbers, by their range."""
    quoted = quote(column)
    least, most = connection.execute(f"SELECT min({quoted}), max({quoted}) FROM {table}").fetchall()[0]  # noqa: S608 - quoted
    for low, high, form in _NUMBERS:
        if isinstance(least, int | float) and low <= least <= most <= high:
            return form.format(quoted)
    raise ProblemError(
        f"{where}: column {column!r} holds {least} to {most}, which are no times. Name another column, or write "
        f"them as {READ}."
    )
