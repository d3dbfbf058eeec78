"""Training jobs, seen from outside: created, and watched until they are completed."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xgboost
from account import BUCKET, IMAGE, ROLE, make_client
from connection import Connection
from servers import Server
from signing import sign_operation
from tabular import HYPERPARAMETERS

_OFTEN, _SELDOM = 0.004, 0.02
_GROUP = "/aws/sagemaker/TrainingJobs"


@dataclass(frozen=True, slots=True)
class Course:
    """When a job had got how far: seconds after the request to create it.

    Attributes:
        first_line: CloudWatch Logs had a line of the algorithm's.
        completed: Describe said so.
        stages: How long each secondary status lasted, by Describe.
    """

    first_line: float
    completed: float
    stages: dict[str, float]


def upload(server: Server, folder: str, files: dict[str, Path]) -> None:
    """Put a table's files where jobs find them."""
    s3 = make_client(server.url, server.key, "s3")
    s3.create_bucket(Bucket=BUCKET)
    for channel, file in files.items():
        s3.put_object(Bucket=BUCKET, Key=f"{folder}/{channel}/part.csv", Body=file.read_bytes())


def run_job(server: Server, name: str, folder: str, hyperparameters: dict[str, str] = HYPERPARAMETERS) -> Course:
    """Run a job and watch it: often at first, then less, because watching takes time from the training."""
    create = sign_operation(server, "SageMaker.CreateTrainingJob", _request(name, folder, hyperparameters))
    describe = sign_operation(server, "SageMaker.DescribeTrainingJob", {"TrainingJobName": name})
    with Connection(server.url) as connection:
        began = time.perf_counter()
        connection.ask(create)
        _until(lambda: _has_logged(server, connection, name), _OFTEN)
        first_line = time.perf_counter() - began
        job = _until(lambda: _ended(json.loads(connection.ask(describe))), _SELDOM)
        completed = time.perf_counter() - began
    return Course(first_line, completed, _stages(job))


def fetch_model(server: Server, name: str) -> xgboost.Booster:
    """The model that a job left in S3."""
    s3 = make_client(server.url, server.key, "s3")
    found = s3.get_object(Bucket=BUCKET, Key=f"models/{name}/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(found["Body"].read())) as archive:
        content = archive.extractfile("xgboost-model")
        assert content is not None
        return xgboost.Booster(model_file=bytearray(content.read()))


def _until(look: Callable[[], Any], pause: float) -> Any:
    while not (found := look()):
        time.sleep(pause)
    return found


def _has_logged(server: Server, connection: Connection, name: str) -> bool:
    def ask(operation: str, **parameters: str) -> dict[str, Any]:
        parameters["logGroupName"] = _GROUP
        return json.loads(connection.ask(sign_operation(server, f"Logs_20140328.{operation}", parameters)))

    try:
        streams = ask("DescribeLogStreams", logStreamNamePrefix=f"{name}/")["logStreams"]
    except RuntimeError:  # the group is made with the first job
        return False
    return any(ask("GetLogEvents", logStreamName=stream["logStreamName"])["events"] for stream in streams)


def _ended(job: dict[str, Any]) -> dict[str, Any] | None:
    if job["TrainingJobStatus"] == "InProgress":
        return None
    assert job["TrainingJobStatus"] == "Completed", job
    return job


def _stages(job: dict[str, Any]) -> dict[str, float]:
    stages = [stage for stage in job["SecondaryStatusTransitions"] if stage["Status"] != "Completed"]
    return {stage["Status"]: stage["EndTime"] - stage["StartTime"] for stage in stages}


def _request(name: str, folder: str, hyperparameters: dict[str, str]) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [_channel(folder, channel) for channel in ("train", "validation")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": hyperparameters,
    }


def _channel(folder: str, channel: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{folder}/{channel}/"}
    return {"ChannelName": channel, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}
