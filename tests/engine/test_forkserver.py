"""Programs forked from a process that has imported what they need."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import kill_tasks, wait_until

from fieldstone.core.eventlog import read_events
from fieldstone.engine.forkserver import ForkServer
from fieldstone.engine.local import LocalEngine
from fieldstone.engine.task import Exit, Task


class Forking(LocalEngine):
    """An engine whose fork server is ready."""

    forks: ForkServer

    def warm(self) -> None:
        """Wait until it is."""
        self.forks = self._forks = ForkServer(self._root)
        wait_until(lambda: self.forks.ready, 120)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forking]:
    """One for all tests, since it takes a while to import."""
    data_dir = tmp_path_factory.mktemp("data")
    (data_dir / "tasks").mkdir()
    engine = Forking(data_dir / "tasks", data_dir)
    engine.warm()
    yield engine
    engine.close()
    kill_tasks(data_dir)


@pytest.fixture
def name(request: pytest.FixtureRequest, engine: Forking) -> str:
    """A task with a folder."""
    engine.folder(request.node.name).contract.mkdir(parents=True)
    return request.node.name


def task(engine: Forking, name: str, code: str) -> Task:
    """A task that runs code in a module of the standard library's."""
    argv = [sys.executable, "-P", "-m", "timeit", "-n", "1", "-r", "1", "-s", code, "pass"]
    environment = {"TOLD": "so", "PATH": os.environ["PATH"], "OMP_NUM_THREADS": "2"}
    return Task(argv, environment, str(engine.folder(name).root / "log"))


def run(engine: Forking, name: str, code: str) -> tuple[Exit, list[str]]:
    """Run code to its end: how it ended, and what it printed."""

    async def scenario() -> Exit:
        await engine.launch(name, task(engine, name, code))
        return await engine.wait(name)

    end = asyncio.run(scenario())
    return end, printed(engine, name)


def printed(engine: Forking, name: str) -> list[str]:
    return [event.message for event in read_events(engine.folder(name).root / "log")]


def test_what_it_needs_is_imported_already(engine: Forking, name: str) -> None:
    """Before its first line."""
    end, said = run(engine, name, "import sys; print({'numba', 'xgboost', 'pandas', 'sklearn'} <= {*sys.modules})")

    assert (end.code, said[0]) == (0, "True")


def test_its_environment_and_arguments_are_its_own(engine: Forking, name: str) -> None:
    """Nothing of the fork server's is left."""
    _, said = run(engine, name, "import os, sys; print(sorted(os.environ), sys.argv[1:3])")

    assert said[0] == "['OMP_NUM_THREADS', 'PATH', 'TOLD'] ['-n', '1']"


def test_nothing_of_one_job_is_left_for_the_next(engine: Forking, name: str) -> None:
    """Each begins as the fork server is."""
    code = "import numpy; print(hasattr(numpy, 'left')); numpy.left = True"

    assert [run(engine, name, code)[1][0] for _ in range(2)][-1] == "False"


def test_random_numbers_differ(engine: Forking, name: str) -> None:
    """NumPy's too, and the keys with which processes talk."""
    code = "import multiprocessing as m, numpy; print(numpy.random.random(), m.current_process().authkey.hex())"
    run(engine, name, code)
    numbers = [line.split() for line in run(engine, name, code)[1] if line.startswith("0.")]

    assert len({number for number, _ in numbers}) == len({key for _, key in numbers}) == 2


def test_an_exit_status_is_kept(engine: Forking, name: str) -> None:
    """As of any program."""
    assert run(engine, name, "import os; os._exit(7)")[0].code == 7


def test_an_exception_is_printed_and_fails_it(engine: Forking, name: str) -> None:
    """With its traceback."""
    end, said = run(engine, name, "raise ValueError('no rows')")

    assert end.code == 1
    assert said[-1] == "ValueError: no rows"


def test_it_dies_with_its_supervisor(engine: Forking, name: str) -> None:
    """Killed by whatever; the fork server goes on."""

    async def scenario() -> Exit:
        await engine.launch(name, task(engine, name, "import time; print('up', flush=True); time.sleep(600)"))
        await asyncio.to_thread(wait_until, lambda: printed(engine, name) == ["up"])
        attendance = engine.folder(name).read_attendance()
        assert attendance is not None
        os.kill(attendance.supervisor, signal.SIGKILL)
        end = await engine.wait(name)
        await asyncio.to_thread(wait_until, lambda: not Path(f"/proc/{attendance.warden}").exists())
        return end

    assert asyncio.run(scenario()).cause == "lost"
    assert engine.forks.ready


def test_without_a_fork_server_programs_start_all_the_same(tmp_path: Path) -> None:
    """When it was killed, too."""
    engine = Forking(tmp_path)
    engine.forks = engine._forks = ForkServer(tmp_path)
    os.kill(engine.forks._process.pid, signal.SIGKILL)
    engine.folder("task").contract.mkdir(parents=True)
    end, said = run(engine, "task", "print('here')")
    engine.close()

    assert (end.code, said[0]) == (0, "here")
