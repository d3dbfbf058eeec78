"""Asynchronous endpoints tell SNS's topics what came of each request; queues hear of it."""

import base64
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.conftest import IMAGE, make_rows, to_csv
from tests.journeys.endpoints import configure, create_model, deploy, variant
from tests.journeys.programs import install
from tests.journeys.test_async import SLOW, put, queue, read
from tests.journeys.test_training import train
from tests.services.conftest import refusal

BOTH = ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]


class Listener:
    """Two topics, and a queue that hears of both."""

    def __init__(self, sns: Any, sqs: Any) -> None:
        self._sqs = sqs
        self.url = sqs.create_queue(QueueName="heard")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.topics: dict[str, str] = {}
        for name in ("SuccessTopic", "ErrorTopic"):
            self.topics[name] = sns.create_topic(Name=name)["TopicArn"]
            sns.subscribe(TopicArn=self.topics[name], Protocol="sqs", Endpoint=asked["Attributes"]["QueueArn"])

    def hear(self, number: int) -> list[tuple[str, dict[str, Any]]]:
        """So many notices, each with the topic that it came by; and then no more."""
        heard: list[tuple[str, dict[str, Any]]] = []
        while len(heard) < number:
            answer = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
            envelopes = [json.loads(message["Body"]) for message in answer["Messages"]]
            heard += [(envelope["TopicArn"], json.loads(envelope["Message"])) for envelope in envelopes]
        assert len(heard) == number
        assert "Messages" not in self._sqs.receive_message(QueueUrl=self.url)
        return heard


@pytest.fixture
def listener(aws: Any) -> Listener:
    return Listener(aws("sns"), aws("sqs"))


def serve(sagemaker: Any, image: str, output: dict[str, Any], **model: Any) -> None:
    """An asynchronous endpoint in service."""
    create_model(sagemaker, "model", {"Image": image, **model})
    configure(sagemaker, "config", variant("model"), AsyncInferenceConfig={"OutputConfig": output})
    deploy(sagemaker, "config")


def folders(bucket: str) -> dict[str, str]:
    return {"S3OutputPath": f"s3://{bucket}/out", "S3FailurePath": f"s3://{bucket}/failed"}


@pytest.fixture
def image(server: Server) -> str:
    """The image of a program that tells what it is asked; a number is a status."""
    return install(server.data_dir, "slow", SLOW)


def test_the_scores_of_a_trained_model_are_told(
    aws: Any, bucket: str, listener: Listener, training_job: dict[str, Any]
) -> None:
    """AWS's JSON, member for member; the scores in it are those in S3, and they know the rule."""
    sagemaker, s3 = aws("sagemaker"), aws("s3")
    data = train(sagemaker, training_job)["ModelArtifacts"]["S3ModelArtifacts"]
    told = {"NotificationConfig": listener.topics | {"IncludeInferenceResponseIn": BOTH}}
    serve(sagemaker, IMAGE, folders(bucket) | told, ModelDataUrl=data)
    rows = make_rows(40, seed=9)
    s3.put_object(Bucket=bucket, Key="in.csv", Body=to_csv([row[1:] for row in rows]))
    asked = {"ContentType": "text/csv", "Accept": "text/csv", "CustomAttributes": "mine"}
    queued = queue(aws("sagemaker-runtime"), f"s3://{bucket}/in.csv", **asked)
    ((topic, notice),) = listener.hear(1)
    output = read(s3, queued["OutputLocation"])
    body = notice.pop("responseBody")
    times = [datetime.fromisoformat(notice.pop(name)) for name in ("receivedTime", "eventTime")]

    assert topic == listener.topics["SuccessTopic"]
    assert notice == {
        "awsRegion": "us-east-1",
        "invocationStatus": "Completed",
        "requestParameters": {
            "accept": "text/csv",
            "contentType": "text/csv",
            "customAttributes": "mine",
            "endpointName": "endpoint",
            "inputLocation": f"s3://{bucket}/in.csv",
        },
        "responseParameters": {"contentType": "text/csv; charset=utf-8", "outputLocation": queued["OutputLocation"]},
        "inferenceId": queued["InferenceId"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    assert times[0] < times[1]
    assert body["encoding"] == "BASE64"
    assert base64.b64decode(body["content"]).decode() == output
    scores = [float(score) for score in output.split()]
    assert sum((score > 0.5) == (row[0] == 1) for score, row in zip(scores, rows, strict=True)) >= 36


def test_failures_are_told_to_the_other_topic(aws: Any, bucket: str, listener: Listener, image: str) -> None:
    """With a reason, and where the model's own words are."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    serve(aws("sagemaker"), image, folders(bucket) | {"NotificationConfig": listener.topics})
    refused = queue(runtime, put(s3, bucket, "503"))
    ((topic, by_model),) = listener.hear(1)
    missing = queue(runtime, f"s3://{bucket}/in/nothing", InferenceId="missing")
    ((_, by_s3),) = listener.hear(1)

    assert topic == listener.topics["ErrorTopic"]
    assert by_model["invocationStatus"] == by_s3["invocationStatus"] == "Failed"
    assert by_model["failureReason"].startswith("ClientError: Received server error (503) from model.")
    assert by_model["responseParameters"] == {
        "contentType": "text/csv",
        "failureLocation": refused["FailureLocation"],
    }
    assert read(s3, refused["FailureLocation"]) == "(503)"
    assert "responseBody" not in by_model
    assert by_s3["inferenceId"] == "missing"
    assert by_s3["failureReason"] == read(s3, missing["FailureLocation"])


def test_answers_may_be_told_alone(aws: Any, listener: Listener, image: str) -> None:
    """Without an S3OutputPath they are in the notification, as what the model says when it refuses."""
    runtime = aws("sagemaker-runtime")
    serve(aws("sagemaker"), image, {"NotificationConfig": listener.topics | {"IncludeInferenceResponseIn": BOTH}})
    queued = runtime.invoke_endpoint_async(EndpointName="endpoint", Body=b"inline")
    ((_, answered),) = listener.hear(1)
    runtime.invoke_endpoint_async(EndpointName="endpoint", Body=b"500")
    ((_, refused),) = listener.hear(1)

    assert not {"OutputLocation", "FailureLocation"} & queued.keys()
    assert base64.b64decode(answered["responseBody"]["content"]) == b"(inline)"
    assert "responseParameters" not in answered
    assert "inputLocation" not in answered["requestParameters"]
    assert base64.b64decode(refused["responseBody"]["content"]) == b"(500)"


def test_an_answer_needs_a_place(aws: Any, listener: Listener, image: str) -> None:
    """Where no notification would have it, and no object either, the request is refused."""
    serve(aws("sagemaker"), image, {"NotificationConfig": listener.topics})
    refused = refusal(aws("sagemaker-runtime").invoke_endpoint_async, EndpointName="endpoint", Body=b"x")

    assert refused.code == "ValidationError"
    assert "nowhere to put it" in refused.message


def test_large_answers_are_told_of_and_not_told(aws: Any, bucket: str, listener: Listener, image: str) -> None:
    """128 KiB is the most that a notification includes; a topic that is gone loses no answer."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    told = {"NotificationConfig": listener.topics | {"IncludeInferenceResponseIn": BOTH}}
    serve(aws("sagemaker"), image, folders(bucket) | told)
    s3.put_object(Bucket=bucket, Key="fits", Body=b"x" * ((128 << 10) - 2))
    s3.put_object(Bucket=bucket, Key="large", Body=b"x" * ((128 << 10) - 1))
    queue(runtime, f"s3://{bucket}/fits")
    ((_, fits),) = listener.hear(1)
    queue(runtime, f"s3://{bucket}/large")
    ((_, large),) = listener.hear(1)
    aws("sns").delete_topic(TopicArn=listener.topics["SuccessTopic"])
    untold = queue(runtime, put(s3, bucket, "x"))

    assert len(base64.b64decode(fits["responseBody"]["content"])) == 128 << 10
    assert "responseBody" not in large
    assert wait_until(lambda: read(s3, untold["OutputLocation"])) == "(x)"


@pytest.mark.slow
def test_kills_lose_no_notification_and_double_none(own_server: Any, tmp_path: Path) -> None:
    """The server is killed with requests being answered: each has one notification, with its answer in S3."""
    server = own_server("--auth", "off")
    image = install(server.data_dir, "slow", SLOW)

    def clients(running: Server) -> list[Any]:
        return [client(running.url, name, "1" * 12) for name in ("s3", "sagemaker", "sagemaker-runtime", "sns", "sqs")]

    s3, sagemaker, runtime, sns, sqs = clients(server)
    s3.create_bucket(Bucket="lake")
    serve(sagemaker, image, folders("lake") | {"NotificationConfig": Listener(sns, sqs).topics})
    queued: set[str] = set()
    for number in range(2):
        for text in ("wait", *(f"{number}-{n}" for n in range(8))):
            queued.add(queue(runtime, put(s3, "lake", text))["OutputLocation"])
        server.kill()
        server = own_server("--auth", "off")
        s3, sagemaker, runtime, sns, sqs = clients(server)
    (tmp_path / "program-slow" / "gate").touch()
    heard = [notice["responseParameters"]["outputLocation"] for _, notice in Listener(sns, sqs).hear(len(queued))]

    assert sorted(heard) == sorted(queued)
    assert all(read(s3, address) is not None for address in heard)


@pytest.mark.slow
def test_the_command_line_publishes_and_receives(server: Server, account: str) -> None:
    """AWS's own; its version 1 asks AWS's queues whatever the environment says, unless it is told an address."""
    keys = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}

    def aws(*words: str) -> Any:
        command = [sys.executable, str(Path(sys.executable).with_name("aws")), "--endpoint-url", server.url, *words]
        done = subprocess.run(command, env=keys | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
        return json.loads(done.stdout) if done.stdout else {}

    url = aws("sqs", "create-queue", "--queue-name", "q")["QueueUrl"]
    topic = aws("sns", "create-topic", "--name", "t")["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:{account}:q"
    aws("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn)
    aws("sns", "publish", "--topic-arn", topic, "--message", "hello")
    (message,) = aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "5")["Messages"]
    aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])

    assert json.loads(message["Body"])["Message"] == "hello"
    assert aws("sqs", "receive-message", "--queue-url", url, "--visibility-timeout", "0") == {}
