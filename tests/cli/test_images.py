"""`fieldstone images`."""

import pytest


@pytest.fixture
def program(tmp_path):
    folder = tmp_path / "forecaster"
    folder.mkdir()
    (folder / "train").write_text("#!/bin/sh\n")
    (folder / "train").chmod(0o755)
    return folder


def test_a_program_is_added_listed_and_removed(run, program):
    """No server is needed; the list has the built-in images too."""
    added = run("images", "add", "team/forecaster", "--program", str(program))
    listed = run("images", "list")
    removed = run("images", "remove", "team/forecaster")

    assert added.stdout == f"Jobs and models on the image team/forecaster run {program} now.\n"
    assert listed.stdout.splitlines()[0].split() == ["team/forecaster", str(program)]
    assert "sagemaker-xgboost" in listed.stdout
    assert removed.returncode == 0
    assert "forecaster" not in run("images", "list").stdout


def test_what_cannot_be_is_refused_in_a_sentence(run, program):
    """A folder without executables, an image of which there is no program."""
    (program / "train").unlink()
    added = run("images", "add", "forecaster", "--program", str(program))
    removed = run("images", "remove", "forecaster")

    assert (added.returncode, removed.returncode) == (1, 1)
    assert f"{program} has no executable called train or serve or process" in added.stderr
    assert "fieldstone images list" in removed.stderr
