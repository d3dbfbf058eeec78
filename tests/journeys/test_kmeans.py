"""K-Means from boto3's side: records into centres, an endpoint and a batch transform."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from tests.journeys.conftest import ROLE, training_request
from tests.journeys.endpoints import configure, deploy, variant
from tests.journeys.programs import run_to_end
from tests.journeys.transforming import outputs, put, transform

from fieldstone.algorithms.amazon import ndarray, records

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"
DRAWS = np.random.default_rng(1)
ROWS = (DRAWS.integers(0, 3, (600, 1)) * [10, -10, 5] + DRAWS.normal(size=(600, 3))).astype(np.float32)
RECORDIO = "application/x-recordio-protobuf"


def request(bucket: str, aws: Any, rows: Any, *, test: bool = False) -> dict[str, Any]:
    asked = training_request(bucket)
    asked["AlgorithmSpecification"] = {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"}
    asked["HyperParameters"] = {"feature_dim": "3", "k": "3", "epochs": "2", "mini_batch_size": "100"}
    train = asked["InputDataConfig"][0]
    source = {"S3DataSource": train["DataSource"]["S3DataSource"] | {"S3Uri": f"s3://{bucket}/data/train/"}}
    named = ["train", "test"] if test else ["train"]
    asked["InputDataConfig"] = [{"ChannelName": name, "ContentType": RECORDIO, "DataSource": source} for name in named]
    aws("s3").put_object(Bucket=bucket, Key="data/train/matrix_0.pbr", Body=records.write(rows))
    return asked


def test_records_become_centres_that_an_endpoint_and_a_transform_know_the_rows_by(
    aws: Any, bucket: str, tmp_path: Path
) -> None:
    """Trained through a pipe; labels and distances are those that NumPy finds from the artifact, in every form."""
    sagemaker = aws("sagemaker")
    job = run_to_end(sagemaker, request(bucket, aws, ROWS, test=True))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    archive = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(tmp_path, filter="data")
    centers = ndarray.load(tmp_path / "model_algo-1")["0"]
    distances = np.sqrt(((ROWS[:, None].astype(np.float64) - centers) ** 2).sum(axis=2))
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert set(metrics) == {"train:progress", "train:throughput", "train:msd", "test:msd"}
    np.testing.assert_allclose(metrics["test:msd"], (distances.min(axis=1) ** 2).mean(), rtol=1e-5)

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    configure(sagemaker, "config", variant("model"))
    deploy(sagemaker, "config")
    expected = np.column_stack([distances.argmin(axis=1), distances.min(axis=1)])[:5]
    csv = "".join(",".join(map(str, row)) + "\n" for row in ROWS[:5].tolist())
    instances = [{"features": row} for row in ROWS[:5].tolist()]

    def ask(content_type: str, body: Any) -> list[dict[str, float]]:
        reply = aws("sagemaker-runtime").invoke_endpoint(EndpointName="endpoint", ContentType=content_type, Body=body)
        return json.loads(reply["Body"].read())["predictions"]

    for told in (
        ask("text/csv", csv),
        ask("application/json", json.dumps({"instances": instances})),
        ask("application/jsonlines", "\n".join(map(json.dumps, instances))),
        ask(RECORDIO, records.write(ROWS[:5])),
    ):
        np.testing.assert_allclose(pairs(told), expected, rtol=1e-5)

    put(aws, bucket, {"rows.csv": csv})
    transform(aws, bucket, Accept="application/jsonlines")
    lines = outputs(aws, bucket)["rows.csv.out"].splitlines()
    np.testing.assert_allclose(pairs(list(map(json.loads, lines))), expected, rtol=1e-5)


def pairs(told: list[dict[str, float]]) -> list[list[float]]:
    return [[row["closest_cluster"], row["distance_to_cluster"]] for row in told]


def test_fewer_rows_than_centres_fail_the_job_with_both_numbers(aws: Any, bucket: str) -> None:
    """As the customer's error that it is."""
    job = run_to_end(aws("sagemaker"), request(bucket, aws, ROWS[:2]))

    assert job["FailureReason"] == "ClientError: The training data has 2 data points, fewer than k=3., exit code: 2"
