"""PCA from boto3's side: records into a model, an endpoint and a batch transform."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from tests.journeys.conftest import ROLE, training_request
from tests.journeys.endpoints import configure, deploy, variant
from tests.journeys.programs import run_to_end
from tests.journeys.transforming import outputs, put, transform

from fieldstone.algorithms.amazon import ndarray, records

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/pca:1"
ROWS = (np.random.default_rng(1).normal(size=(500, 4)) * [4, 3, 2, 1] + 10).astype(np.float32)


def request(bucket: str, data: bytes, s3: Any, **channel: Any) -> dict[str, Any]:
    s3.put_object(Bucket=bucket, Key="data/train/matrix_0.pbr", Body=data)
    asked = training_request(bucket)
    asked["AlgorithmSpecification"] = {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"}
    asked["HyperParameters"] = {"feature_dim": "4", "num_components": "2", "mini_batch_size": "100"}
    asked["InputDataConfig"] = [
        asked["InputDataConfig"][0] | {"ContentType": "application/x-recordio-protobuf"} | channel
    ]
    return asked


def test_records_become_a_model_whose_projections_an_endpoint_and_a_transform_give(
    aws: Any, bucket: str, tmp_path: Path
) -> None:
    """Held against scikit-learn; trained through a pipe, asked by JSON, transformed record by record."""
    sagemaker, s3 = aws("sagemaker"), aws("s3")
    job = run_to_end(sagemaker, request(bucket, records.write(ROWS), s3))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert {metric["MetricName"] for metric in job["FinalMetricDataList"]} == {"train:progress", "train:throughput"}
    archive = s3.get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(tmp_path, filter="data")
    model = ndarray.load(tmp_path / "model_algo-1")
    expected = PCA(2).fit(ROWS.astype(np.float64))
    assert subspace_angles(model["v"][:, [-1]], expected.components_[[0]].T)[0] < 1e-6

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    configure(sagemaker, "config", variant("model"))
    deploy(sagemaker, "config")
    body = json.dumps({"instances": [{"features": row} for row in ROWS[:3].tolist()]})
    reply = aws("sagemaker-runtime").invoke_endpoint(EndpointName="endpoint", ContentType="application/json", Body=body)
    told = [row["projection"] for row in json.loads(reply["Body"].read())["projections"]]
    np.testing.assert_allclose(told, (ROWS[:3] - model["mean"]) @ model["v"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.abs(told)[:, ::-1], np.abs(expected.transform(ROWS[:3])), rtol=1e-4, atol=1e-5)

    put(aws, bucket, {"rows.csv": "".join(",".join(map(str, row)) + "\n" for row in ROWS[:3].tolist())})
    transform(aws, bucket, Accept="application/jsonlines")
    lines = outputs(aws, bucket)["rows.csv.out"].splitlines()
    np.testing.assert_allclose([json.loads(line)["projection"] for line in lines], told, rtol=1e-5, atol=1e-6)


def test_a_file_that_is_broken_fails_the_job_with_its_name(aws: Any, bucket: str) -> None:
    """As the customer's error that it is."""
    asked = request(bucket, records.write(ROWS)[:-3], aws("s3"), InputMode="File")
    job = run_to_end(aws("sagemaker"), asked)

    assert job["FailureReason"] == (
        "ClientError: Unable to read data channel 'train'. Requested content-type is 'application/x-recordio-protobuf'."
        " Please verify the data matches the requested content-type. (Record 500 of file matrix_0.pbr: the file ends"
        " within it), exit code: 2"
    )
