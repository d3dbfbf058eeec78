"""A job's own key."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.conftest import Server, wait_until
from tests.journeys.conftest import make_rows, to_csv, training_request
from tests.journeys.test_restart import Start, processes


def owner(server: Server, service: str) -> Any:
    """A client with the owner's key."""
    key = json.loads((server.data_dir / "credentials.json").read_text())
    return signed(server, service, key)


def signed(server: Server, service: str, key: dict[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )


def job_key(server: Server) -> dict[str, str]:
    """The key in the environment of the running job."""
    pid = wait_until(lambda: next((p for p, line in processes(server.data_dir).items() if " train" in line), None))
    text = Path(f"/proc/{pid}/environ").read_text()
    environment = dict(item.split("=", 1) for item in text.split("\0") if item)
    return {
        "AccessKeyId": environment["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": environment["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": environment["AWS_SESSION_TOKEN"],
    }


@pytest.fixture
def running_job(own_server: Start) -> Server:
    """A server with strict signatures and a job that runs for a while."""
    server = own_server()
    s3 = owner(server, "s3")
    s3.create_bucket(Bucket="data")
    for channel in ("train", "validation"):
        s3.put_object(Bucket="data", Key=f"data/{channel}/a.csv", Body=to_csv(make_rows(20_000)))
    owner(server, "sagemaker").create_training_job(**training_request("data", rounds=100_000))
    return server


def test_a_job_acts_as_its_role_with_a_key_that_is_not_the_owners(running_job: Server) -> None:
    """What runs in the job sees the account's data, as a session of the job's role."""
    key = job_key(running_job)

    assert key["AccessKeyId"] != json.loads((running_job.data_dir / "credentials.json").read_text())["AccessKeyId"]
    assert signed(running_job, "s3", key).list_objects_v2(Bucket="data")["KeyCount"] == 2
    assert "assumed-role/FieldstoneRole/" in signed(running_job, "sts", key).get_caller_identity()["Arn"]


def test_a_jobs_key_ends_with_the_job(running_job: Server) -> None:
    """After the job it opens nothing any more."""
    key = job_key(running_job)
    sagemaker = owner(running_job, "sagemaker")

    sagemaker.stop_training_job(TrainingJobName="job")
    wait_until(lambda: sagemaker.describe_training_job(TrainingJobName="job")["TrainingJobStatus"] == "Stopped")

    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        signed(running_job, "s3", key).list_buckets()
