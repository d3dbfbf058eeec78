"""What a task's program sees of the machine, and what it may not do there."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.conftest import kill_tasks

from fieldstone.core.eventlog import read_events
from fieldstone.engine.ability import Ability, measure
from fieldstone.engine.local import LocalEngine
from fieldstone.engine.task import Exit, Task


@pytest.fixture(scope="module")
def ability() -> Ability:
    """What of isolation works here; without any, there is nothing to be tested."""
    found = asyncio.run(measure())
    if not found.namespaces:
        pytest.skip(f"this machine allows no namespaces: {found.why}")
    return found


class OurUser(LocalEngine):
    """An engine as it is where users cannot be changed: programs run as ours."""

    async def ability(self) -> Ability:
        """What works here, without other users."""
        return replace(await super().ability(), users=None)


@pytest.fixture(params=[LocalEngine, OurUser], ids=["a user of its own", "our user"])
def engine(request: pytest.FixtureRequest, ability: Ability, tmp_path: Path) -> Iterator[LocalEngine]:
    """An engine whose tasks lie in a data folder with a secret in it, with the mask that the server has."""
    mask = os.umask(0o077)
    data_dir = tmp_path / "data"
    (data_dir / "tasks").mkdir(parents=True)
    (data_dir / "credentials.json").write_text("the owner's key")
    yield request.param(data_dir / "tasks", data_dir)
    kill_tasks(data_dir)
    os.umask(mask)


def run(engine: LocalEngine, script: str, **members: Any) -> tuple[Exit, list[str]]:
    """Run a shell script as a task: how it ended, and what it printed."""
    folder = engine.folder("task").root
    (folder / "ml").mkdir(parents=True, exist_ok=True)
    task = Task(
        ["sh", "-c", script],
        {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"},
        str(folder / "log"),
        folder="/opt/ml",
        **members,
    )

    async def scenario() -> Exit:
        await engine.launch("task", task)
        return await engine.wait("task")

    end = asyncio.run(scenario())
    return end, [event.message for event in read_events(folder / "log")]


def test_its_folder_is_at_opt_ml_and_can_be_written(engine: LocalEngine) -> None:
    """What it writes there is in the contract folder."""
    end, _ = run(engine, "pwd > model; test $(cat /opt/ml/model) = /opt/ml")

    assert end.code == 0
    assert (engine.folder("task").contract / "model").read_text() == "/opt/ml\n"


def test_nothing_of_the_data_folder_is_seen(engine: LocalEngine) -> None:
    """Neither the owner's key nor another task, whoever the program runs as."""
    other = engine.folder("other").root
    other.mkdir()
    (other / "secret").write_text("another's")
    key = engine.folder("task").root.parent.parent / "credentials.json"
    find = "find / -path /proc -prune -o -path '*/site-packages' -prune -o -name credentials.json -path '*data*' -print"
    _, printed = run(engine, f"cat {key} {other}/secret; {find} 2>/dev/null")

    assert not any("owner" in line or "another's" in line for line in printed)
    assert sum("No such file" in line or "Permission denied" in line for line in printed) == 2


def test_no_process_but_its_own_can_be_seen_or_signalled(engine: LocalEngine) -> None:
    """The test's process stands for the server."""
    _, printed = run(engine, f"kill -0 {os.getpid()}; ls /proc | grep -c '^[0-9]'")

    assert "No such process" in printed[0]
    assert int(printed[-1]) < 10


def test_it_has_no_privileges_and_can_gain_none(engine: LocalEngine) -> None:
    """No capability in any set, and no set-user-id program gives any."""
    _, printed = run(engine, "grep -E '^(Cap|NoNewPrivs)' /proc/self/status")

    assert [line.split("#011")[1] for line in printed if line.startswith("Cap")] == ["0" * 16] * 5
    assert "NoNewPrivs:#0111" in printed


def test_what_is_hidden_cannot_be_uncovered(engine: LocalEngine) -> None:
    """Neither by taking mounts away nor in namespaces of its own."""
    data_dir = engine.folder("task").root.parent.parent
    script = f"umount {data_dir}; umount /tmp; unshare -Urm sh -c 'umount {data_dir}; cat {data_dir}/credentials.json'"
    _, printed = run(engine, script)

    assert not any("owner" in line for line in printed)


def test_tmp_and_shared_memory_are_its_own(engine: LocalEngine) -> None:
    """They are empty, and what it writes there is nobody's."""
    _, printed = run(engine, "ls -A /dev/shm; echo x > /tmp/left-by-a-task; echo y > /dev/shm/left-by-a-task; ls /tmp")

    assert "left-by-a-task" in printed
    assert not Path("/tmp/left-by-a-task").exists()
    assert not Path("/dev/shm/left-by-a-task").exists()


def test_what_it_is_shown_in_tmp_leaves_tmp_its_own(engine: LocalEngine) -> None:
    """A server that is installed there, say, as on machines that test it."""
    with TemporaryDirectory(dir="/tmp") as folder:
        tool = Path(folder, "tool")
        tool.write_text("a tool\n")
        for path in (tool, Path(folder)):
            path.chmod(0o755)
        end, printed = run(engine, f"cat {tool}; echo x > /tmp/left-by-a-task; ls {folder}", needs=(str(tool),))

    assert (end.code, printed) == (0, ["a tool", "tool"])
    assert not Path("/tmp/left-by-a-task").exists()


def test_hosts_have_names_and_addresses(engine: LocalEngine) -> None:
    """The one that it is on, and the others."""
    hosts = {"algo-1": "127.64.1.1", "algo-2": "127.64.1.2"}
    _, printed = run(engine, "hostname; getent hosts algo-1 algo-2", host="algo-2", hosts=hosts)

    assert printed[0] == "algo-2"
    assert [line.split() for line in printed[1:]] == [["127.64.1.1", "algo-1"], ["127.64.1.2", "algo-2"]]


def test_our_interpreter_and_packages_are_there(engine: LocalEngine) -> None:
    """Wherever they are installed, a folder that is hidden included."""
    end, printed = run(engine, "python3 -c 'import numpy, fieldstone; print(numpy.ones(2).sum())'")

    assert (end.code, printed) == (0, ["2.0"])


def test_what_it_leaves_running_ends_with_it(engine: LocalEngine) -> None:
    """A program in a session of its own too."""
    end, printed = run(engine, "setsid sleep 1000 & echo $!; exit 4")

    assert end.code == 4
    assert printed[0].isdigit()
    assert not any(b"sleep\x001000" in line for line in command_lines())


def command_lines() -> list[bytes]:
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_bytes())
        except OSError:
            continue
    return lines


HUNGRY = "python3 -c 'b = bytearray(600 << 20); print(\"all of it\")'"


def test_a_program_that_takes_too_much_memory_is_ended(engine: LocalEngine) -> None:
    """And that is told apart from other kills."""
    end, printed = run(engine, HUNGRY, most_memory=200 << 20)

    assert end.cause == "memory"
    assert "all of it" not in printed


class Watching(LocalEngine):
    """An engine as it is where no control groups can be made."""

    async def ability(self) -> Ability:
        """What works here, without control groups."""
        return replace(await super().ability(), memory="watching")


def test_without_control_groups_memory_is_watched(tmp_path: Path) -> None:
    """A program that stays too large is ended within moments."""
    script = "exec python3 -c 'import time; b = bytearray(600 << 20); time.sleep(60)'"
    end, _ = run(Watching(tmp_path), script, most_memory=200 << 20)

    assert (end.cause, end.code) == ("memory", -signal.SIGKILL)


def test_memory_within_the_limit_is_given(engine: LocalEngine) -> None:
    """The limit is not felt before it is reached."""
    end, printed = run(engine, HUNGRY, most_memory=1 << 30)

    assert (end.code, printed) == (0, ["all of it"])


LISTEN = """
import socket, sys
with socket.create_server(("127.64.1.1", 5000)) as listening:
    print("up", flush=True)
    listening.accept()
"""
CALL = """
import socket, time
while True:
    try:
        socket.create_connection(("127.64.1.1", 5000))
        break
    except ConnectionRefusedError:
        time.sleep(0.01)
"""


def test_an_isolated_task_reaches_its_peer_and_nobody_else(engine: LocalEngine, ability: Ability) -> None:
    """Not this process, which listens on loopback too."""
    if not ability.own_network:
        pytest.skip("this machine allows no networks")

    def task(name: str, script: str, peer: int | None = None) -> Task:
        folder = engine.folder(name).root
        (folder / "ml").mkdir(parents=True)
        argv = [sys.executable, "-c", script]
        return Task(argv, {}, str(folder / "log"), folder="/opt/ml", isolated=True, peer=peer)

    async def scenario(port: int) -> tuple[Exit, Exit, Exit]:
        await engine.launch("first", task("first", LISTEN))
        attendance = engine.folder("first").read_attendance()
        assert attendance is not None
        await engine.launch("second", task("second", CALL, attendance.warden))
        outside = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
        await engine.launch("third", task("third", outside, attendance.warden))
        return await engine.wait("first"), await engine.wait("second"), await engine.wait("third")

    with socket.create_server(("127.0.0.1", 0)) as ours:
        first, second, third = asyncio.run(scenario(ours.getsockname()[1]))

    assert (first.code, second.code) == (0, 0)
    assert third.code == 1
    said = [event.message for event in read_events(engine.folder("third").root / "log")]
    assert "refused" in said[-1]
