"""``fieldstone status``."""

import json
import os


def test_without_a_server_it_says_so(run, data_dir):
    """Exit code 4, with the way to start one; the folder is not made."""
    status = run("status")

    assert status.returncode == 4
    assert status.stdout == f"No server runs on {data_dir}. Start one with `fieldstone up`.\n"
    assert not data_dir.exists()


def test_with_a_server_it_tells_where(detached, run):
    """Exit code 0."""
    status = run("status")

    assert status.returncode == 0
    assert f"The server answers at {detached}" in status.stdout


def test_programs_can_read_it(detached, run, data_dir):
    """One JSON document, whether a server runs or not."""
    running = json.loads(run("status", "--json").stdout)
    run("down")
    ended = run("status", "--json")

    assert running == {
        "data_dir": str(data_dir),
        "running": True,
        "ready": True,
        "pid": running["pid"],
        "url": detached,
    }
    assert (ended.returncode, json.loads(ended.stdout)) == (
        4,
        {"data_dir": str(data_dir), "running": False, "ready": False},
    )


def test_a_server_that_was_killed_does_not_run(detached, run):
    """Whatever it announced in its life."""
    os.kill(json.loads(run("status", "--json").stdout)["pid"], 9)

    assert run("status").returncode == 4


def test_the_folder_can_be_named_in_the_environment(detached, run, data_dir):
    """Once for all commands."""
    assert run("status", folder=None, FIELDSTONE_DATA_DIR=str(data_dir)).returncode == 0
    assert run("status", folder=None).returncode == 4
