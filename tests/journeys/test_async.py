"""Asynchronous endpoints by boto3: requests queued, answered into S3, failed into S3; nothing lost, nothing doubled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, variant
from tests.journeys.programs import install
from tests.services.conftest import refusal

SLOW = ANSWERING.replace(
    "        status = int(asked)",
    """        import time
        while asked == "wait" and not pathlib.Path(__file__).with_name("gate").exists():
            time.sleep(0.02)
        status = int(asked)""",
)
"""Who is asked to wait does so until a file called gate lies beside the program."""


def read(s3: Any, address: str) -> str | None:
    """The object at an address, if it is there."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except s3.exceptions.NoSuchKey:
        return None


def serve(sagemaker: Any, image: str, bucket: str) -> dict[str, Any]:
    """An asynchronous endpoint in service."""
    create_model(sagemaker, "model", {"Image": image, "Environment": {"NAME": "m"}})
    output = {"S3OutputPath": f"s3://{bucket}/out/", "S3FailurePath": f"s3://{bucket}/failed"}
    topic = f"arn:aws:sns:us-east-1:123456789012:{bucket}"
    output["NotificationConfig"] = {"SuccessTopic": topic, "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"]}
    config = {"OutputConfig": output, "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 2}}
    configure(sagemaker, "config", variant("model"), AsyncInferenceConfig=config)
    return deploy(sagemaker, "config")


def put(s3: Any, bucket: str, text: str) -> str:
    """An input; its address."""
    s3.put_object(Bucket=bucket, Key=f"in/{text}", Body=text.encode(), ContentType="text/csv")
    return f"s3://{bucket}/in/{text}"


def queue(runtime: Any, source: str, **members: Any) -> dict[str, Any]:
    """Queue a request; what is answered."""
    return runtime.invoke_endpoint_async(EndpointName="endpoint", InputLocation=source, **members)


@pytest.fixture
def image(server: Server) -> str:
    """The image of a program that tells what it is asked, and waits when it is told to."""
    return install(server.data_dir, "slow", SLOW)


def test_an_answer_lies_in_s3(aws: Any, bucket: str, image: str) -> None:
    """At the address that was told, with the type that the model gave it; the configuration is echoed."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    described = serve(aws("sagemaker"), image, bucket)
    queued = queue(runtime, put(s3, bucket, "x"), InferenceId="mine")
    answer = wait_until(lambda: read(s3, queued["OutputLocation"]))
    key = queued["OutputLocation"].removeprefix(f"s3://{bucket}/")

    assert queued["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert queued["InferenceId"] == "mine"
    assert answer == "m(x)"
    assert key.startswith("out/")
    assert key.endswith(".out")
    assert queued["FailureLocation"].startswith(f"s3://{bucket}/failed/")
    assert s3.head_object(Bucket=bucket, Key=key)["ContentType"] == "text/csv"
    assert described["AsyncInferenceConfig"]["OutputConfig"]["NotificationConfig"]["SuccessTopic"].endswith(bucket)


def test_a_payload_may_come_with_the_request_and_the_answer_have_a_name(aws: Any, bucket: str, image: str) -> None:
    """Instead of an address; not beside it, and not neither."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    serve(aws("sagemaker"), image, bucket)
    names = {"S3OutputPathExtension": "deep/er", "Filename": "answer.txt"}
    queued = runtime.invoke_endpoint_async(EndpointName="endpoint", Body=b"inline", ContentType="text/plain", **names)
    refused = refusal(runtime.invoke_endpoint_async, EndpointName="endpoint")

    assert queued["OutputLocation"] == f"s3://{bucket}/out/deep/er/answer.txt"
    assert wait_until(lambda: read(s3, queued["OutputLocation"])) == "m(inline)"
    assert refused.code == "ValidationError"


def test_what_fails_leaves_its_reason_in_s3(aws: Any, bucket: str, image: str) -> None:
    """The model's own words if it refused; else what was wrong. There is no output then."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    serve(aws("sagemaker"), image, bucket)
    refused = queue(runtime, put(s3, bucket, "503"))
    missing = queue(runtime, f"s3://{bucket}/in/nothing")
    slow = queue(runtime, put(s3, bucket, "wait"), InvocationTimeoutSeconds=1)

    def reason(queued: dict[str, Any]) -> str:
        return wait_until(lambda: read(s3, queued["FailureLocation"]))

    assert reason(refused) == "m(503)"
    assert "NoSuchKey: The specified key does not exist." in reason(missing)
    assert reason(slow) == "Model invocation timed out after 1 seconds."
    assert [read(s3, queued["OutputLocation"]) for queued in (refused, missing, slow)] == [None] * 3


def test_the_wrong_way_of_asking_is_refused(aws: Any, bucket: str, image: str) -> None:
    """At once where the endpoint is asynchronous, and the reverse; and an endpoint that is not there."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    serve(sagemaker, image, bucket)
    configure(sagemaker, "plain", variant("model"))
    deploy(sagemaker, "plain", "plain")
    at_once = refusal(ask, runtime=runtime)
    later = refusal(runtime.invoke_endpoint_async, EndpointName="plain", InputLocation="s3://a/b")
    gone = refusal(runtime.invoke_endpoint_async, EndpointName="gone", InputLocation="s3://a/b")

    assert {error.code for error in (at_once, later, gone)} == {"ValidationError"}
    assert "Use InvokeEndpointAsync" in at_once.message
    assert "Use InvokeEndpoint." in later.message
    assert "not found" in gone.message


def test_a_deleted_endpoint_leaves_no_request_without_an_end(aws: Any, bucket: str, image: str) -> None:
    """Those that wait get a failure object, and the queue is measured while it is there."""
    s3, sagemaker, runtime = aws("s3"), aws("sagemaker"), aws("sagemaker-runtime")
    serve(sagemaker, image, bucket)
    queued = [queue(runtime, put(s3, bucket, "wait")) for _ in range(5)]
    wait_until(lambda: _greatest(aws("cloudwatch"), "ApproximateBacklogSize") == 5.0)
    sagemaker.delete_endpoint(EndpointName="endpoint")
    reasons = [wait_until(lambda one=one: read(s3, one["FailureLocation"])) for one in queued]

    assert sum("deleted before" in reason for reason in reasons) >= 3


def _greatest(cloudwatch: Any, metric: str) -> float | None:
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": "EndpointName", "Value": "endpoint"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((point["Maximum"] for point in found), default=None)


def test_kills_lose_no_request_and_double_none(own_server: Any, tmp_path: Any) -> None:
    """The server is killed with requests being answered and others waiting; each has one answer, written once."""
    server = own_server("--auth", "off")
    image = install(server.data_dir, "slow", SLOW)

    def clients(running: Server) -> tuple[Any, ...]:
        return tuple(client(running.url, name, "1" * 12) for name in ("s3", "sagemaker", "sagemaker-runtime"))

    s3, sagemaker, runtime = clients(server)
    s3.create_bucket(Bucket="lake")
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    serve(sagemaker, image, "lake")
    queued: dict[str, str] = {}
    for number in range(2):
        for text in ("wait", *(f"{number}-{n}" for n in range(8))):
            queued[queue(runtime, put(s3, "lake", text))["OutputLocation"]] = f"m({text})"
        server.kill()
        server = own_server("--auth", "off")
        s3, sagemaker, runtime = clients(server)
    (tmp_path / "program-slow" / "gate").touch()
    answers = {address: wait_until(lambda address=address: read(s3, address), 60) for address in queued}
    versions = s3.list_object_versions(Bucket="lake", Prefix="out/")["Versions"]

    assert answers == queued
    assert len(versions) == len(queued)
    assert "Contents" not in s3.list_objects_v2(Bucket="lake", Prefix="failed/")
