"""Statements written in SQLAlchemy, compiled once, run on the driver."""

import sqlite3
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = sqlite.dialect(paramstyle="named")


class Prepared:
    """A statement compiled to SQL; the driver keeps it prepared from its second use on."""

    __slots__ = ("_constants", "sql")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._constants = {name: value for name, value in (compiled.params or {}).items() if value is not None}

    def run(self, connection: sqlite3.Connection, **values: Any) -> sqlite3.Cursor:
        """Execute with the values of its named parameters."""
        return connection.execute(self.sql, {**self._constants, **values} if self._constants else values)
