"""What a user meets when something is wrong: the right status, and a reason that names the cause."""

from itertools import pairwise
from typing import Any

from tests.conftest import wait_until
from tests.journeys.conftest import IMAGE, ROLE, make_rows, to_csv, training_request
from tests.journeys.test_serving import features
from tests.journeys.test_training import train


def _if_failed(sagemaker: Any, name: str) -> dict[str, Any] | None:
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] in {"InProgress", "Failed"}
    return job if job["TrainingJobStatus"] == "Failed" else None


def test_a_bad_row_is_named_by_file_and_line(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """The reason leads to the place, without a traceback."""
    broken = to_csv(make_rows(5)) + b"1,0.5,twelve,0.1\n"
    aws("s3").put_object(Bucket=bucket, Key="data/train/part-1.csv", Body=broken)
    sagemaker = aws("sagemaker")
    sagemaker.create_training_job(**training_job)

    reason = wait_until(lambda: _if_failed(sagemaker, "job"))["FailureReason"]

    assert reason.startswith("AlgorithmError: ")
    assert reason.endswith("exit code: 1")
    assert "part-1.csv" in reason
    assert "twelve" in reason
    assert "Traceback" not in reason


def test_a_job_that_takes_too_long_is_stopped_and_keeps_its_model(aws: Any, training_job: dict[str, Any]) -> None:
    """MaxRuntimeExceeded, as AWS has it."""
    training_job["HyperParameters"] |= {"num_round": "1000000", "save_model_on_termination": "true"}
    training_job["StoppingCondition"]["MaxRuntimeInSeconds"] = 2

    job = train(aws("sagemaker"), training_job)

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith("/job/output/model.tar.gz")


def test_a_finished_job_tells_its_whole_story(aws: Any, training_job: dict[str, Any]) -> None:
    """Transitions without gaps, times, seconds, and the last metrics."""
    job = train(aws("sagemaker"), training_job)

    transitions = job["SecondaryStatusTransitions"]
    assert [t["Status"] for t in transitions if t["Status"] != "Pending"] == [
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert all(one["EndTime"] == other["StartTime"] for one, other in pairwise(transitions))
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1
    assert {metric["MetricName"] for metric in job["FinalMetricDataList"]} == {"train:auc", "validation:auc"}


def test_jobs_wait_for_cores_in_line_and_say_so(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """A job that asks for the whole machine waits as Pending until the one before it has ended."""
    sagemaker = aws("sagemaker")
    whole = {"InstanceType": "ml.m5.24xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
    first = training_job | {"ResourceConfig": whole, "HyperParameters": {"num_round": "1000000"}}
    second = training_request(bucket, "second") | {"ResourceConfig": whole}
    sagemaker.create_training_job(**first)
    wait_until(lambda: sagemaker.describe_training_job(TrainingJobName="job")["SecondaryStatus"] == "Training")

    sagemaker.create_training_job(**second)
    waiting = wait_until(lambda: _if_pending(sagemaker, "second"))
    sagemaker.stop_training_job(TrainingJobName="job")
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="second", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    assert "cores" in waiting["SecondaryStatusTransitions"][-1]["StatusMessage"]
    assert wait_until(lambda: _if_stopped(sagemaker, "job"))


def test_a_spot_job_waits_as_long_as_it_wants_to(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """Then it is stopped, before it began."""
    sagemaker = aws("sagemaker")
    whole = {"InstanceType": "ml.m5.24xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
    first = training_job | {"ResourceConfig": whole, "HyperParameters": {"num_round": "1000000"}}
    spot = {
        "EnableManagedSpotTraining": True,
        "ResourceConfig": whole,
        "StoppingCondition": {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 2},
    }
    sagemaker.create_training_job(**first)
    wait_until(lambda: sagemaker.describe_training_job(TrainingJobName="job")["SecondaryStatus"] == "Training")
    sagemaker.create_training_job(**(training_request(bucket, "second") | spot))
    stopped = wait_until(lambda: _if_stopped(sagemaker, "second"))
    sagemaker.stop_training_job(TrainingJobName="job")

    assert stopped["SecondaryStatus"] == "MaxWaitTimeExceeded"
    assert "TrainingStartTime" not in stopped


def _if_stopped(sagemaker: Any, name: str) -> dict[str, Any] | None:
    job = sagemaker.describe_training_job(TrainingJobName=name)
    return job if job["TrainingJobStatus"] == "Stopped" else None


def _if_pending(sagemaker: Any, name: str) -> dict[str, Any] | None:
    job = sagemaker.describe_training_job(TrainingJobName=name)
    return job if job["SecondaryStatus"] == "Pending" else None


def test_a_transform_over_bad_rows_fails_with_the_models_words(
    aws: Any, bucket: str, training_job: dict[str, Any]
) -> None:
    """The reason names the object, and what the model said of it."""
    s3, sagemaker = aws("s3"), aws("sagemaker")
    artifact = train(sagemaker, training_job)["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": IMAGE, "ModelDataUrl": artifact}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    s3.put_object(Bucket=bucket, Key="batch/bad.csv", Body=features(3) + b"1,2,3,4,5\n")

    sagemaker.create_transform_job(
        TransformJobName="batch",
        ModelName="model",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{bucket}/scored"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = wait_until(lambda: _if_ended(sagemaker, "batch"))

    assert job["TransformJobStatus"] == "Failed"
    assert "batch/bad.csv" in job["FailureReason"]
    assert "not consistent with feature size of trained model 3" in job["FailureReason"]
    assert s3.list_objects_v2(Bucket=bucket, Prefix="scored/")["KeyCount"] == 0


def _if_ended(sagemaker: Any, name: str) -> dict[str, Any] | None:
    job = sagemaker.describe_transform_job(TransformJobName=name)
    return None if job["TransformJobStatus"] == "InProgress" else job
