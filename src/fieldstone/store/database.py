"""The SQLite file: opened, checked, and given its tables."""

import sqlite3
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, create_engine, event, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from fieldstone.store.migrations import migrate
from fieldstone.store.schema import VERSION, about, metadata

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # an acknowledged write outlives a power cut, not only a kill
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-16000",
)


class StoreError(Exception):
    """The data folder cannot be served; its text says why and what to do."""


class StoreVersionError(StoreError):
    """It was written by a later version."""


class Database:
    """The file that holds every row.

    Args:
        path: The SQLite file; made with its tables where there is none, brought up to date where it is older.

    Raises:
        StoreVersionError: A later version wrote the file.
        StoreError: The file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        try:
            self._make_tables()
        except DatabaseError as error:
            raise StoreError(f"{path} cannot be used: {error.orig}.") from None

    def connect(self, *, writes: bool) -> sqlite3.Connection:
        """A new connection of the driver's own; the caller begins and commits, and closes it."""
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=512)
        _prepare(connection, None)
        if not writes:
            connection.execute("PRAGMA query_only=ON")
        return connection

    def _make_tables(self) -> None:
        """Make the tables, or bring them up to date: all in one transaction."""
        with self._engine.begin() as connection:
            about.create(connection, checkfirst=True)
            version = connection.scalar(select(about.c.version))
            if version is None:
                connection.execute(insert(about).values(version=VERSION))
            elif version > VERSION:
                raise StoreVersionError(
                    f"{self._path} has tables of version {version}; this Fieldstone knows {VERSION}. "
                    "Use a later Fieldstone."
                )
            metadata.create_all(connection)
            if version is not None and version < VERSION:
                migrate(connection, version)


def _prepare(connection: DBAPIConnection | sqlite3.Connection, _entry: ConnectionPoolEntry | None) -> None:
    connection = cast(sqlite3.Connection, connection)
    connection.isolation_level = None  # else the driver leaves changes of tables out of transactions
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
