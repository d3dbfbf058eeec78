"""A task's contract folder."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from fieldstone.contract.paths import Layout
from fieldstone.engine.workspace import Input, UnsafePathError, are_empty, make_workspace, pack, unpack

LARGE = b"k" * (1 << 20)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "task" / "ml")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    file = tmp_path / "blob"
    file.write_bytes(b"kept")
    return file


def test_documents_and_inputs_are_where_the_contract_says(layout: Layout, stored: Path) -> None:
    """JSON documents, and each input under its name in its channel."""
    inputs = [Input((stored,), layout.channel("train"), "sub/part.csv")]

    make_workspace(layout, {layout.hyperparameters: {"num_round": "5"}}, inputs)

    assert json.loads(layout.hyperparameters.read_text()) == {"num_round": "5"}
    assert (layout.channel("train") / "sub" / "part.csv").read_bytes() == b"kept"


def test_a_job_cannot_change_what_is_stored(layout: Layout, stored: Path) -> None:
    """Writing to its copy leaves the stored bytes alone."""
    make_workspace(layout, {}, [Input((stored,), layout.channel("train"), "part.csv")])

    with (layout.channel("train") / "part.csv").open("r+b") as file:
        file.write(b"lost")

    assert stored.read_bytes() == b"kept"


def test_an_input_that_the_task_cannot_write_to_is_a_second_name(layout: Layout, stored: Path) -> None:
    """For everybody to read; the bytes stay when the first name goes."""
    stored.write_bytes(LARGE)
    stored.chmod(0o600)
    make_workspace(layout, {}, [Input((stored,), layout.channel("train"), "part.csv")], may_link=True)
    found = layout.channel("train") / "part.csv"

    assert found.samefile(stored)
    assert found.stat().st_mode & 0o777 == 0o444
    stored.unlink()
    assert found.read_bytes() == LARGE


def test_a_small_input_is_a_file_of_its_own(layout: Layout, stored: Path) -> None:
    """A program may make it executable, as SDK v3 does."""
    make_workspace(layout, {}, [Input((stored,), layout.channel("code"), "train.sh")], may_link=True)

    assert not (layout.channel("code") / "train.sh").samefile(stored)


def test_what_the_task_may_write_to_is_a_file_of_its_own(layout: Layout, stored: Path) -> None:
    """And what has several sources, too."""
    folder = layout.checkpoints
    inputs = [Input((stored,), folder, "own", writable=True), Input((stored, stored), folder, "joined")]
    make_workspace(layout, {}, inputs, may_link=True)

    assert not (folder / "own").samefile(stored)
    assert (folder / "own").stat().st_mode & 0o200
    assert (folder / "joined").read_bytes() == b"keptkept"


def test_a_folder_may_stay_empty(layout: Layout) -> None:
    """A host may get nothing of a channel."""
    make_workspace(layout, {}, folders=[layout.channel("train")])

    assert are_empty([layout.channel("train")])
    assert layout.channel("train").is_dir()


@pytest.mark.parametrize(
    ("names", "reason"),
    [(["a/b", "a"], "'a' cannot be a file and, for 'a/b', a folder"), (["a", "a"], "'a' is there twice")],
)
def test_names_that_are_in_each_others_way_are_refused(
    layout: Layout, stored: Path, names: list[str], reason: str
) -> None:
    """Keys may be so; files may not."""
    with pytest.raises(UnsafePathError, match=reason):
        make_workspace(layout, {}, [Input((stored,), layout.channel("train"), name) for name in names])


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out", "", "a\0b", "a//b", "a/", "./a", "long" * 64])
def test_a_name_that_leads_out_is_refused(layout: Layout, stored: Path, name: str) -> None:
    """Keys are the user's to choose; where files go is not."""
    with pytest.raises(UnsafePathError):
        make_workspace(layout, {}, [Input((stored,), layout.channel("train"), name)])


def test_what_is_packed_unpacks_to_the_same(tmp_path: Path) -> None:
    """Names, folders and bytes."""
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_bytes(b"bytes")

    pack([folder], tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path / "again")

    assert (tmp_path / "again" / "deep" / "file").read_bytes() == b"bytes"


def test_an_archive_that_leads_out_is_refused(tmp_path: Path) -> None:
    """A model may come from anywhere."""
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        member = tarfile.TarInfo("../escaped")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))

    with pytest.raises(tarfile.TarError):
        unpack(tmp_path / "evil.tar", tmp_path / "folder")

    assert not (tmp_path / "escaped").exists()
