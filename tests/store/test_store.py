"""Reads, writes and listeners."""

import asyncio
import sqlite3
import threading

import pytest
from tests.conftest import wait_until
from tests.store.conftest import THING, make_object, make_row


def insert(name):
    return lambda tx: tx.resources.insert(make_row(name))


def fail(tx):
    tx.resources.insert(make_row("lost"))
    raise KeyError("no")


def test_a_write_is_answered_with_what_its_work_gives(shelf):
    """The row that was inserted has its uid."""
    assert shelf.write(insert("a")).uid == 1


def test_a_write_is_answered_after_its_commit(shelf):
    """Whoever opens the file at that moment finds the row."""
    shelf.write(insert("a"))

    other = sqlite3.connect(shelf.data_dir.database)
    assert other.execute("select name from resources").fetchall() == [("a",)]
    other.close()


def test_writes_that_wait_together_are_committed_together(shelf):
    """Their changes arrive at the listeners at once, in the order in which they were asked for."""
    commits = []
    shelf.store.listen(lambda changes: commits.append([change.name for change in changes]))
    shelf.write_together(*(insert(f"a{at}") for at in range(20)))

    assert commits == [[f"a{at}" for at in range(20)]]


def test_work_that_raises_leaves_nothing(shelf):
    """And its caller gets the exception."""
    with pytest.raises(KeyError, match="no"):
        shelf.write(fail)

    assert shelf.names() == set()


def test_the_others_of_a_batch_stay_when_one_raises(shelf):
    """Each unit of work stands for itself."""
    before, failed, after = shelf.write_together(insert("before"), fail, insert("after"))

    assert isinstance(failed, KeyError)
    assert (before.name, after.name) == ("before", "after")
    assert shelf.names() == {"before", "after"}


def test_work_that_raises_is_not_told_to_listeners(shelf):
    """They hear of what was committed, and of nothing else."""
    heard = []
    shelf.store.listen(lambda changes: heard.extend(change.name for change in changes))
    shelf.write_together(insert("a"), fail)

    assert heard == ["a"]


def test_work_that_raises_discards_no_blobs(shelf):
    """An object that was to be deleted keeps its bytes when the deletion fails."""
    blob = shelf.put(1, "key", b"data")

    def delete_and_fail(tx):
        tx.objects.delete(1, "key")
        raise KeyError("no")

    with pytest.raises(KeyError):
        shelf.write(delete_and_fail)

    assert shelf.settle_at(blob)


def test_listeners_have_heard_before_the_caller_is_answered(shelf):
    """So who is answered finds routes and keys in force."""
    heard = []
    shelf.store.listen(heard.extend)

    async def write_and_look():
        await shelf.store.write(insert("a"))
        return list(heard)

    assert [change.event for change in shelf.run(write_and_look())] == ["created"]


def test_reads_see_committed_rows_only(shelf):
    """While a write is under way its rows are nobody else's to see."""
    inserted, go_on = threading.Event(), threading.Event()

    def slow(tx):
        tx.resources.insert(make_row("a"))
        inserted.set()
        go_on.wait(20)

    async def look_meanwhile():
        write = asyncio.ensure_future(shelf.store.write(slow))
        await asyncio.to_thread(inserted.wait, 20)
        seen = shelf.names()
        go_on.set()
        await write
        return seen

    assert shelf.run(look_meanwhile()) == set()
    assert shelf.names() == {"a"}


def test_a_read_sees_one_state_throughout(shelf):
    """What is committed while it looks is for the next one."""
    shelf.insert(make_row("a"))

    def look_twice(tx):
        before = len(list(tx.resources.everything()))
        other = sqlite3.connect(shelf.data_dir.database)
        other.execute("delete from resources")
        other.commit()
        other.close()
        return before, len(list(tx.resources.everything()))

    assert shelf.read(look_twice) == (1, 1)
    shelf.write(lambda _: None)  # the store alone writes, and looks anew when it has
    assert shelf.names() == set()


def test_reads_cannot_write(shelf):
    """A read that tries is refused by the database."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        shelf.read(insert("a"))


def test_a_full_disk_fails_what_was_not_committed_and_nothing_else(shelf):
    """No unit of the commit stays, none is told otherwise, and once there is room the store goes on."""
    pages = shelf.store._writer._connection
    shelf.insert(make_row("before"))
    shelf.write(lambda _: pages.execute("PRAGMA max_page_count=60").fetchall())
    large = [
        lambda tx, at=at: tx.resources.insert(make_row(f"a{at}", document={"x": "y" * 30_000})) for at in range(12)
    ]

    assert all(isinstance(outcome, sqlite3.Error) for outcome in shelf.write_together(*large))
    assert shelf.names() == {"before"}
    shelf.write(lambda _: pages.execute("PRAGMA max_page_count=1000000").fetchall())
    shelf.insert(make_row("after"))
    assert shelf.names() == {"before", "after"}


def test_closing_finishes_what_is_queued(shelves):
    """A write that was asked for before the end is done."""
    shelf = shelves()
    for at in range(50):
        shelf.store._writer.submit(insert(f"a{at}"))
    shelf.close()

    assert len(shelves().names()) == 50


def test_reopening_finds_everything(shelves):
    """Rows, tags, objects and their bytes."""
    shelf = shelves()
    row = make_row("a", document={"Member": [1, 2.5, "ß", None, {"b": True}]}, internal={"secret": 1}, status="Busy")
    row.settled = False
    shelf.insert(row)
    shelf.write(lambda tx: tx.tags.put(row.arn, {"k": "v"}))
    blob = shelf.put(7, "key", b"data")
    again = shelves()

    found = again.read(lambda tx: tx.resources.find(THING, row.account, row.region, "a"))
    assert found == row
    assert again.read(lambda tx: tx.tags.of(row.arn)) == {"k": "v"}
    assert again.read(lambda tx: tx.objects.find(7, "key")) == make_object(7, "key", blob, size=4)
    assert again.store.blobs.path(blob).read_bytes() == b"data"


def test_a_released_blob_goes_unless_an_object_names_it(shelf):
    """Releasing waits for the writes before it: an upload whose client left may still be kept."""
    kept, lost = (shelf.store.blobs.store([b"x"]).id for _ in range(2))

    async def release():
        write = shelf.store.write(lambda tx: tx.objects.put(make_object(1, "key", kept)))
        shelf.store.release(lost)
        await write
        shelf.store.release(kept)
        await shelf.store.write(lambda _: None)

    shelf.run(release())
    assert shelf.settle_at(kept)


def test_clearing_takes_every_row_and_every_blob(shelf):
    """Rows, tags and objects; the blobs go with them."""
    shelf.insert(make_row("a"))
    bucket = shelf.write(insert("bucket")).uid
    shelf.put(bucket, "key", b"data")
    shelf.write(lambda tx: tx.tags.put(make_row("a").arn, {"k": "v"}))
    shelf.write(lambda tx: tx.clear())

    assert shelf.names() == set()
    assert shelf.read(lambda tx: tx.tags.of(make_row("a").arn)) == {}
    assert shelf.read(lambda tx: tx.objects.with_prefix(bucket, "")) == []
    assert shelf.settle_at()


def test_a_listener_that_fails_keeps_nobody_waiting(shelf, caplog):
    """The write is done, and the other listeners hear of it."""
    heard = []
    shelf.store.listen(lambda changes: heard[1:][0])
    shelf.store.listen(lambda changes: heard.extend(change.name for change in changes))

    assert shelf.write(insert("a")).uid == 1
    assert heard == ["a"]
    assert "a listener failed" in caplog.text


def test_a_log_file_goes_after_the_commit_of_what_gave_it_up(shelf):
    """And stays when that fails."""

    def give_up(tx):
        tx.forsake_log("a")
        fail(tx)

    path = shelf.store.logs.path("a")
    path.write_text("")
    with pytest.raises(KeyError):
        shelf.write(give_up)
    shelf.write(lambda tx: tx.forsake_log("none"))
    assert path.exists()
    shelf.write(lambda tx: tx.forsake_log("a"))
    wait_until(lambda: not path.exists())
