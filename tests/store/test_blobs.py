"""Files of bytes."""

import hashlib
import os
import stat
import zlib

import pytest

from fieldstone.store.blobs import CHUNK, Blobs

DATA = os.urandom(3 * CHUNK + 5)


@pytest.fixture
def folders(tmp_path):
    for name in ("objects", "incoming"):
        (tmp_path / name).mkdir()
    return tmp_path / "objects", tmp_path / "incoming"


@pytest.fixture
def blobs(folders):
    return Blobs(*folders)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_blob_grows_in_incoming_and_is_renamed_when_it_is_whole(blobs, folders):
    """Nobody ever finds half of one."""
    objects, incoming = folders
    growing = blobs.begin()
    growing.write(DATA[:10])

    assert (len(files(incoming)), files(objects)) == (1, [])

    growing.write(DATA[10:])
    blob = growing.finish()

    assert (files(incoming), files(objects)) == ([], [blobs.path(blob.id)])
    assert blobs.path(blob.id).read_bytes() == DATA


def test_a_blob_knows_its_size_and_digests(blobs):
    """Whatever the pieces it came in."""
    blob = blobs.store([DATA[:7], b"", DATA[7:]])

    assert (blob.size, blob.digests["CRC32"]) == (len(DATA), zlib.crc32(DATA).to_bytes(4, "big"))
    assert blob.md5 == hashlib.md5(DATA).hexdigest()
    assert blob.sha256 == hashlib.sha256(DATA).hexdigest()


def test_an_empty_blob_is_a_file_without_bytes(blobs):
    """An object of no bytes is an object."""
    blob = blobs.store([])

    assert (blob.size, blobs.path(blob.id).stat().st_size) == (0, 0)
    assert blob.md5 == "d41d8cd98f00b204e9800998ecf8427e"


def test_abandoning_leaves_nothing(blobs, folders):
    """Not a file in either folder."""
    growing = blobs.begin()
    growing.write(DATA)
    growing.abandon()

    assert [files(folder) for folder in folders] == [[], []]


def test_a_source_that_fails_half_way_leaves_nothing(blobs, folders):
    """Its exception goes on to the caller."""

    def failing():
        yield b"half"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        blobs.store(failing())

    assert [files(folder) for folder in folders] == [[], []]


def test_a_file_is_stored_and_stays_as_it_is(blobs, tmp_path):
    """Of any size."""
    path = tmp_path / "source"
    path.write_bytes(DATA)
    blob = blobs.store_file(path)

    assert blobs.path(blob.id).read_bytes() == path.read_bytes() == DATA


def test_a_discarded_blob_is_gone(blobs):
    """Discarding it again is no mistake."""
    blob = blobs.store([b"x"])
    blobs.discard(blob.id)
    blobs.discard(blob.id)

    assert not blobs.path(blob.id).exists()


def test_what_was_left_in_incoming_is_cleared_away_at_start(blobs, folders):
    """After a kill nobody will come back for it; blobs stay."""
    kept = blobs.store([b"kept"])
    (folders[1] / "left-behind").write_bytes(b"half")
    Blobs(*folders)

    assert files(folders[1]) == []
    assert blobs.path(kept.id).read_bytes() == b"kept"


def test_blobs_are_spread_over_folders_closed_to_others(blobs, folders):
    """No folder grows without end."""
    blob = blobs.store([b"x"])
    folder = blobs.path(blob.id).parent

    assert folder.name == blob.id[:2]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
