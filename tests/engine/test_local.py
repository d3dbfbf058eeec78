"""Tasks under supervisors: real processes, real kills."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import kill_tasks, wait_until

from fieldstone.core.eventlog import read_events
from fieldstone.engine.local import LocalEngine
from fieldstone.engine.task import Attendance, Exit, Task

PATH = {"PATH": os.environ["PATH"]}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalEngine]:
    yield LocalEngine(tmp_path)
    kill_tasks(tmp_path)


def shell(engine: LocalEngine, script: str, **limits: Any) -> Task:
    """A task that runs a shell script."""
    folder = engine.folder("task").root
    folder.mkdir(exist_ok=True)
    return Task(["sh", "-c", script], PATH, str(folder / "log"), **limits)


async def run(engine: LocalEngine, script: str, **limits: Any) -> Exit:
    await engine.launch("task", shell(engine, script, **limits))
    return await engine.wait("task")


def printed(engine: LocalEngine) -> list[str]:
    return [event.message for event in read_events(engine.folder("task").root / "log")]


def test_the_exit_status_is_kept(engine: LocalEngine) -> None:
    """What the program ended with is what the engine tells."""
    end = asyncio.run(run(engine, "exit 3"))

    assert (end.cause, end.code) == ("exited", 3)


def test_output_and_errors_are_logged_line_by_line_with_their_times(engine: LocalEngine) -> None:
    """Both streams, tabs as CloudWatch shows them, and a last line without an end."""
    asyncio.run(run(engine, r"printf 'one\ttwo\n'; echo three >&2; printf four"))

    events = list(read_events(engine.folder("task").root / "log"))
    assert [event.message for event in events] == ["one#011two", "three", "four"]
    assert all(1.7e12 < event.timestamp < 1e13 for event in events)


def test_a_program_that_cannot_be_started_ends_with_127_and_says_so(engine: LocalEngine) -> None:
    """As a shell would have it."""

    async def scenario() -> Exit:
        folder = engine.folder("task").root
        folder.mkdir()
        await engine.launch("task", Task(["/no/such/program"], {}, str(folder / "log")))
        return await engine.wait("task")

    assert asyncio.run(scenario()).code == 127
    assert printed(engine) == ["/no/such/program cannot be started: No such file or directory"]


def test_nothing_of_the_servers_environment_gets_in(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task has the environment it was given and no other."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the owner's")

    asyncio.run(run(engine, "env"))

    assert not any("AWS_SECRET_ACCESS_KEY" in line for line in printed(engine))


def test_a_stopped_program_may_end_in_good_order(engine: LocalEngine) -> None:
    """SIGTERM comes first, and the program may use it."""

    async def scenario() -> Exit:
        await engine.launch(
            "task", shell(engine, "trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.02; done")
        )
        await asyncio.to_thread(wait_until, lambda: printed(engine) == ["up"])
        engine.stop("task")
        return await engine.wait("task")

    end = asyncio.run(scenario())

    assert (end.cause, end.code) == ("stopped", 0)
    assert printed(engine)[-1] == "saved"


def test_a_program_that_will_not_end_is_killed_after_its_grace(engine: LocalEngine) -> None:
    """With everything it started."""
    end = asyncio.run(run(engine, "trap '' TERM; sleep 99 & sleep 99", most_seconds=0.5, grace_seconds=0.1))

    assert (end.cause, end.code) == ("timeout", -signal.SIGKILL)


def test_a_task_is_found_again_by_another_engine(engine: LocalEngine, tmp_path: Path) -> None:
    """As after a restart of the server: its end is seen although it is nobody's child here."""

    async def scenario() -> Exit:
        await engine.launch("task", shell(engine, "sleep 0.3; exit 5"))
        again = LocalEngine(tmp_path)
        assert again.running("task")
        end = await again.wait("task")
        await engine.wait("task")  # its parent collects it
        return end

    assert asyncio.run(scenario()).code == 5


def test_a_program_dies_with_its_supervisor(engine: LocalEngine) -> None:
    """The task is lost, and none of its processes stays."""

    async def scenario() -> tuple[Exit, int]:
        await engine.launch("task", shell(engine, "sleep 99 & sleep 99"))
        attendance = engine.folder("task").read_attendance()
        assert attendance is not None
        os.kill(attendance.supervisor, signal.SIGKILL)
        return await engine.wait("task"), attendance.warden

    end, program = asyncio.run(scenario())

    assert end.cause == "lost"
    wait_until(lambda: not _group_lives(program), 5)


def test_a_task_is_not_started_twice(engine: LocalEngine) -> None:
    """Launching what runs does nothing."""

    async def scenario() -> None:
        task = shell(engine, "echo once; sleep 0.3")
        await engine.launch("task", task)
        await engine.launch("task", task)
        await engine.wait("task")

    asyncio.run(scenario())

    assert printed(engine) == ["once"]


def test_removing_a_task_ends_it_and_leaves_nothing(engine: LocalEngine) -> None:
    """Neither process nor folder."""

    async def scenario() -> int:
        await engine.launch("task", shell(engine, "sleep 99"))
        attendance = engine.folder("task").read_attendance()
        assert attendance is not None
        await engine.remove("task")
        return attendance.warden

    program = asyncio.run(scenario())

    assert not engine.folder("task").root.exists()
    wait_until(lambda: not _group_lives(program), 5)


def test_what_a_number_is_given_to_later_is_left_alone(engine: LocalEngine) -> None:
    """After a restart of the machine the numbers of a lost task's processes are others'."""
    with subprocess.Popen(["sleep", "99"], start_new_session=True) as stranger:
        engine.folder("task").root.mkdir()
        engine.folder("task").write_attendance(Attendance(stranger.pid, stranger.pid, born=1))
        engine.folder("task").lock.touch()

        assert asyncio.run(engine.wait("task")).cause == "lost"
        assert stranger.poll() is None
        stranger.kill()


def test_a_very_long_line_is_cut_into_events(engine: LocalEngine) -> None:
    """No event is longer than CloudWatch takes."""
    folder = engine.folder("task").root
    folder.mkdir()
    command = [sys.executable, "-c", "print('x' * 600_000)"]

    async def scenario() -> None:
        await engine.launch("task", Task(command, {}, str(folder / "log")))
        await engine.wait("task")

    asyncio.run(scenario())

    assert "".join(printed(engine)) == "x" * 600_000
    assert max(map(len, printed(engine))) <= 256 * 1024


def _group_lives(leader: int) -> bool:
    """Whether a process of the group is there that is not just waiting to be collected."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == leader and fields[0] != "Z":
                return True
    return False
