"""Statements written in SQLAlchemy, compiled once, run on the driver.

All of them together take long to compile, and the start of the server needs few.
"""

import sqlite3
from functools import cached_property
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = sqlite.dialect(paramstyle="named")


class Prepared:
    """A statement, compiled to SQL when it is first run; the driver keeps it prepared from its second use on."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @cached_property
    def compiled(self) -> tuple[str, dict[str, Any]]:
        """Its SQL, and its constants by their names."""
        compiled = self._statement.compile(dialect=_DIALECT)
        constants = {name: value for name, value in (compiled.params or {}).items() if value is not None}
        return str(compiled), constants

    def run(self, connection: sqlite3.Connection, **values: Any) -> sqlite3.Cursor:
        """Execute with the values of its named parameters."""
        sql, constants = self.compiled
        return connection.execute(sql, {**constants, **values} if constants else values)
