"""A training job on several hosts, from boto3's side: they share the objects out, and make one model."""

import io
import tarfile
from typing import Any

import numpy as np
import pytest
import xgboost
from tests.journeys.conftest import make_rows, to_csv
from tests.journeys.programs import run_to_end

ROWS = make_rows(600, seed=11)
CHECKS = make_rows(200, seed=12)
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


@pytest.fixture
def sharded_job(aws: Any, bucket: str, training_job: dict[str, Any]) -> dict[str, Any]:
    """A job on two hosts, whose three training objects are dealt out to them."""
    s3 = aws("s3")
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"data/train/part-{number}.csv", Body=to_csv(ROWS[number::3]))
    s3.put_object(Bucket=bucket, Key="data/validation/part-0.csv", Body=to_csv(CHECKS))
    train, _ = training_job["InputDataConfig"]
    train["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    training_job["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    training_job["ResourceConfig"]["InstanceCount"] = 2
    training_job["HyperParameters"] |= {"eval_metric": "logloss,f1"}
    return training_job


def model_of(aws: Any, bucket: str) -> xgboost.Booster:
    archive = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames() == ["xgboost-model"]
        member = tar.extractfile("xgboost-model")
        assert member is not None
        return xgboost.Booster(model_file=bytearray(member.read()))


def matrix(rows: list[list[float]]) -> xgboost.DMatrix:
    table = np.array(rows, np.float32)
    return xgboost.DMatrix(table[:, 1:], table[:, 0])


def test_two_hosts_make_the_model_that_all_rows_make(aws: Any, bucket: str, sharded_job: dict[str, Any]) -> None:
    """The numbers are those of the bare library on the whole table; each host has a log, the first tells the rounds."""
    parameters = {"objective": "binary:logistic", "max_depth": 3, "eval_metric": "logloss"}
    seen: dict[str, Any] = {}
    bare = xgboost.train(parameters, matrix(ROWS), 10, evals=[(matrix(CHECKS), "checks")], evals_result=seen)

    job = run_to_end(aws("sagemaker"), sharded_job)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    np.testing.assert_allclose(model_of(aws, bucket).predict(matrix(CHECKS)), bare.predict(matrix(CHECKS)), atol=1e-5)
    final = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert final["validation:logloss"] == pytest.approx(seen["checks"]["logloss"][-1], abs=1e-4)
    logs = {host: log_of(aws, host) for host in ("algo-1", "algo-2")}
    assert "Distributed node training with 2 hosts: ['algo-1', 'algo-2']" in logs["algo-1"]
    assert "Train matrix has 400 rows and 3 columns" in logs["algo-1"]
    assert "Train matrix has 200 rows and 3 columns" in logs["algo-2"]
    assert [log.count("validation-logloss") for log in logs.values()] == [10, 0]


def log_of(aws: Any, host: str) -> str:
    logs, group = aws("logs"), "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"job/{host}")["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
    return "\n".join(event["message"] for event in events["events"])


def test_a_host_that_finds_a_bad_row_ends_the_job_with_its_reason(
    aws: Any, bucket: str, sharded_job: dict[str, Any]
) -> None:
    """The other one waits for it no longer."""
    aws("s3").put_object(Bucket=bucket, Key="data/train/part-1.csv", Body=b"1,2,3,4\n0,1,two,3\n")
    job = run_to_end(aws("sagemaker"), sharded_job)

    assert job["TrainingJobStatus"] == "Failed"
    assert "'two' in row 2, column 3 of file part-1.csv is not a number." in job["FailureReason"]


def test_a_host_that_gets_no_object_is_left_out(aws: Any, bucket: str, sharded_job: dict[str, Any]) -> None:
    """Three objects for four hosts."""
    sharded_job["ResourceConfig"] = {"InstanceType": "ml.t3.medium", "InstanceCount": 4, "VolumeSizeInGB": 1}
    job = run_to_end(aws("sagemaker"), sharded_job)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert "Host algo-4 does not have training data." in log_of(aws, "algo-4")
    assert model_of(aws, bucket).num_boosted_rounds() == 10
