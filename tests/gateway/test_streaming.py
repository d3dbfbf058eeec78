"""Answers in pieces: event streams, from a model to boto3."""

import asyncio
import http.client
import threading
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import EventStreamError
from tests.conftest import client, wait_until
from tests.gateway.conftest import Gateway

from fieldstone.core.prediction import ModelLostError, Pieces, Question, Reply, Route, Variant


class Model:
    """A model that answers in pieces."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.error: Exception | None = None
        self.endless = False

    async def predict(self, question: Question) -> Reply:
        assert question.streams
        return Reply(200, {"content-type": "text/plain"}, b"", pieces=Pieces(self._parts(), self.closed.set))

    async def _parts(self):
        yield b"one"
        await asyncio.sleep(3600 if self.endless else 0)
        yield b"two" * 100_000
        if self.error is not None:
            raise self.error


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def url(model, tmp_path):
    """A gateway that serves it."""
    gateway = Gateway(tmp_path / "data")
    gateway.routes["123456789012", "us-east-1", "e"] = Route((Variant("v", 1.0, model),))
    yield gateway.start("off").url
    gateway.stop()


@pytest.fixture
def answer(url):
    """Asks by boto3."""
    runtime = client(url, "sagemaker-runtime", "123456789012")
    answers = []

    def ask():
        answers.append(runtime.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x"))
        return answers[-1]

    yield ask
    for answer in answers:
        answer["Body"].close()


def test_events_reach_the_client_as_they_come(answer, model):
    """Members in headers, then each event."""
    read = answer()

    assert read["ContentType"] == "text/plain"
    assert [event["PayloadPart"]["Bytes"] for event in read["Body"]] == [b"one", b"two" * 100_000]
    assert model.closed.wait(10)


def test_an_error_on_the_way_ends_the_stream_with_its_name(answer, model):
    """What came before has arrived."""
    model.error = ModelLostError("it hung up")
    events = iter(answer()["Body"])

    assert [next(events)["PayloadPart"]["Bytes"][:3] for _ in range(2)] == [b"one", b"two"]
    with pytest.raises(EventStreamError, match=r"ModelStreamError.*reset or closed"):
        next(events)


def test_a_failure_of_ours_ends_the_stream_without_a_traceback(answer, model, complaints):
    """The client is told that it was ours; the log says which."""
    model.error = RuntimeError("secret")
    with pytest.raises(EventStreamError, match="InternalFailure") as caught:
        list(answer()["Body"])

    assert "secret" not in str(caught.value)
    assert wait_until(lambda: any("secret" in complaint for complaint in complaints()))


def test_a_client_that_leaves_ends_the_stream(url, model):
    """Nothing goes on for nobody, however long the next event takes."""
    model.endless = True
    scope = "Credential=123456789012/20261122/us-east-1/sagemaker/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request("POST", "/endpoints/e/invocations-response-stream", b"x", signed)
    response = connection.getresponse()
    assert b"one" in response.read1()
    assert not model.closed.is_set()
    response.close()
    connection.close()

    assert model.closed.wait(10)
