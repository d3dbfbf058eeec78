"""S3's keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.conftest import make_object

from fieldstone.store.objects import PAST_EVERY_KEY, end_of_prefix

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def keys(shelf, bucket, start=b"", end=PAST_EVERY_KEY, limit=-1):
    return [item.key.decode() for item in shelf.read(lambda tx: tx.objects.range(bucket, start, end, limit))]


def test_an_object_is_found_under_its_key(shelf):
    """With everything it was put with."""
    item = make_object(1, "a/b", "blob", size=3, etag="tag", modified=5.5, headers={"Metadata": {"k": "v"}})
    shelf.write(lambda tx: tx.objects.put(item))

    assert shelf.read(lambda tx: tx.objects.find(1, "a/b")) == item
    assert shelf.read(lambda tx: tx.objects.find(1, "a")) is None
    assert shelf.read(lambda tx: tx.objects.find(2, "a/b")) is None


def test_keys_are_in_the_order_of_their_bytes(shelf):
    """As S3 lists them: capitals first, and a slash after a dot."""
    for key in ("b", "a/b", "a.b", "B", "é", "a", "漢", "𐀀", "z", "\uffff"):
        shelf.put(1, key)

    assert keys(shelf, 1) == ["B", "a", "a.b", "a/b", "b", "z", "é", "漢", "\uffff", "𐀀"]


def test_a_range_begins_with_its_start_and_ends_before_its_end(shelf):
    """And has no more than its limit."""
    for key in "abcdef":
        shelf.put(1, key)

    assert keys(shelf, 1, b"b", b"e") == ["b", "c", "d"]
    assert keys(shelf, 1, b"b", b"e", limit=2) == ["b", "c"]


def test_a_prefix_finds_what_begins_with_it_in_its_own_bucket(shelf):
    """And nothing else."""
    for bucket, key in ((1, "a"), (1, "ab"), (1, "b"), (2, "abc")):
        shelf.put(bucket, key)

    assert [item.key for item in shelf.read(lambda tx: tx.objects.with_prefix(1, "a"))] == [b"a", b"ab"]


@given(TEXT, TEXT)
def test_the_end_of_a_prefix_is_past_every_key_that_begins_with_it(prefix, rest):
    """Whatever follows; and nothing that begins otherwise lies between."""
    assert prefix.encode() <= (prefix + rest).encode() < end_of_prefix(prefix.encode())


@given(TEXT, TEXT)
def test_no_other_key_lies_between_a_prefix_and_its_end(prefix, other):
    """A range over a prefix finds nothing else."""
    inside = prefix.encode() <= other.encode() < end_of_prefix(prefix.encode())

    assert inside == other.startswith(prefix)


def test_an_object_takes_the_place_of_the_one_before_it(shelf):
    """The bytes of the old one go, once that is committed."""
    shelf.put(1, "key", b"old")
    new = shelf.put(1, "key", b"new")

    assert shelf.read(lambda tx: tx.objects.find(1, "key")).blob == new
    assert shelf.settle_at(new)


def test_deleting_takes_the_bytes_with_it(shelf):
    """And tells whether there was anything."""
    shelf.put(1, "key", b"data")

    assert shelf.write(lambda tx: tx.objects.delete(1, "key")) is True
    assert shelf.write(lambda tx: tx.objects.delete(1, "key")) is False
    assert shelf.settle_at()


def test_a_copy_shares_the_blob_and_survives_the_original(shelf):
    """The bytes stay as long as somebody names them."""
    blob = shelf.put(1, "original", b"data")
    shelf.write(lambda tx: tx.objects.put(make_object(2, "copy", blob)))
    shelf.write(lambda tx: tx.objects.delete(1, "original"))

    assert shelf.store.blobs.path(blob).read_bytes() == b"data"

    shelf.write(lambda tx: tx.objects.delete(2, "copy"))

    assert shelf.settle_at()


def test_putting_an_object_in_its_own_place_keeps_its_bytes(shelf):
    """A copy onto itself changes what is said of it."""
    blob = shelf.put(1, "key", b"data")
    shelf.write(lambda tx: tx.objects.put(make_object(1, "key", blob, headers={"ContentType": "text/csv"})))

    assert shelf.settle_at(blob)


def test_clearing_a_bucket_leaves_the_others(shelf):
    """One bucket's objects go, with their bytes."""
    shelf.put(1, "a", b"x")
    kept = shelf.put(2, "a", b"x")
    shelf.write(lambda tx: tx.objects.clear(1))

    assert (keys(shelf, 1), keys(shelf, 2)) == ([], ["a"])
    assert shelf.settle_at(kept)


@pytest.mark.parametrize("key", ["\0", "a\0b", "%", "'; drop table objects; --", "x" * 1024])
def test_no_key_means_anything_to_the_database(shelf, key):
    """Keys are bytes, not SQL."""
    shelf.put(1, key, b"data")

    assert keys(shelf, 1) == [key]
    assert shelf.write(lambda tx: tx.objects.delete(1, key)) is True
