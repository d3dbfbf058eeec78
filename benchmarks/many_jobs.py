"""Two hundred jobs of 10 ms, all asked for at once: Fieldstone against bare processes, at the same width.

The program is a shell script that sleeps. Fieldstone runs as many jobs at a time as the machine has cores for
(ml.m5.large takes two); each has its folder, view, key, log and archive in S3. The peers are `xargs -P` and Python's
thread pool, which start the script as often and do nothing else: the least that any runner of jobs can cost.
"""

import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from account import BUCKET, ROLE, make_client
from connection import Connection
from pace import Pace, read_pace
from servers import Server, run_fieldstone
from signing import sign_operation
from tables import ratios, show, spread

from fieldstone.engine.registry import register

_JOBS = 200
_SCRIPT = "#!/bin/sh\nsleep 0.01\n"
_WIDTH = max(1, len(os.sched_getaffinity(0)) // 2)
_OFTEN = 0.05


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    ours: list[float] = []
    peers: dict[str, list[float]] = {"xargs -P": [], "thread pool": []}
    with run_fieldstone() as server, tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "train"
        script.write_text(_SCRIPT)
        for path in (script, script.parent):  # jobs run as users of their own
            path.chmod(0o755)
        image = _register(server, script)
        for number in range(pace.tries):
            ours.append(_JOBS / _run_jobs(server, image, f"try-{number}"))
            peers["xargs -P"].append(_JOBS / _run_xargs(script))
            peers["thread pool"].append(_JOBS / _run_pool(script))
    rows = [(name, spread(rates), spread(ratios(rates, ours))) for name, rates in peers.items()]
    title = f"{_JOBS} jobs of 10 ms, {_WIDTH} at a time, {pace.tries} tries; jobs per second"
    show(title, ("who", "jobs/s", "times Fieldstone's"), [("Fieldstone", spread(ours), ""), *rows])


def _register(server: Server, script: Path) -> str:
    """Put the script behind an image; the image's address."""
    assert server.folder is not None
    register(server.folder / "programs", "short", script.parent)
    make_client(server.url, server.key, "s3").create_bucket(Bucket=BUCKET)
    return "short:1"


def _run_jobs(server: Server, image: str, prefix: str) -> float:
    """Seconds from the first request until the last job has ended well."""
    names = [f"{prefix}-{number}" for number in range(_JOBS)]
    creations = [sign_operation(server, "SageMaker.CreateTrainingJob", _request(image, name)) for name in names]
    with Connection(server.url) as connection:
        began = time.perf_counter()
        for creation in creations:
            connection.ask(creation)
        while _list(server, connection, prefix, "InProgress"):
            time.sleep(_OFTEN)
        seconds = time.perf_counter() - began
        assert len(_list(server, connection, prefix, "Completed")) == 100  # a page full; none has failed
        assert not _list(server, connection, prefix, "Failed")
    return seconds


def _list(server: Server, connection: Connection, prefix: str, status: str) -> list[Any]:
    asked = {"NameContains": prefix, "StatusEquals": status, "MaxResults": 100}
    found = connection.ask(sign_operation(server, "SageMaker.ListTrainingJobs", asked))
    return json.loads(found)["TrainingJobSummaries"]


def _request(image: str, name: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _run_xargs(script: Path) -> float:
    numbers = "\n".join(map(str, range(_JOBS)))
    began = time.perf_counter()
    subprocess.run(["xargs", "-n", "1", "-P", str(_WIDTH), str(script)], input=numbers, text=True, check=True)
    return time.perf_counter() - began


def _run_pool(script: Path) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(_WIDTH) as pool:
        for done in pool.map(lambda _: subprocess.run([str(script)], check=True), range(_JOBS)):
            assert done.returncode == 0
    return time.perf_counter() - began


if __name__ == "__main__":
    run(read_pace(__doc__))
