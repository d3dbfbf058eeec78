"""Factorization machines from boto3's side: sparse records into a model, an endpoint and a batch transform."""

import json
from typing import Any

import numpy as np
import pytest
from tests.algorithms.factorization_machines.conftest import QUICK, WIDTH, make_pairs
from tests.journeys.conftest import ROLE, training_request
from tests.journeys.endpoints import configure, deploy, variant
from tests.journeys.programs import run_to_end
from tests.journeys.transforming import outputs, put, transform

from fieldstone.algorithms.amazon import records

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
RECORDIO = "application/x-recordio-protobuf"


def request(aws: Any, bucket: str, body: bytes, content_type: str = RECORDIO) -> dict[str, Any]:
    aws("s3").put_object(Bucket=bucket, Key="data/train/part.pbr", Body=body)
    asked = training_request(bucket)
    asked["AlgorithmSpecification"] = {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"}
    asked["HyperParameters"] = QUICK | {"predictor_type": "regressor"}
    asked["InputDataConfig"] = [asked["InputDataConfig"][0] | {"ContentType": content_type}]
    return asked


def test_records_become_a_model_whose_scores_an_endpoint_and_a_transform_give(aws: Any, bucket: str) -> None:
    """Trained through a pipe for each epoch; asked by sparse lines of JSON and by records."""
    rows, labels = make_pairs("regressor")
    sagemaker = aws("sagemaker")
    job = run_to_end(sagemaker, request(aws, bucket, records.write(rows, labels[:, None])))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    found = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert found["train:rmse:epoch"] < 0.5
    assert {"train:progress", "train:throughput", "train:rmse", "train:mse:epoch"} <= found.keys()

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    configure(sagemaker, "config", variant("model"))
    deploy(sagemaker, "config")
    pairs = rows[:50].indices.reshape(50, 2).tolist()
    sparse = [{"data": {"features": {"keys": pair, "shape": [WIDTH], "values": [1, 1]}}} for pair in pairs]
    lines = "".join(json.dumps(instance) + "\n" for instance in sparse)
    runtime = aws("sagemaker-runtime")
    reply = runtime.invoke_endpoint(EndpointName="endpoint", ContentType="application/jsonlines", Body=lines)
    told = json.loads(reply["Body"].read())["predictions"]
    assert np.sqrt(np.mean(([row["score"] for row in told] - labels[:50]) ** 2)) < 0.5

    put(aws, bucket, {"rows.jsonl": lines})
    transform(aws, bucket, ContentType="application/jsonlines", Accept="application/jsonlines")
    assert [json.loads(line) for line in outputs(aws, bucket)["rows.jsonl.out"].splitlines()] == told


@pytest.mark.slow
def test_csv_fails_the_job_in_awss_words(aws: Any, bucket: str) -> None:
    """As the customer's error that it is."""
    job = run_to_end(aws("sagemaker"), request(aws, bucket, b"1,0,0\n", "text/csv"))

    assert job["FailureReason"] == (
        "ClientError: No iterator has been registered for ContentType ('text/csv', '1.0'), exit code: 2"
    )
