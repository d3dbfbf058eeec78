"""``fieldstone doctor``."""

import fcntl
import json

from fieldstone.core.settings import DataDir


def test_all_is_well_here(run):
    """Exit code 0, a mark for each thing, and no server is needed."""
    doctor = run("doctor")

    assert doctor.returncode == 0, doctor.stdout
    assert "✗" not in doctor.stdout
    assert "no server runs on" in doctor.stdout


def test_a_server_that_answers_is_well(detached, run):
    """It is named."""
    doctor = run("doctor")

    assert doctor.returncode == 0, doctor.stdout
    assert f"a server runs at {detached}" in doctor.stdout


def test_a_server_that_does_not_answer_needs_mending(run, data_dir):
    """Exit code 1, and what to type."""
    DataDir(data_dir).create()
    with DataDir(data_dir).server.open("w") as announced:
        fcntl.flock(announced, fcntl.LOCK_EX)
        json.dump({"pid": 1, "url": "http://127.0.0.1:1"}, announced)
        announced.flush()
        doctor = run("doctor")
        fcntl.flock(announced, fcntl.LOCK_UN)

    assert doctor.returncode == 1
    assert "✗ a server runs at http://127.0.0.1:1" in doctor.stdout
    assert "fieldstone down" in doctor.stdout


def test_looking_changes_nothing(run, data_dir):
    """The folder is not made."""
    run("doctor")

    assert not data_dir.exists()
