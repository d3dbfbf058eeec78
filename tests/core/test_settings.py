"""Settings, and the data folder."""

import stat

import pytest

from fieldstone.core.settings import DataDir, Settings, default_data_dir


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("box.example", "http://box.example:80"),
    ],
)
def test_the_url_is_one_that_clients_here_can_use(tmp_path, host, url):
    """An address for everybody is no address to connect to; IPv6 wants brackets."""
    assert Settings(tmp_path, host, 80).url == url


def test_everything_lies_below_the_data_folder(tmp_path):
    """No place of the data folder is outside of it."""
    data_dir = DataDir(tmp_path / "data")
    places = [getattr(data_dir, name) for name, part in vars(DataDir).items() if isinstance(part, property)]

    assert places
    assert all(place.parent == data_dir.root for place in places)


def test_the_data_folder_is_closed_to_other_users(tmp_path):
    """It and its folders are the owner's alone."""
    data_dir = DataDir(tmp_path / "parent" / "data")
    data_dir.create()

    folders = (data_dir.root, data_dir.objects, data_dir.incoming, data_dir.tasks, data_dir.logs)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_making_the_data_folder_again_leaves_what_is_there(tmp_path):
    """A second start finds everything."""
    data_dir = DataDir(tmp_path)
    data_dir.create()
    (data_dir.objects / "a").write_text("kept")
    data_dir.create()

    assert (data_dir.objects / "a").read_text() == "kept"


def test_the_default_is_in_the_home_folder(monkeypatch, tmp_path):
    """Wherever that is."""
    monkeypatch.setenv("HOME", str(tmp_path))

    assert default_data_dir() == tmp_path / ".fieldstone"
