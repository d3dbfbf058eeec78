"""How long a training job takes beyond the training itself: Fieldstone against the bare call of XGBoost.

A job is timed from CreateTrainingJob until Describe says Completed, and until CloudWatch Logs has the algorithm's first
line. The bare call reads the same CSV with the same reader, on as many threads, in a fresh process: timed as a whole,
and without the interpreter's start and its imports. Both must give the same trees.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import xgboost
from jobs import Course, fetch_model, run_job, upload
from pace import Pace, read_pace
from servers import Server, run_fieldstone
from tables import ratios, show, spread
from tabular import TABLES, Table

_BARE = Path(__file__).with_name("bare_xgboost.py")
_THREADS = min(2, len(os.sched_getaffinity(0)))
"""As many as Fieldstone gives to a job on ml.m5.large."""


@dataclass(slots=True)
class Tries:
    """What the tries on one table gave, in their order; seconds.

    Attributes:
        jobs: Fieldstone's.
        processes: The bare call's process, from start to end.
        calls: The bare call alone.
    """

    jobs: list[Course] = field(default_factory=list[Course])
    processes: list[float] = field(default_factory=list[float])
    calls: list[float] = field(default_factory=list[float])


def run(pace: Pace) -> None:
    """Measure, and print the tables."""
    with run_fieldstone() as server:
        tries = [(table, _try(server, table, pace.tries)) for table in TABLES]
    title = f"Training, {_THREADS} threads, {pace.tries} tries; milliseconds"
    header = ("table", "first log line", "job completed", "bare process", "bare call", "job / process", "job - process")
    show(title, header, [_row(table, seen) for table, seen in tries])
    stages = list(tries[0][1].jobs[0].stages)
    rows = [
        (table.label, *(spread(_milliseconds(course.stages[s] for course in seen.jobs)) for s in stages))
        for table, seen in tries
    ]
    show("The stages of those jobs, by Describe; milliseconds", ("table", *stages), rows)


def _try(server: Server, table: Table, count: int) -> Tries:
    seen = Tries()
    with tempfile.TemporaryDirectory() as scratch:
        files, model = table.write(Path(scratch)), Path(scratch) / "model.ubj"
        upload(server, table.folder, files)
        names = [f"{table.folder}-{number}" for number in range(count)]
        for name in names:
            seen.jobs.append(run_job(server, name, table.folder))
            process, call = _train_bare(files, model)
            seen.processes.append(process)
            seen.calls.append(call)
        assert fetch_model(server, names[-1]).get_dump() == xgboost.Booster(model_file=model).get_dump()
    return seen


def _train_bare(files: dict[str, Path], model: Path) -> tuple[float, float]:
    """Seconds of the whole process, and of the call alone."""
    command = [sys.executable, str(_BARE), str(files["train"]), str(files["validation"]), str(model), str(_THREADS)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(done.stdout.splitlines()[-1])


def _row(table: Table, seen: Tries) -> tuple[str, ...]:
    completed = [course.completed for course in seen.jobs]
    overhead = [job - process for job, process in zip(completed, seen.processes, strict=True)]
    times = ([course.first_line for course in seen.jobs], completed, seen.processes, seen.calls)
    return (
        table.label,
        *(spread(_milliseconds(values)) for values in times),
        spread(ratios(completed, seen.processes)),
        spread(_milliseconds(overhead)),
    )


def _milliseconds(seconds: Iterable[float]) -> list[float]:
    return [value * 1e3 for value in seconds]


if __name__ == "__main__":
    run(read_pace(__doc__))
