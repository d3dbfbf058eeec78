"""Programs of the owner's behind images."""

import sys
from pathlib import Path

import pytest

from fieldstone.engine.registry import UnfitProgramError, find_registered, register, registered, unregister

FOLDER = Path("/folder")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that trains."""
    return make(tmp_path / "forecaster", "train")


def make(folder: Path, *commands: str, line: str = "#!/bin/sh") -> Path:
    folder.mkdir()
    for command in commands:
        (folder / command).write_text(f"{line}\n")
        (folder / command).chmod(0o755)
    return folder


@pytest.mark.parametrize("asked", ["mine", "mine:2", "1.dkr.ecr.us-east-1.amazonaws.com/mine:1@sha256:00"])
def test_a_repository_stands_for_every_tag_in_every_registry(tmp_path: Path, program: Path, asked: str) -> None:
    """As the built-in ones do."""
    register(tmp_path / "programs", "mine", program)
    found = find_registered(tmp_path / "programs", asked)

    assert found is not None
    assert found.command(FOLDER, "train", "now") == [str(program / "train"), "now"]


def test_a_tag_of_its_own_comes_first(tmp_path: Path, program: Path) -> None:
    """The repository's program is for the other tags."""
    other = make(tmp_path / "other", "train")
    register(tmp_path / "programs", "team/mine", program)
    register(tmp_path / "programs", "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/mine:2", other)

    assert registered(tmp_path / "programs") == {"team/mine": program, "team/mine:2": other}
    homes = [find_registered(tmp_path / "programs", f"team/mine:{tag}") for tag in (1, 2)]
    assert [found.home for found in homes if found] == [program, other]


def test_a_program_that_is_removed_runs_no_more(tmp_path: Path, program: Path) -> None:
    """The program itself is left alone."""
    register(tmp_path / "programs", "mine", program)

    assert unregister(tmp_path / "programs", "mine")
    assert not unregister(tmp_path / "programs", "mine")
    assert find_registered(tmp_path / "programs", "mine") is None
    assert (program / "train").exists()


@pytest.mark.parametrize("image", ["", ":tag", "@sha256:00", "a/../../b", "..", ".", "mine/", "-"])
def test_what_is_no_image_is_refused(tmp_path: Path, program: Path, image: str) -> None:
    """In words that say what one is."""
    with pytest.raises(UnfitProgramError, match="no image URI"):
        register(tmp_path / "programs", image, program)


def test_a_folder_without_executables_is_refused_with_what_to_do(tmp_path: Path, program: Path) -> None:
    """A file that is only not executable is named."""
    (program / "train").chmod(0o644)

    with pytest.raises(UnfitProgramError, match=r"no executable called train or serve or process; chmod a\+x .*train"):
        register(tmp_path / "programs", "mine", program)
    with pytest.raises(UnfitProgramError, match=r"no executable called train or serve or process$"):
        register(tmp_path / "programs", "mine", tmp_path)


def test_what_its_first_line_names_is_shown_to_it(tmp_path: Path) -> None:
    """With the environment that it belongs to."""
    register(tmp_path / "programs", "mine", make(tmp_path / "mine", "serve", line=f"#!{sys.prefix}/bin/python -P"))
    found = find_registered(tmp_path / "programs", "mine")

    assert found is not None
    assert {str(tmp_path / "mine"), sys.prefix} <= set(found.needs)
    assert not {"/", "/usr"} & set(found.needs)


def test_a_job_without_an_entry_point_needs_process(tmp_path: Path, program: Path) -> None:
    """Other commands are looked for as any command is."""
    register(tmp_path / "programs", "mine", program)
    found = find_registered(tmp_path / "programs", "mine")

    assert found is not None
    assert found.processing(FOLDER, ["a"]) is None
    assert found.entered(FOLDER, ["python3", "x.py"], ["a"]) == ["python3", "x.py", "a"]
    make(tmp_path / "second", "process")
    register(tmp_path / "programs", "mine", tmp_path / "second")
    again = find_registered(tmp_path / "programs", "mine")
    assert again is not None
    assert again.processing(FOLDER, ["a"]) == [str(tmp_path / "second" / "process"), "a"]
