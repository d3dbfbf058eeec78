"""k-nearest neighbours from boto3's side: rows into a model, an endpoint and a batch transform."""

import json
from typing import Any

import numpy as np
from tests.journeys.conftest import ROLE, training_request
from tests.journeys.endpoints import configure, deploy, variant
from tests.journeys.programs import run_to_end
from tests.journeys.transforming import outputs, put, transform

from fieldstone.algorithms.amazon import records

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/knn:1"
RECORDIO = "application/x-recordio-protobuf"
ROWS = np.random.default_rng(1).normal(size=(500, 4)).astype(np.float32)
LABELS = (ROWS[:, :1] > 0).astype(np.float32)
VERBOSE = "application/jsonlines; verbose=true"


def test_records_become_a_model_whose_neighbours_an_endpoint_and_a_transform_give(aws: Any, bucket: str) -> None:
    """Trained through a pipe, in a program forked from one that has imported faiss; asked in a body and by lines."""
    sagemaker = aws("sagemaker")
    aws("s3").put_object(Bucket=bucket, Key="data/train/matrix_0.pbr", Body=records.write(ROWS, LABELS))
    asked = training_request(bucket)
    asked["AlgorithmSpecification"] = {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"}
    asked["HyperParameters"] = {"feature_dim": "4", "k": "3", "predictor_type": "classifier", "sample_size": "500"}
    asked["InputDataConfig"] = [asked["InputDataConfig"][0] | {"ContentType": RECORDIO}]
    job = run_to_end(sagemaker, asked)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    configure(sagemaker, "config", variant("model"))
    deploy(sagemaker, "config")
    body = json.dumps({"instances": [{"features": row} for row in ROWS[:50].tolist()]})
    reply = aws("sagemaker-runtime").invoke_endpoint(
        EndpointName="endpoint", ContentType="application/json", Accept="application/json; verbose=true", Body=body
    )
    told = json.loads(reply["Body"].read())["predictions"]
    assert [row["distances"][0] for row in told] == [0] * 50
    assert [row["labels"][0] for row in told] == LABELS[:50, 0].tolist()
    nearest = np.sort(((ROWS[:50, None] - ROWS[None]) ** 2).sum(axis=2), axis=1)[:, :3]
    np.testing.assert_allclose([row["distances"] for row in told], nearest, rtol=1e-5, atol=1e-6)

    put(aws, bucket, {"rows.csv": "".join(",".join(map(str, row)) + "\n" for row in ROWS[:50].tolist())})
    transform(aws, bucket, Accept=VERBOSE)
    assert [json.loads(line) for line in outputs(aws, bucket)["rows.csv.out"].splitlines()] == told
