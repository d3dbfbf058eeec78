"""A training job, from boto3's side."""

import io
import tarfile
from datetime import timedelta
from typing import Any

import xgboost
from tests.journeys.conftest import make_rows, to_csv


def train(sagemaker: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Run a job to its end and describe it."""
    sagemaker.create_training_job(**request)
    name = request["TrainingJobName"]
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    return sagemaker.describe_training_job(TrainingJobName=name)


def test_a_model_comes_out_that_knows_the_rule(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """The artifact in the bucket is a real model of the data."""
    job = train(aws("sagemaker"), training_job)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/models/job/output/model.tar.gz"
    archive = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile("xgboost-model")
        assert member is not None
        booster = xgboost.Booster(model_file=bytearray(member.read()))
    rows = make_rows(50, seed=9)
    scores = booster.inplace_predict([row[1:] for row in rows])
    assert sum((score > 0.5) == (row[0] == 1) for score, row in zip(scores, rows, strict=True)) >= 45


def test_what_a_job_prints_of_its_metrics_is_in_cloudwatch(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """As the SDK's TrainingJobAnalytics asks for it."""
    job = train(aws("sagemaker"), training_job)
    (final, *_) = job["FinalMetricDataList"]
    cloudwatch = aws("cloudwatch")
    (metric,) = cloudwatch.list_metrics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName=final["MetricName"],
        Dimensions=[{"Name": "TrainingJobName", "Value": training_job["TrainingJobName"]}],
    )["Metrics"]
    points = cloudwatch.get_metric_statistics(
        **metric,
        StartTime=job["TrainingStartTime"] - timedelta(minutes=1),
        EndTime=job["TrainingEndTime"] + timedelta(minutes=1),
        Period=60,
        Statistics=["Average", "Minimum", "Maximum", "SampleCount"],
    )["Datapoints"]

    assert sum(point["SampleCount"] for point in points) >= 2
    low, high = min(point["Minimum"] for point in points), max(point["Maximum"] for point in points)
    assert low <= final["Value"] <= high or abs(final["Value"] - low) < 1e-6


def test_a_table_that_was_uploaded_in_parts_is_trained_on_whole(
    aws: Any, bucket: str, training_job: dict[str, Any]
) -> None:
    """The seam may go through a row."""
    s3 = aws("s3")
    rows = to_csv(make_rows(400)) * 600
    at = {"Bucket": bucket, "Key": "data/train/part-0.csv"}
    upload = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    cut = (5 << 20) + 3
    told = []
    for number, body in enumerate((rows[:cut], rows[cut:]), 1):
        part = s3.upload_part(**upload, PartNumber=number, Body=body)
        told.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": told})
    job = train(aws("sagemaker"), training_job)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
