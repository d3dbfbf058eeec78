"""Server, supervisors and programs killed at any instant, while jobs of every sort run."""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.conftest import wait_until
from tests.durability.conftest import files, named_files
from tests.durability.works import KINDS, Works

from fieldstone.core.settings import DataDir
from fieldstone.engine.memory import groups_of
from fieldstone.engine.task import TaskFolder


def running(data_dir):
    """The tasks that run: their folders, and who runs them."""
    for path in DataDir(data_dir).tasks.iterdir():
        folder = TaskFolder(path)
        attendance = folder.read_attendance()
        if attendance is not None and folder.read_exit() is None:
            yield folder, attendance


def kill_one(works, data_dir, moments):
    """Kill a supervisor or a program of a job, if there is any; which."""
    found = list(running(data_dir))
    if not found:
        return None
    folder, attendance = moments.choice(found)
    victim = moments.choice(["supervisor", "program"])
    pid = attendance.supervisor
    if victim == "program":
        with suppress(OSError):
            children = Path(f"/proc/{attendance.warden}/task/{attendance.warden}/children").read_text().split()
            pid = int(children[0]) if children else attendance.warden
    blame(works, data_dir, folder.root.name)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return victim


def blame(works, data_dir, task_id):
    """Count a kill for the job that a task belongs to."""
    uid = int(task_id.split("-")[1])
    with closing(sqlite3.connect(f"file:{data_dir / 'fieldstone.db'}?mode=ro", uri=True)) as rows:
        ((name,),) = rows.execute("SELECT name FROM resources WHERE uid = ?", [uid])
    next(job for job in works.jobs if job.name == name).kills += 1


def processes(data_dir):
    """The processes that work for a data folder, or a program beside it, by their command lines or environments."""
    mark = os.fsencode(data_dir.parent)
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            if mark in line or mark in (entry / "environ").read_bytes():
                yield line.replace(b"\0", b" ").decode()


def jobs_processes(data_dir):
    """The same without the server and its fork server."""
    ours = ("fieldstone up", "fieldstone.engine.forkserver")
    return [line for line in processes(data_dir) if not any(word in line for word in ours)]


def session_keys(data_dir):
    """The session keys that open something."""
    with closing(sqlite3.connect(f"file:{data_dir / 'fieldstone.db'}?mode=ro", uri=True)) as rows:
        return rows.execute("SELECT count(*) FROM resources WHERE kind = 'SessionKey'").fetchone()[0]


def is_tidy(data_dir):
    """Whether nothing of any job is left but its row, its logs and its outputs."""
    tasks = DataDir(data_dir).tasks
    left = [*tasks.iterdir(), *jobs_processes(data_dir), *groups_of(tasks)]
    return not left and session_keys(data_dir) == 0 and files(data_dir) == named_files(data_dir)


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_jobs_end_as_they_should_whoever_is_killed(own_server, kills):
    """Every job in a right status, outputs whole or absent; no process, core, folder, group or key is left of any."""
    moments, works = random.Random(kills), Works(kills)
    server = own_server("--auth", "off")
    works.begin(server)
    victims = Counter()
    while victims.total() < kills:
        works.start(2)
        time.sleep(moments.uniform(0.1, 1.2))
        if moments.random() < 0.5:
            server.kill()
            works.join()
            server = own_server("--auth", "off")
            works.connect(server)
            victims["server"] += 1
        elif victim := kill_one(works, server.data_dir, moments):
            victims[victim] += 1
        works.join()
    outcomes = works.settle(60 + 10 * kills)

    assert kills < 20 or set(victims) == {"server", "supervisor", "program"}
    assert outcomes.total() >= kills
    wait_until(lambda: is_tidy(server.data_dir))
    last = works.create(kind=KINDS["Training"], hosts=1, instance="ml.m5.24xlarge")
    works.settle(60)
    transitions = works.describe(last)["SecondaryStatusTransitions"]
    assert "Pending" not in [transition["Status"] for transition in transitions]
    assert server.stop() == 0
    assert list(processes(server.data_dir)) == []
