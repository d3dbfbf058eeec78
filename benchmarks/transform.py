"""How many rows a batch transform scores in a second: Fieldstone against a bare loop of XGBoost's ``inplace_predict``.

A job is timed from CreateTransformJob until Describe says Completed, and from the moment when its model server was
ready until it ended. The bare loop reads the same CSV, cut into the same payloads, by the same reader, on as many
threads, in a fresh process: timed as a whole, and without the interpreter's start, its imports and the model's loading.
Both must write the same scores.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xgboost
from account import BUCKET, IMAGE, ROLE, make_client
from connection import Connection
from pace import Pace, read_pace
from pyarrow import csv
from servers import Server, run_fieldstone
from signing import sign_operation
from tables import ratios, show, spread
from tabular import FEATURES, HYPERPARAMETERS

_BARE = Path(__file__).with_name("bare_transform.py")
_ROWS = 200_000
_THREADS = min(2, len(os.sched_getaffinity(0)))
"""As many as Fieldstone gives to a job on ml.m5.large."""
_SELDOM = 0.02
_GROUP = "/aws/sagemaker/TransformJobs"


@dataclass(slots=True)
class Tries:
    """Seconds of each try: the whole job, the job once its model was ready, the bare process, the bare loop."""

    jobs: list[float] = field(default_factory=list[float])
    scoring: list[float] = field(default_factory=list[float])
    processes: list[float] = field(default_factory=list[float])
    loops: list[float] = field(default_factory=list[float])


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    with run_fieldstone() as server, tempfile.TemporaryDirectory() as scratch:
        seen = _try(server, Path(scratch), pace.tries)
    title = f"Batch transform, {_ROWS} rows of {FEATURES} columns, 100 trees, {_THREADS} threads; rows per second"
    header = ("", "Fieldstone", "bare", "Fieldstone / bare")
    rows = [
        _row("the whole: job, process", seen.jobs, seen.processes),
        _row("scoring alone", seen.scoring, seen.loops),
    ]
    show(title, header, rows)


def _try(server: Server, scratch: Path, count: int) -> Tries:
    seen = Tries()
    model, given, scored = scratch / "model.ubj", scratch / "in.csv", scratch / "out.csv"
    _write(model, given)
    _upload(server, model, given)
    for number in range(count):
        whole, scoring = _run_job(server, f"batch-{number}")
        seen.jobs.append(whole)
        seen.scoring.append(scoring)
        process, loop = _score_bare(model, given, scored)
        seen.processes.append(process)
        seen.loops.append(loop)
    s3 = make_client(server.url, server.key, "s3")
    assert s3.get_object(Bucket=BUCKET, Key="scored/in.csv.out")["Body"].read() == scored.read_bytes()
    return seen


def _write(model: Path, given: Path) -> None:
    rng = np.random.default_rng(7)
    features = rng.normal(size=(_ROWS, FEATURES)).round(4)
    parameters = dict(HYPERPARAMETERS)
    rounds = int(parameters.pop("num_round"))
    labels = features[:20_000, :5].sum(axis=1) + rng.normal(size=20_000) > 0
    xgboost.train(parameters, xgboost.DMatrix(features[:20_000], labels), rounds).save_model(model)
    table = pa.table(list(features.T), [str(number) for number in range(FEATURES)])
    csv.write_csv(table, given, csv.WriteOptions(include_header=False))


def _upload(server: Server, model: Path, given: Path) -> None:
    s3 = make_client(server.url, server.key, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="batch/in.csv", Body=given.read_bytes())
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(model, "xgboost-model")
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=buffer.getvalue())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    sagemaker = make_client(server.url, server.key, "sagemaker")
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)


def _run_job(server: Server, name: str) -> tuple[float, float]:
    """Seconds of the whole job, and since its model was ready."""
    create = sign_operation(server, "SageMaker.CreateTransformJob", _request(name))
    describe = sign_operation(server, "SageMaker.DescribeTransformJob", {"TransformJobName": name})
    with Connection(server.url) as connection:
        began = time.perf_counter()
        connection.ask(create)
        while (job := json.loads(connection.ask(describe)))["TransformJobStatus"] == "InProgress":
            time.sleep(_SELDOM)
        whole = time.perf_counter() - began
    assert job["TransformJobStatus"] == "Completed", job
    return whole, job["TransformEndTime"] - _ready(server, name)


def _ready(server: Server, name: str) -> float:
    """When the data log began: the model has said how it wants to be asked."""
    logs = make_client(server.url, server.key, "logs")
    streams = logs.describe_log_streams(logGroupName=_GROUP, logStreamNamePrefix=f"{name}/")["logStreams"]
    (stream,) = (one["logStreamName"] for one in streams if one["logStreamName"].endswith("/data-log"))
    return logs.get_log_events(logGroupName=_GROUP, logStreamName=stream)["events"][0]["timestamp"] / 1e3


def _score_bare(model: Path, given: Path, scored: Path) -> tuple[float, float]:
    """Seconds of the whole process, and of the loop alone."""
    command = [sys.executable, str(_BARE), str(model), str(given), str(scored), str(_THREADS)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(done.stdout.splitlines()[-1])


def _request(name: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/batch/"}
    return {
        "TransformJobName": name,
        "ModelName": "model",
        "TransformInput": {"DataSource": {"S3DataSource": source}, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/scored", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }


def _row(name: str, ours: list[float], theirs: list[float]) -> tuple[str, ...]:
    rates = [[_ROWS / seconds for seconds in times] for times in (ours, theirs)]
    return (name, spread(rates[0]), spread(rates[1]), spread(ratios(*rates)))


if __name__ == "__main__":
    run(read_pace(__doc__))
