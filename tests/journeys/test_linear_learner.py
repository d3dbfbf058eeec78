"""Linear Learner from boto3's side: rows into a model, an endpoint and a batch transform."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.algorithms.linear_learner.conftest import KINDS, QUICK, kind_options, make_table, to_csv
from tests.journeys.conftest import ROLE, training_request
from tests.journeys.endpoints import configure, deploy, variant
from tests.journeys.programs import run_to_end
from tests.journeys.transforming import outputs, put, transform

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.linear_learner import model
from fieldstone.algorithms.linear_learner.fitted import Fitted

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
RECORDIO = "application/x-recordio-protobuf"


def request(aws: Any, bucket: str, kind: str, train: bytes, **channel: Any) -> dict[str, Any]:
    aws("s3").put_object(Bucket=bucket, Key="data/train/part", Body=train)
    aws("s3").put_object(Bucket=bucket, Key="data/validation/part", Body=to_csv(make_table(kind, 200, seed=1)))
    asked = training_request(bucket)
    asked["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    asked["HyperParameters"] = QUICK | kind_options(kind)
    asked["InputDataConfig"][0] |= channel
    return asked


def fetched(aws: Any, bucket: str, job: dict[str, Any], folder: Path) -> Fitted:
    """The model of a job, from its artifact."""
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    archive = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return model.read(folder / "model_algo-1")


def deploy_model(aws: Any, job: dict[str, Any]) -> None:
    """Bring a job's model behind an endpoint."""
    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    configure(aws("sagemaker"), "config", variant("model"))
    deploy(aws("sagemaker"), "config")


def ask(aws: Any, content_type: str, body: bytes) -> list[dict[str, Any]]:
    runtime = aws("sagemaker-runtime")
    reply = runtime.invoke_endpoint(EndpointName="endpoint", ContentType=content_type, Body=body)
    return json.loads(reply["Body"].read())["predictions"]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_become_a_model_whose_weights_an_endpoint_and_a_transform_apply(
    aws: Any, bucket: str, tmp_path: Path, kind: str
) -> None:
    """Trained from a pipe of records, or text; asked in every content type; labels follow the threshold."""
    table = make_table(kind)
    if kind == "binary_classifier":
        piped = {"ContentType": RECORDIO, "InputMode": "Pipe"}
        asked = request(aws, bucket, kind, records.write(table[:, 1:], table[:, :1]), **piped)
    else:
        asked = request(aws, bucket, kind, to_csv(table))
    job = run_to_end(aws("sagemaker"), asked)
    fitted = fetched(aws, bucket, job, tmp_path)
    deploy_model(aws, job)
    told_metrics = {metric["MetricName"] for metric in job["FinalMetricDataList"]}
    assert {"train:progress", "validation:objective_loss", "validation:objective_loss:final"} <= told_metrics

    rows = table[:20, 1:]
    margins = rows.astype(np.float64) @ fitted.weights[:-1] + fitted.weights[-1]
    expected = fitted.answer(margins)
    if kind == "binary_classifier":
        np.testing.assert_allclose(expected["score"], 1 / (1 + np.exp(-margins[:, 0])), rtol=1e-6)
        assert expected["predicted_label"].tolist() == (expected["score"] > fitted.threshold).tolist()
    json_body = json.dumps({"instances": [{"features": row} for row in rows.tolist()]}).encode()
    bodies = {"application/json": json_body, "text/csv": to_csv(rows), RECORDIO: records.write(rows)}
    for content_type, body in bodies.items():
        told = ask(aws, content_type, body)
        for name, values in expected.items():
            np.testing.assert_allclose([row[name] for row in told], values, rtol=1e-6)

    put(aws, bucket, {"rows.csv": to_csv(rows)})
    transform(aws, bucket, Accept="application/jsonlines")
    lines = [json.loads(line) for line in outputs(aws, bucket)["rows.csv.out"].splitlines()]
    np.testing.assert_allclose([line["score"] for line in lines], expected["score"], rtol=1e-6)


def test_a_label_that_may_not_be_fails_the_job_with_its_row(aws: Any, bucket: str) -> None:
    """As the customer's error that it is."""
    job = run_to_end(aws("sagemaker"), request(aws, bucket, "binary_classifier", b"0,1,2,3,4\n7,1,2,3,4\n"))

    assert job["FailureReason"] == (
        "ClientError: Labels of a binary_classifier must be integers from 0 to 1, and this one is 7 (channel 'train', "
        "row 2 of file part), exit code: 2"
    )


def test_two_instances_make_one_model_and_leave_checkpoints(aws: Any, bucket: str, tmp_path: Path) -> None:
    """Each has one of the two files; the scores that the job tells are of all rows, as the artifact has them."""
    table = make_table("regressor")
    asked = request(aws, bucket, "regressor", to_csv(table[:250]))
    aws("s3").put_object(Bucket=bucket, Key="data/train/part-2", Body=to_csv(table[250:]))
    asked["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    asked["ResourceConfig"]["InstanceCount"] = 2
    asked["CheckpointConfig"] = {"S3Uri": f"s3://{bucket}/checkpoints"}
    job = run_to_end(aws("sagemaker"), asked)
    fitted = fetched(aws, bucket, job, tmp_path)
    told = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    off = fitted.margins(table[:, 1:].astype(np.float64))[:, 0] - table[:, 0]

    np.testing.assert_allclose(told["train:mse"], np.mean(off**2), rtol=1e-4)
    assert np.mean(off**2) < 0.2 * table[:, 0].var()
    kept = aws("s3").list_objects_v2(Bucket=bucket, Prefix="checkpoints/")["Contents"]
    assert {item["Key"] for item in kept} >= {"checkpoints/linear-learner-checkpoint.3"}
