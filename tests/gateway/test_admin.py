"""Fieldstone's own addresses."""

import json
import sqlite3
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.conftest import client, wait_until
from tests.gateway.conftest import ask
from tests.journeys.conftest import IMAGE, ROLE, make_rows, to_csv, training_request
from tests.journeys.test_serving import deploy, features, predict
from tests.journeys.test_training import train

from fieldstone import __version__
from fieldstone.core.settings import DataDir

ACCOUNT = "111122223333"


@pytest.mark.parametrize("served", ["server", "strict"])
def test_a_server_that_is_ready_says_so_to_everybody(request, served):
    """Unsigned, with its version."""
    answer = ask(request.getfixturevalue(served).url, "GET", "/_fieldstone/health")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.body) == {"status": "ready", "version": __version__}


def test_health_can_be_asked_for_without_a_body(server):
    """By HEAD, as watchdogs do."""
    answer = ask(server.url, "HEAD", "/_fieldstone/health")

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "health"), ("GET", "reset"), ("GET", ""), ("GET", "nothing"), ("DELETE", "health")]
)
def test_there_is_nothing_else(server, method, path):
    """404, as JSON."""
    answer = ask(server.url, method, f"/_fieldstone/{path}")

    assert answer.status == 404
    assert "There is no" in json.loads(answer.body)["message"]


def test_reset_is_refused_unless_the_server_is_for_tests(strict):
    """And says how to allow it."""
    answer = ask(strict.url, "POST", "/_fieldstone/reset")

    assert answer.status == 403
    assert "--testing" in json.loads(answer.body)["message"]


MODEL = {
    "ModelName": "model",
    "ExecutionRoleArn": ROLE,
    "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://bucket/models/job/output/model.tar.gz"},
}


@pytest.fixture
def busy(own_server):
    """A server for tests with an endpoint in service and a job that trains; clients of its account, by service."""
    server = own_server("--auth", "off", "--testing")
    clients = {name: client(server.url, name, ACCOUNT) for name in ("s3", "sagemaker", "sagemaker-runtime", "sts")}
    clients["s3"].create_bucket(Bucket="bucket")
    for channel in ("train", "validation"):
        clients["s3"].put_object(Bucket="bucket", Key=f"data/{channel}/a.csv", Body=to_csv(make_rows(400)))
    train(clients["sagemaker"], training_request("bucket"))
    clients["sagemaker"].create_model(**MODEL)
    assert deploy(clients["sagemaker"], "model")["EndpointStatus"] == "InService"
    clients["sagemaker"].create_training_job(**training_request("bucket", "long", rounds=1_000_000))
    wait_until(lambda: len(list(DataDir(server.data_dir).tasks.glob("*/attendance.json"))) == 2)
    return server, clients


def test_reset_takes_everything_away_and_the_server_goes_on(busy):
    """Rows, tags, bytes, running tasks, routes, sessions; afterwards jobs and endpoints are taken up as before."""
    server, clients = busy
    s3, sagemaker, runtime, sts = clients.values()
    data_dir = DataDir(server.data_dir)
    session = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/FieldstoneRole", RoleSessionName="me")[
        "Credentials"
    ]
    artifact = s3.get_object(Bucket="bucket", Key="models/job/output/model.tar.gz")["Body"].read()
    programs = task_programs(data_dir)
    assert predict(runtime, features(1))

    assert ask(server.url, "POST", "/_fieldstone/reset").status == 200

    assert s3.list_buckets()["Buckets"] == sagemaker.list_models()["Models"] == []
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    with pytest.raises(ClientError, match=f"Endpoint endpoint of account {ACCOUNT} not found"):
        predict(runtime, features(1))
    assert rows_left(data_dir) == 0
    assert list(data_dir.tasks.iterdir()) == []
    wait_until(lambda: not any(Path(f"/proc/{program}/exe").exists() for program in programs))
    wait_until(lambda: not [path for path in data_dir.objects.rglob("*") if path.is_file()])
    assert client(server.url, "sts", session["AccessKeyId"]).get_caller_identity()["Account"] == "123456789012"

    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="models/job/output/model.tar.gz", Body=artifact)
    sagemaker.create_model(**MODEL)
    assert deploy(sagemaker, "model")["EndpointStatus"] == "InService"
    assert predict(runtime, features(1))


def task_programs(data_dir):
    """The process ids of the programs that run."""
    return [json.loads(file.read_text())["warden"] for file in data_dir.tasks.glob("*/attendance.json")]


def rows_left(data_dir):
    connection = sqlite3.connect(data_dir.database)
    tables = ("resources", "tags", "objects")
    left = sum(connection.execute(f"select count(*) from {table}").fetchone()[0] for table in tables)
    connection.close()
    return left
