"""The SQLite file."""

import sqlite3

import pytest

from fieldstone.store.database import Database, StoreError, StoreVersionError
from fieldstone.store.schema import VERSION, metadata


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fieldstone.db"


def tables(path):
    connection = sqlite3.connect(path)
    found = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    connection.close()
    return found - {"sqlite_sequence"}


def test_a_new_file_gets_its_tables_and_its_version(path):
    """All of the schema's."""
    connection = Database(path).connect(writes=True)

    assert tables(path) == set(metadata.tables)
    assert connection.execute("select version from about").fetchall() == [(VERSION,)]
    connection.close()


def test_opening_a_file_again_changes_nothing(path):
    """There is one version still."""
    Database(path)
    Database(path)

    connection = sqlite3.connect(path)
    assert connection.execute("select count(*) from about").fetchone() == (1,)
    connection.close()


def test_a_file_of_a_later_version_is_refused_and_left_alone(path):
    """The message says what to do; no table is added."""
    connection = sqlite3.connect(path)
    connection.execute("create table about (version integer primary key)")
    connection.execute("insert into about values (?)", [VERSION + 1])
    connection.commit()
    connection.close()

    with pytest.raises(StoreVersionError, match=f"version {VERSION + 1}; this Fieldstone knows {VERSION}. Use a later"):
        Database(path)
    assert tables(path) == {"about"}


@pytest.mark.parametrize("writes", [True, False])
def test_what_is_committed_outlives_a_power_cut(path, writes):
    """Every connection writes ahead, and syncs at each commit."""
    connection = Database(path).connect(writes=writes)

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    connection.close()


def test_a_reading_connection_cannot_write(path):
    """Whatever it is asked."""
    connection = Database(path).connect(writes=False)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("delete from about")
    connection.close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    """In words that name it."""
    path.write_bytes(b"something else" * 1000)

    with pytest.raises(StoreError, match=r"fieldstone\.db cannot be used: file is not a database"):
        Database(path)
    assert path.read_bytes() == b"something else" * 1000
