"""Random Cut Forest from boto3's side: blobs with outliers into a model, an endpoint and a batch transform."""

import json
from typing import Any

import numpy as np
from tests.journeys.conftest import ROLE, training_request
from tests.journeys.endpoints import configure, deploy, variant
from tests.journeys.programs import run_to_end
from tests.journeys.transforming import outputs, put, transform

from fieldstone.algorithms.amazon import records

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/randomcutforest:1"
DRAW = np.random.default_rng(4)
USUAL = (DRAW.normal(size=(1000, 3)) + DRAW.integers(0, 2, (1000, 1)) * 10).astype(np.float32)
UNUSUAL = (DRAW.normal(size=(5, 3)) + np.array([40, -40, 40])).astype(np.float32)
ASKED = np.vstack([USUAL[:5], UNUSUAL])


def to_csv(rows: Any) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows.tolist())


def request(aws: Any, bucket: str, distribution: str = "ShardedByS3Key") -> dict[str, Any]:
    labelled = np.vstack([np.c_[np.zeros(1000), USUAL], np.c_[np.ones(5), UNUSUAL]])
    aws("s3").put_object(Bucket=bucket, Key="data/train/a.csv", Body=to_csv(USUAL[:600]))
    aws("s3").put_object(Bucket=bucket, Key="data/train/b.csv", Body=to_csv(USUAL[600:]))
    aws("s3").put_object(Bucket=bucket, Key="data/test/a.csv", Body=to_csv(labelled))
    asked = training_request(bucket)
    asked["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    asked["HyperParameters"] = {"feature_dim": "3", "num_trees": "50", "num_samples_per_tree": "64"}
    asked["ResourceConfig"]["InstanceCount"] = 2
    asked["InputDataConfig"] = [
        {
            "ChannelName": name,
            "ContentType": f"text/csv;label_size={labels}",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://{bucket}/data/{name}/",
                    "S3DataDistributionType": dealt,
                }
            },
        }
        for name, labels, dealt in (("train", 0, distribution), ("test", 1, "FullyReplicated"))
    ]
    return asked


def test_outliers_score_higher_at_an_endpoint_and_in_a_transform(aws: Any, bucket: str) -> None:
    """Trained by two hosts, judged on labelled rows, asked in every content type."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    job = run_to_end(sagemaker, request(aws, bucket))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    measured = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert measured["test:recall"] == 1
    assert measured["test:f1"] > 0.3

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    configure(sagemaker, "config", variant("model"))
    deploy(sagemaker, "config")
    rows = ASKED.tolist()
    bodies: dict[str, str | bytes] = {
        "text/csv": to_csv(ASKED),
        "application/json": json.dumps({"instances": [{"features": row} for row in rows]}),
        "application/jsonlines": "".join(json.dumps({"features": row}) + "\n" for row in rows),
        "application/x-recordio-protobuf": records.write(ASKED),
    }
    told = []
    for content_type, body in bodies.items():
        reply = runtime.invoke_endpoint(EndpointName="endpoint", ContentType=content_type, Body=body)
        told.append([row["score"] for row in json.loads(reply["Body"].read())["scores"]])
    assert told == told[:1] * 4
    assert min(told[0][5:]) > 2 * max(told[0][:5])

    put(aws, bucket, {"rows.csv": to_csv(ASKED)})
    transform(aws, bucket, Accept="application/jsonlines")
    lines = outputs(aws, bucket)["rows.csv.out"].splitlines()
    assert [json.loads(line)["score"] for line in lines] == told[0]


def test_a_channel_dealt_out_as_aws_does_not_take_it_fails_the_job(aws: Any, bucket: str) -> None:
    """With AWS's words for it."""
    job = run_to_end(aws("sagemaker"), request(aws, bucket, "FullyReplicated"))

    assert job["TrainingJobStatus"] == "Failed"
    assert "Failed to validate input data configuration. (caused by ValidationError)" in job["FailureReason"]
    assert "'FullyReplicated' is not one of ['ShardedByS3Key']" in job["FailureReason"]
