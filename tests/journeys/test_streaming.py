"""InvokeEndpointWithResponseStream by boto3: answers that come as the model makes them."""

from typing import Any

import pytest
from botocore.exceptions import EventStreamError
from tests.conftest import Server, wait_until
from tests.journeys.endpoints import ask, configure, create_model, deploy, in_service, variant
from tests.journeys.hostile import HOSTILE
from tests.journeys.programs import install
from tests.journeys.test_capture import capture, captured
from tests.services.conftest import refusal


@pytest.fixture
def runtime(aws: Any, server: Server, bucket: str) -> Any:
    """A client of an endpoint that streams, and captures."""
    sagemaker = aws("sagemaker")
    create_model(sagemaker, "m", {"Image": install(server.data_dir, "hostile", HOSTILE)})
    types = {"CsvContentTypes": ["text/plain"]}
    configure(sagemaker, "c", variant("m"), DataCaptureConfig=capture(bucket, CaptureContentTypeHeader=types))
    deploy(sagemaker, "c")
    return aws("sagemaker-runtime")


def stream(runtime: Any, body: str, **members: Any) -> Any:
    """Ask for an answer in pieces."""
    return runtime.invoke_endpoint_with_response_stream(EndpointName="endpoint", Body=body.encode(), **members)


def payload(event: dict[str, Any]) -> bytes:
    return event["PayloadPart"]["Bytes"]


def test_pieces_come_when_the_model_makes_them(aws: Any, runtime: Any, bucket: str) -> None:
    """The first is there while the model waits with the second; what was said in all is captured at the end."""
    answer = stream(runtime, "stream one wait two", ContentType="text/plain", Accept="text/plain")
    events = iter(answer["Body"])
    first = payload(next(events))
    released = ask(runtime, "release")
    rest = b"".join(map(payload, events))
    records = captured(aws, bucket, 2)
    said = {record["captureData"]["endpointOutput"]["data"] for record in records}

    assert (first, released, rest) == (b"one", "released", b"two")
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("text/plain", "m")
    assert "onetwo" in said


def test_a_model_that_does_not_stream_is_one_part(runtime: Any) -> None:
    """And one that refuses is the same error as of any question."""
    answer = stream(runtime, "say hello")
    refused = refusal(stream, runtime=runtime, body="status 503")

    assert b"".join(map(payload, answer["Body"])) == b"hello"
    assert refused.code == "ModelError"
    assert 'Received server error (503) from primary with message "so be it"' in refused.message


def test_a_stream_that_breaks_off_says_so(aws: Any, runtime: Any, bucket: str) -> None:
    """After what was said before; it is not captured."""
    events = iter(stream(runtime, "stream one break")["Body"])
    first = payload(next(events))
    with pytest.raises(EventStreamError) as broken:
        next(events)
    ask(runtime, "say later")
    (record,) = captured(aws, bucket, 1)

    assert first == b"one"
    assert broken.value.response["Error"]["Code"] == "ModelStreamError"
    assert "reset or closed" in str(broken.value)
    assert record["captureData"]["endpointInput"]["data"] != "stream one break"


def test_a_client_that_goes_ends_the_models_work(aws: Any, runtime: Any) -> None:
    """As long as it does not read, the model is held back; an update waits for nobody who has gone."""
    answer = stream(runtime, "flood")
    next(iter(answer["Body"]))
    answer["Body"].close()
    wait_until(lambda: "the client is gone" in printed(aws))
    sent = [int(line.split()[1]) for line in printed(aws) if line.startswith("sent")]
    sagemaker = aws("sagemaker")
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="c")
    in_service(sagemaker)

    assert max(sent) < 64 << 20
    assert ask(runtime, "say still here") == "still here"


def printed(aws: Any) -> list[str]:
    """The last lines of the endpoint's log."""
    logs = aws("logs")
    group = "/aws/sagemaker/Endpoints/endpoint"
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"][:1]
    found = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], limit=1000)
    return [event["message"] for event in found["events"]]
