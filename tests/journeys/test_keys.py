"""A job's own key."""

import json
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.conftest import Server, kill_tasks, wait_until
from tests.journeys.conftest import make_rows, to_csv, training_request
from tests.journeys.programs import packed
from tests.journeys.test_restart import Start, processes
from tests.journeys.test_script import SKLEARN
from tests.journeys.test_serving import deploy


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


def pid_of(server: Server, command: str) -> int:
    """The process that runs a command of the container contract."""
    return wait_until(lambda: next((p for p, line in processes(server.data_dir).items() if command in line), None))


def job_key(server: Server) -> dict[str, str]:
    """The key in the environment of the running job."""
    pid = pid_of(server, " train")
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


SPEAKS = """
import json, os
import botocore.session

def model_fn(folder):
    return None

def transform_fn(model, body, content_type, accept):
    who = botocore.session.get_session().create_client("sts").get_caller_identity()["Arn"]
    names = {"AccessKeyId": "ACCESS_KEY_ID", "SecretAccessKey": "SECRET_ACCESS_KEY", "SessionToken": "SESSION_TOKEN"}
    return json.dumps({name: os.environ[f"AWS_{ending}"] for name, ending in names.items()} | {"who": who})
"""


@pytest.fixture
def speaking_model(own_server: Start) -> Server:
    """A server with strict signatures, and an endpoint whose model tells its key; its code lies in S3."""
    server = own_server()
    s3, sagemaker = owner(server, "s3"), owner(server, "sagemaker")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="code/sourcedir.tar.gz", Body=packed({"speak.py": SPEAKS}))
    places = {
        "SAGEMAKER_PROGRAM": "speak.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "s3://data/code/sourcedir.tar.gz",
    }
    sagemaker.create_model(
        ModelName="model",
        PrimaryContainer={"Image": SKLEARN, "Environment": places},
        ExecutionRoleArn="arn:aws:iam::123456789012:role/ModelRole",
    )
    assert deploy(sagemaker, "model")["EndpointStatus"] == "InService"
    return server


def model_key(server: Server) -> dict[str, str]:
    """What the model's program says of its key."""
    runtime = owner(server, "sagemaker-runtime")
    return json.loads(runtime.invoke_endpoint(EndpointName="endpoint", Body=b"speak")["Body"].read())


def opens(server: Server, key: dict[str, str]) -> bool:
    try:
        signed(server, "s3", key).list_objects_v2(Bucket="data")
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidAccessKeyId":
            return False
        raise
    return True


def test_a_model_server_has_a_key_for_its_models_role_as_long_as_it_runs(
    speaking_model: Server, own_server: Start
) -> None:
    """By it code comes from S3. A new server has a new key; a kill of ours changes none; it ends with the endpoint."""
    first = model_key(speaking_model)
    assert "assumed-role/ModelRole/" in first["who"]
    assert opens(speaking_model, first)

    os.kill(pid_of(speaking_model, " serve"), signal.SIGKILL)
    with suppress(ClientError):  # a question may be lost with the server
        model_key(speaking_model)
    second = wait_until(lambda: _another(model_key(speaking_model), first))
    assert (opens(speaking_model, first), opens(speaking_model, second)) == (False, True)

    speaking_model.kill()
    server = own_server("--port", speaking_model.url.rpartition(":")[2])
    assert model_key(server) == second

    sagemaker = owner(server, "sagemaker")
    sagemaker.delete_endpoint(EndpointName="endpoint")
    wait_until(lambda: not sagemaker.list_endpoints()["Endpoints"])
    assert not opens(server, second)


@pytest.mark.slow
def test_keys_of_model_servers_that_are_gone_open_nothing(speaking_model: Server, own_server: Start) -> None:
    """Of a batch that has ended, and of a server whose folder was lost while ours was down."""
    s3, sagemaker = owner(speaking_model, "s3"), owner(speaking_model, "sagemaker")
    s3.put_object(Bucket="data", Key="batch/in", Body=b"speak")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/batch/"}}
    sagemaker.create_transform_job(
        TransformJobName="batch",
        ModelName="model",
        TransformInput={"DataSource": source},
        TransformOutput={"S3OutputPath": "s3://data/spoken"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName="batch", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    of_batch = json.loads(s3.get_object(Bucket="data", Key="spoken/in.out")["Body"].read())
    assert "assumed-role/ModelRole/" in of_batch["who"]
    assert not opens(speaking_model, of_batch)

    before = model_key(speaking_model)
    speaking_model.kill()
    kill_tasks(speaking_model.data_dir)
    shutil.rmtree(speaking_model.data_dir / "tasks")
    server = own_server()
    assert not opens(server, before)
    assert opens(server, wait_until(lambda: _spoken(server)))


def _spoken(server: Server) -> dict[str, str] | None:
    try:
        return model_key(server)
    except ClientError:  # a model without a folder is served a moment after the start
        return None


def _another(key: dict[str, str], before: dict[str, str]) -> dict[str, str] | None:
    return None if key == before else key


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
