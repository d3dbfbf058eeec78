"""``fieldstone down``."""

import json
from pathlib import Path

from tests.conftest import wait_until


def test_it_ends_the_server_and_waits_for_its_end(detached, run, data_dir):
    """Afterwards nothing of it runs."""
    pid = json.loads(run("status", "--json").stdout)["pid"]
    down = run("down")

    assert (down.returncode, down.stdout) == (0, f"The server on {data_dir} has ended.\n")
    wait_until(lambda: not runs(pid))


def runs(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def test_without_a_server_there_is_nothing_to_end(run, data_dir):
    """That is no failure."""
    down = run("down")

    assert (down.returncode, down.stdout) == (0, f"No server runs on {data_dir}.\n")


def test_what_was_kept_is_there_when_it_comes_up_again(detached, run, data_dir):
    """The key above all."""
    key = (data_dir / "credentials.json").read_text()
    run("down")

    assert run("up", "--port", "0", "--detach").returncode == 0
    assert (data_dir / "credentials.json").read_text() == key
