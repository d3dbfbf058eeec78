"""Checkpoints: restored from S3, kept there while a job runs, whole and in order, however it ends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.conftest import training_request
from tests.journeys.programs import register_runner, run_to_end, told, wait_for_end

SAVE = "kept = root / 'checkpoints'; (kept / 'deep').mkdir(exist_ok=True); (kept / 'deep/1.ckpt').write_text('one'); "
WAIT = "\nwhile True: time.sleep(0.01)"


@pytest.fixture
def request_of(aws: Any, server: Server, bucket: str) -> Callable[..., dict[str, Any]]:
    """A request for a job without data that runs a script and has checkpoints."""
    image = register_runner(server.data_dir)

    def make(script: str, name: str = "job", **config: Any) -> dict[str, Any]:
        request = training_request(bucket, name)
        del request["InputDataConfig"]
        request["AlgorithmSpecification"]["TrainingImage"] = image
        request["HyperParameters"] = {"script": json.dumps(script)}
        request["CheckpointConfig"] = {"S3Uri": f"s3://{bucket}/kept", **config}
        return request

    return make


@pytest.fixture
def kept(aws: Any, bucket: str) -> Callable[[], dict[str, int]]:
    """What is in S3 now, with its length."""

    def kept() -> dict[str, int]:
        found = aws("s3").list_objects_v2(Bucket=bucket, Prefix="kept/").get("Contents", [])
        return {item["Key"].removeprefix("kept/"): item["Size"] for item in found}

    return kept


def test_a_job_goes_on_where_another_ended(aws: Any, request_of: Any, kept: Any) -> None:
    """What one writes the next finds, and may write to."""
    first = run_to_end(aws("sagemaker"), request_of(SAVE))
    assert first["TrainingJobStatus"] == "Completed", first.get("FailureReason")
    assert kept() == {"deep/1.ckpt": 3}

    script = "tell(files(root / 'checkpoints')); (root / 'checkpoints/deep/1.ckpt').write_text('changed')"
    second = run_to_end(aws("sagemaker"), request_of(script, "second"))

    assert told(aws("s3"), second) == {"deep/1.ckpt": "one"}
    assert kept() == {"deep/1.ckpt": 7}


def test_checkpoints_are_in_s3_while_the_job_runs(aws: Any, request_of: Any, kept: Any) -> None:
    """And go when the program removes them; what AWS is told to ignore never comes."""
    script = (
        SAVE + "(kept / 'x.sagemaker-ignore').touch(); (kept / '2.ckpt').write_text('two')\n"
        "while not (kept / '2.ckpt.sagemaker-uploaded').exists(): time.sleep(0.01)\n"
        "(kept / '2.ckpt').unlink(); (kept / '3.ckpt').write_text('three')" + WAIT
    )
    sagemaker = aws("sagemaker")
    sagemaker.create_training_job(**request_of(script))
    wait_until(lambda: kept() == {"deep/1.ckpt": 3, "3.ckpt": 5})
    assert sagemaker.describe_training_job(TrainingJobName="job")["SecondaryStatus"] == "Training"

    sagemaker.stop_training_job(TrainingJobName="job")
    assert wait_for_end(sagemaker, "job")["TrainingJobStatus"] == "Stopped"
    assert kept() == {"deep/1.ckpt": 3, "3.ckpt": 5}


@pytest.mark.parametrize(
    ("ending", "status"),
    [("raise ValueError", "Failed"), (WAIT, "Stopped")],
    ids=["failure", "timeout"],
)
def test_checkpoints_are_kept_however_the_job_ends(
    aws: Any, request_of: Any, kept: Any, ending: str, status: str
) -> None:
    """A failure, or the end of its time."""
    request = request_of(SAVE + ending, LocalPath="/opt/ml/checkpoints/")
    request["StoppingCondition"]["MaxRuntimeInSeconds"] = 3

    assert run_to_end(aws("sagemaker"), request)["TrainingJobStatus"] == status
    assert kept() == {"deep/1.ckpt": 3}


def test_a_link_to_what_the_job_may_not_read_is_no_checkpoint(aws: Any, request_of: Any, kept: Any) -> None:
    """Whoever uploads may read more than the job."""
    script = SAVE + "(kept / 'stolen').symlink_to('/etc/hostname'); (kept / 'folder').symlink_to('/etc')"

    job = run_to_end(aws("sagemaker"), request_of(script))

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert kept() == {"deep/1.ckpt": 3}


def test_a_bucket_that_is_not_there_fails_the_job_before_it_starts(aws: Any, request_of: Any) -> None:
    """With its name."""
    job = run_to_end(aws("sagemaker"), request_of(SAVE, S3Uri="s3://no-such-bucket-at-all/kept"))

    assert job["TrainingJobStatus"] == "Failed"
    assert "no-such-bucket-at-all" in job["FailureReason"]


def test_a_server_that_was_killed_goes_on_keeping(own_server: Any) -> None:
    """What the program wrote while nobody looked is in S3 afterwards."""

    def aws(service: str, url: str) -> Any:
        return client(url, service, "123456789012")

    server = own_server("--auth", "off")
    s3 = aws("s3", server.url)
    s3.create_bucket(Bucket="mine")
    image = register_runner(server.data_dir)
    request = training_request("mine")
    del request["InputDataConfig"]
    request["AlgorithmSpecification"]["TrainingImage"] = image
    script = SAVE + "\nwhile not (root / 'go').exists(): time.sleep(0.01)\n(kept / '2').write_text('two')"
    request["HyperParameters"] = {"script": json.dumps(script)}
    request["CheckpointConfig"] = {"S3Uri": "s3://mine/kept"}
    sagemaker = aws("sagemaker", server.url)
    sagemaker.create_training_job(**request)
    wait_until(lambda: s3.list_objects_v2(Bucket="mine", Prefix="kept/").get("KeyCount"))
    server.kill()
    (root,) = server.data_dir.glob("tasks/training-*/ml")
    (root / "go").touch()

    again = own_server("--auth", "off")
    assert wait_for_end(aws("sagemaker", again.url), "job")["TrainingJobStatus"] == "Completed"
    found = aws("s3", again.url).list_objects_v2(Bucket="mine", Prefix="kept/")["Contents"]
    assert [item["Key"] for item in found] == ["kept/2", "kept/deep/1.ckpt"]
