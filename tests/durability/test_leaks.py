"""Many small jobs, one after the other: the server, and the machine, are as they were before."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conftest import wait_until
from tests.durability.test_job_kills import is_tidy, processes
from tests.durability.works import BUCKET, KINDS, Works
from tests.journeys.conftest import make_rows, to_csv, training_request

from fieldstone.core.settings import DataDir

AT_A_TIME = 20
MOST_THREADS = 16 + len(os.sched_getaffinity(0))
"""The pool of asyncio's grows to four more than there are cores; the others are a few."""
MOST_GROWTH = 24 << 20
"""Bytes: caches fill up, a thousand leaks of a kilobyte's object each do not fit in."""


def family(pid):
    """A process and its children, by what they are called: the server, and its fork server."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{one}/comm").read_text().strip() + f"-{one}": int(one) for one in (pid, *children)}


def vitals(server):
    """What must not grow with the number of jobs."""
    found = {}
    for name, pid in family(server.process.pid).items():
        status = Path(f"/proc/{pid}/status").read_text()
        found[name, "descriptors"] = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        threads = int(re.search(r"^Threads:\s+(\d+)", status, re.MULTILINE)[1])
        found[name, "many threads"] = max(0, threads - MOST_THREADS)
        found[name, "state"] = re.search(r"^State:\s+(\w)", status, re.MULTILINE)[1] == "Z"
    data_dir = DataDir(server.data_dir)
    folders = (data_dir.tasks, data_dir.incoming, data_dir.programs, data_dir.cache, server.data_dir.parent / "tmp")
    found["processes"] = len(list(processes(server.data_dir)))
    found |= {str(folder): len(list(folder.iterdir())) for folder in folders}
    found["mounts"] = len(Path(f"/proc/{server.process.pid}/mounts").read_text().splitlines())
    return found


def memory(server):
    """The bytes that each process of the server has for itself."""
    found = {}
    for name, pid in family(server.process.pid).items():
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found[name] = sum(int(kib) * 1024 for kib in re.findall(r"^Private_\w+:\s+(\d+)", rollup, re.MULTILINE))
    return found


def is_steady(server):
    """Whether nobody takes up memory now: the fork server imports for a while."""
    before = memory(server)
    time.sleep(0.5)
    return all(abs(size - before.get(name, 0)) < 1 << 20 for name, size in memory(server).items())


def run_jobs(works, count, *, built_in):
    """Run small jobs of every sort to their end, some at a time; if wanted, every third by the fork server."""
    for start in range(0, count, AT_A_TIME):
        names = []
        for number in range(start, min(count, start + AT_A_TIME)):
            if built_in and number % 3 == 0:
                names.append(f"built-in-{count}-{number}")
                works.sagemaker.create_training_job(**training_request(BUCKET, names[-1], rounds=1))
            else:
                noun = ("Training", "Processing", "Transform")[number // 3 % 3]
                works.create(kind=KINDS[noun], size=1000, hosts=1, seconds=0)
        works.settle(120)
        works.jobs.clear()
        for name in names:
            wait_until(lambda name=name: status(works, name) not in {"InProgress", "Stopping"}, 120)
            assert status(works, name) == "Completed"


def status(works, name):
    return works.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]


@pytest.mark.parametrize(("first", "more"), [(6, 6), pytest.param(100, 900, marks=pytest.mark.slow)])
def test_jobs_leave_nothing_behind(own_server, tmp_path, first, more):
    """No descriptor, thread, process, folder, group, mount or zombie is there after many that was not after some."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    server, works = own_server("--auth", "off", before=("env", f"TMPDIR={scratch}")), Works(first)
    works.begin(server)
    for channel in ("train", "validation"):
        works.s3.put_object(Bucket=BUCKET, Key=f"data/{channel}/a.csv", Body=to_csv(make_rows(20)))
    run_jobs(works, first, built_in=more > 100)
    wait_until(lambda: is_tidy(server.data_dir))
    wait_until(lambda: is_steady(server))
    before, weight = vitals(server), memory(server)
    run_jobs(works, more, built_in=more > 100)

    wait_until(lambda: is_tidy(server.data_dir))
    with suppress(AssertionError):  # the difference is shown by what follows
        wait_until(lambda: vitals(server) == before, 10)
    assert vitals(server) == before
    for name, size in memory(server).items():
        assert size < weight[name] + MOST_GROWTH
