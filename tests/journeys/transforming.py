"""What the tests of batch transform share: a model that XGBoost made here, and jobs run to their end."""

import io
import tarfile
from functools import cache
from typing import Any

import numpy as np
import xgboost
from tests.conftest import Server, wait_until
from tests.journeys.conftest import IMAGE, ROLE
from tests.journeys.programs import install

FEATURES = 4


@cache
def booster() -> xgboost.Booster:
    """A model of four features."""
    features = table(500, seed=1)
    labels = features[:, 0] + features[:, 1] > 1
    return xgboost.train({"objective": "binary:logistic", "max_depth": 3}, xgboost.DMatrix(features, labels), 10)


def table(rows: int, seed: int = 0) -> Any:
    """Rows of features."""
    return np.random.default_rng(seed).uniform(size=(rows, FEATURES)).round(4).astype(np.float32)


def lines(features: Any, end: str = "\n") -> str:
    """The rows as CSV."""
    return "".join(",".join(map(str, row)) + end for row in features.tolist())


def scores(features: Any) -> list[float]:
    """What XGBoost itself says of the rows."""
    return booster().inplace_predict(features).tolist()


def create_model(aws: Any, bucket: str) -> None:
    """The model, in the account."""
    buffer = io.BytesIO()
    content = bytes(booster().save_raw("ubj"))
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    aws("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=buffer.getvalue())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)


def register_program(aws: Any, server: Server, name: str, program: str, **environment: str) -> None:
    """A model served by a program of the test's."""
    container = {"Image": install(server.data_dir, name, program), "Environment": environment}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)


def request(bucket: str, name: str = "batch", **changes: Any) -> dict[str, Any]:
    """CreateTransformJob over ``batch/`` into ``scored/``; members of input and output may be changed by name."""
    asked: dict[str, Any] = {
        "TransformJobName": name,
        "ModelName": "model",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{bucket}/scored", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    for member, value in changes.items():
        inside = "TransformOutput" if member in {"Accept", "AssembleWith", "KmsKeyId", "S3OutputPath"} else None
        inside = "TransformInput" if member in {"ContentType", "SplitType", "CompressionType"} else inside
        inside = "TransformResources" if member == "InstanceCount" else inside
        inside = "S3DataSource" if member in {"S3Uri", "S3DataType"} else inside
        if inside == "S3DataSource":
            asked["TransformInput"]["DataSource"]["S3DataSource"][member] = value
        else:
            (asked[inside] if inside else asked)[member] = value
    return asked


def transform(aws: Any, bucket: str, name: str = "batch", **changes: Any) -> dict[str, Any]:
    """Run a job to its end, and describe it."""
    aws("sagemaker").create_transform_job(**request(bucket, name, **changes))
    return ended(aws, name)


def ended(aws: Any, name: str = "batch", seconds: float = 60) -> dict[str, Any]:
    """A job's description, once it has ended."""

    def look() -> dict[str, Any] | None:
        job = aws("sagemaker").describe_transform_job(TransformJobName=name)
        return None if job["TransformJobStatus"] in {"InProgress", "Stopping"} else job

    return wait_until(look, seconds)


def put(aws: Any, bucket: str, objects: dict[str, bytes | str]) -> None:
    """Objects below ``batch/``."""
    for key, body in objects.items():
        aws("s3").put_object(Bucket=bucket, Key=f"batch/{key}", Body=body.encode() if isinstance(body, str) else body)


def outputs(aws: Any, bucket: str) -> dict[str, str]:
    """What lies below ``scored/``."""
    s3 = aws("s3")
    found = s3.list_objects_v2(Bucket=bucket, Prefix="scored/").get("Contents", [])
    return {
        item["Key"].removeprefix("scored/"): s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        for item in found
    }


def logged(aws: Any, name: str = "batch", suffix: str = "/data-log") -> list[str]:
    """The lines of a job's log streams whose names end so."""
    logs, group = aws("logs"), "/aws/sagemaker/TransformJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    return [
        event["message"]
        for stream in streams
        if stream["logStreamName"].endswith(suffix)
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)[
            "events"
        ]
    ]
