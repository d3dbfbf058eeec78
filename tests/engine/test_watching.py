"""A folder read while a program writes to it."""

from pathlib import Path

import pytest

from fieldstone.engine.watching import UnfinishedError, WatchedFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ml" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"one")
    return folder


@pytest.fixture
def watched(tmp_path: Path, folder: Path) -> WatchedFolder:
    return WatchedFolder(tmp_path, folder)


def test_files_are_found_and_read_and_nothing_else(folder: Path, watched: WatchedFolder) -> None:
    """No links, no pipes, no folders."""
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "b").write_bytes(b"two")
    (folder / "link").symlink_to("/etc/hostname")
    (folder / "way out").symlink_to("/etc")

    found = watched.scan()

    assert found.keys() == {"a", "deep/er/b"}
    assert b"".join(watched.read("deep/er/b", found["deep/er/b"])) == b"two"


def test_a_file_that_is_being_written_is_not_read(folder: Path, watched: WatchedFolder) -> None:
    """Even where only its last bytes are missing."""
    before = watched.scan()["a"]
    reading = watched.read("a", before)
    assert next(reading) == b"one"
    with (folder / "a").open("ab") as file:
        file.write(b" more")

    with pytest.raises(UnfinishedError):
        list(reading)


def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path, folder: Path, watched: WatchedFolder) -> None:
    """Neither of the folder itself nor on the way to it."""
    signature = watched.scan()["a"]
    secret = tmp_path / "secret"
    (secret / "checkpoints").mkdir(parents=True)
    (secret / "checkpoints" / "a").write_bytes(b"hidden")
    (tmp_path / "ml").rename(tmp_path / "away")
    (tmp_path / "ml").symlink_to(secret)

    with pytest.raises(OSError, match="Not a directory"):
        watched.scan()
    with pytest.raises(OSError, match="Not a directory"):
        list(watched.read("a", signature))
    watched.mark("a", ".mark")
    assert not (secret / "checkpoints" / "a.mark").exists()
