"""The journal of changes."""

import pytest
from tests.store.conftest import make_row

from fieldstone.store.journal import KEPT, Change, last_entry, record


def entries(shelf):
    return shelf.store._reading.execute("select kind, uid, name, event from journal order by seq").fetchall()


def test_every_change_of_a_resource_is_an_entry(shelf):
    """In order: created, updated, deleted."""

    def work(tx):
        row = tx.resources.insert(make_row("a"))
        tx.resources.update(row)
        tx.resources.delete(row)

    shelf.write(work)

    assert entries(shelf) == [("Thing", 1, "a", event) for event in ("created", "updated", "deleted")]


def test_what_was_not_committed_is_no_entry(shelf):
    """Nobody is woken for nothing."""

    def work(tx):
        tx.resources.insert(make_row("a"))
        raise KeyError

    with pytest.raises(KeyError):
        shelf.write(work)

    assert entries(shelf) == []


def test_the_last_entry_is_numbered(shelf):
    """Zero before the first one."""
    assert last_entry(shelf.store._reading) == 0

    shelf.insert(make_row("a"), make_row("b"))

    assert last_entry(shelf.store._reading) == 2


@pytest.mark.parametrize("at_once", [1, 7, 999, 2500])
def test_the_journal_is_trimmed_however_many_changes_come_at_once(shelf, at_once):
    """It never holds much more than what is kept, and always the newest."""
    connection = shelf.store._writer._connection
    connection.execute("PRAGMA synchronous=OFF")
    total = KEPT + 5000

    def work(_):
        for first in range(0, total, at_once):
            record(connection, [Change("Thing", at, "a", "updated") for at in range(first, first + at_once)])

    shelf.write(work)
    kept = [uid for _, uid, *_ in entries(shelf)]

    assert KEPT <= len(kept) <= KEPT + 1000 + at_once
    assert kept == list(range(kept[0], kept[0] + len(kept)))
    assert kept[-1] >= total - 1
