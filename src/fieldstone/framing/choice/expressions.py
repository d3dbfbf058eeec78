"""Expressions over a table's columns, in SQL, as a problem file has them."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldstone.framing.data.arrow import Table
from fieldstone.framing.mistakes import ProblemError
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Flags

_PLACE = "place of the row"
_ONE = "this is one answer for all cases, not one for each."


def condition(table: Table, sql: str, *, where: str) -> Flags:
    """Whether each row meets a condition; a row of which that is not known (NULL) does not.

    Raises:
        ProblemError: The condition is no SQL over the table's columns, or is neither true nor false.
    """
    return np.ma.filled(_evaluate(table, f"CAST(({sql}) AS BOOLEAN)", where=where), fill_value=False).astype(np.bool_)


def number(table: Table, sql: str, *, where: str) -> Floats:
    """The value of an expression for each row; NaN where it is not known.

    Raises:
        ProblemError: The expression is no SQL over the table's columns, or no number.
    """
    return np.ma.filled(_evaluate(table, f"CAST(({sql}) AS DOUBLE)", where=where), fill_value=np.nan)


def quoted(name: str) -> str:
    """A column's name as SQL wants it."""
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as SQL wants it."""
    return "'" + value.replace("'", "''") + "'"


def _evaluate(table: Table, sql: str, *, where: str) -> NDArray[Any]:
    # Expressions that look at other rows (lag, avg ... OVER) may come back in another order.
    placed = table.append_column(_PLACE, pa.array(np.arange(len(table))))
    query = f'SELECT {sql} AS answer FROM cases ORDER BY "{_PLACE}"'  # noqa: S608  see below
    # The author's own words may reach the table and nothing else: no files, no network, no settings.
    with duckdb.connect(config={"enable_external_access": "false", "lock_configuration": "true"}) as connection:
        connection.register("cases", placed)
        try:
            answer = np.ma.asarray(connection.execute(query).fetchnumpy()["answer"])
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise ProblemError(f"{where}: {_ONE if 'GROUP BY' in reason else reason}\n{_advice(table)}") from error
    if len(answer) != len(table):
        raise ProblemError(f"{where}: {_ONE}\n{_advice(table)}")
    return answer


def _advice(table: Table) -> str:
    names = table.column_names
    example = next((field.name for field in table.schema if pa.types.is_floating(field.type)), names[0])
    columns = ", ".join(names)
    return f"Type an expression over the columns, such as: {quoted(example)} > 60\nThe columns are: {columns}"
