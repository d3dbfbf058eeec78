"""Expressions over a table's columns, in SQL, as a problem file has them."""

import re
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldstone.framing.data.arrow import Table
from fieldstone.framing.data.names import suggest
from fieldstone.framing.mistakes import ProblemError
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Flags

_PLACE = "place of the row"
_ONE = "this is one answer for all cases, not one for each."
_UNKNOWN = re.compile(r'Referenced (?:column|table) "(.+?)" not found')
_UNREADABLE = re.compile(r"Could not convert string '(.*?)' to (\w+)")


def condition(table: Table, sql: str, *, where: str) -> Flags:
    """Whether each row meets a condition; a row of which that is not known (NULL) does not.

    Raises:
        ProblemError: The condition is no SQL over the table's columns, or is neither true nor false.
    """
    answer = _evaluate(table, f"({sql})", sql, where=where)
    if answer.dtype.kind in "iuf" and not np.isin(values := np.ma.compressed(answer), (0, 1)).all():
        odd = next(each for each in values if each not in (0, 1))
        raise ProblemError(f"{where}: {sql!r} is {odd:g} in some rows, and must be true or false.\n{_advice(table)}")
    if answer.dtype.kind == "O":  # text: yes and no, true and false
        answer = _evaluate(table, f"CAST(({sql}) AS BOOLEAN)", sql, where=where)
    return np.ma.filled(answer, fill_value=False).astype(np.bool_)


def number(table: Table, sql: str, *, where: str) -> Floats:
    """The value of an expression for each row; NaN where it is not known.

    Raises:
        ProblemError: The expression is no SQL over the table's columns, or no number.
    """
    return np.ma.filled(_evaluate(table, f"CAST(({sql}) AS DOUBLE)", sql, where=where), fill_value=np.nan)


def quoted(name: str) -> str:
    """A column's name as SQL wants it: quoted only where it must be."""
    bare = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _reserved()
    return name if bare else '"' + name.replace('"', '""') + '"'


def literal(value: str | float) -> str:
    """A value as SQL wants it."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


@cache
def _reserved() -> frozenset[str]:
    """The words that SQL keeps for itself, such as order and group."""
    with duckdb.connect() as connection:
        asked = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category != 'unreserved'"
        return frozenset(name for (name,) in connection.execute(asked).fetchall())


def _evaluate(table: Table, sql: str, written: str, *, where: str) -> NDArray[Any]:
    # Expressions that look at other rows (lag, avg ... OVER) may come back in another order.
    placed = table.append_column(_PLACE, pa.array(np.arange(len(table))))
    query = f'SELECT {sql} AS answer FROM cases ORDER BY "{_PLACE}"'  # noqa: S608  see below
    # The author's own words may reach the table and nothing else: no files, no network, no settings.
    with duckdb.connect(config={"enable_external_access": "false", "lock_configuration": "true"}) as connection:
        connection.register("cases", placed)
        try:
            answer = np.ma.asarray(connection.execute(query).fetchnumpy()["answer"])
        except duckdb.Error as error:
            raise ProblemError(f"{where}: {_reason(error, table, written)}\n{_advice(table)}") from error
    if len(answer) != len(table):
        raise ProblemError(f"{where}: {_ONE}\n{_advice(table)}")
    return answer


def _reason(error: duckdb.Error, table: Table, written: str) -> str:
    """What is wrong with an expression, in words of its author."""
    told = str(error).splitlines()[0]
    if "GROUP BY" in told:
        return _ONE
    if unknown := _UNKNOWN.search(told):
        return _unknown(unknown[1], table, written)
    if unreadable := _UNREADABLE.search(told):
        wanted = "true or false" if unreadable[2].startswith("BOOL") else "a number"
        return f"{written!r} is {unreadable[1]!r} in some rows, and must be {wanted}."
    return f"{written!r} is not readable as SQL: {told}"


def _unknown(name: str, table: Table, written: str) -> str:
    """Say that there is no such column; text between double quotes is taken for one."""
    if f'"{name}"' in written:
        return f"there is no column {name!r}. If it is a text, put it between single quotes: {literal(name)}."
    return f"there is no column {name!r}. {suggest(name, table.column_names)}"


def _advice(table: Table) -> str:
    names = table.column_names
    example = next((field.name for field in table.schema if pa.types.is_floating(field.type)), names[0])
    columns = ", ".join(names)
    return f"Type an expression over the columns, such as: {quoted(example)} > 60\nThe columns are: {columns}"
