"""A small table, and the requests of a training job and an endpoint over it."""

import random
from typing import Any

import pytest

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROLE = "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"


def make_rows(count: int, seed: int = 7) -> list[list[float]]:
    """Rows of a label and three features; the label follows the first two features."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        features = [round(rng.uniform(0, 1), 4) for _ in range(3)]
        rows.append([float(features[0] + features[1] > 1), *features])
    return rows


def to_csv(rows: list[list[float]]) -> bytes:
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows).encode()


@pytest.fixture
def training_job(bucket: str, aws: Any) -> dict[str, Any]:
    """A CreateTrainingJob request whose data lie in the account's bucket."""
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key="data/train/part-0.csv", Body=to_csv(make_rows(400)))
    s3.put_object(Bucket=bucket, Key="data/validation/part-0.csv", Body=to_csv(make_rows(100, seed=8)))
    return training_request(bucket)


def training_request(bucket: str, name: str = "job", rounds: int = 10) -> dict[str, Any]:
    channels = [
        {
            "ChannelName": channel,
            "ContentType": "text/csv",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://{bucket}/data/{channel}/",
                    "S3DataDistributionType": "FullyReplicated",
                }
            },
        }
        for channel in ("train", "validation")
    ]
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {
            "objective": "binary:logistic",
            "num_round": str(rounds),
            "max_depth": "3",
            "eval_metric": "auc",
        },
    }
