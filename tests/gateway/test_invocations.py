"""Predictions, by a predictor of the test's own."""

import io
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError
from tests.gateway.conftest import ACCOUNT

from fieldstone.core.prediction import ModelUnavailableError, Question, Reply, Route, Variant


@dataclass
class Scripted:
    """A predictor that answers as it was told, and remembers what it was asked."""

    reply: Reply | None = field(default_factory=lambda: Reply(200, {"content-type": "text/csv"}, b"0.5"))
    asked: list[Question] = field(default_factory=list)

    async def predict(self, question: Question) -> Reply:
        self.asked.append(question)
        if self.reply is None:
            raise ModelUnavailableError("it is being started again")
        return self.reply


@pytest.fixture
def model():
    return Scripted()


@pytest.fixture
def runtime(gateway, model):
    """A client of an endpoint of two variants; the second gets no traffic unless it is asked for."""
    other = Scripted(Reply(200, {}, b"other"))
    variants = (Variant("first", 1.0, model), Variant("second", 0.0, other))
    gateway.routes[ACCOUNT, "us-east-1", "mine"] = Route(variants)
    return gateway.client("sagemaker-runtime")


def refused(runtime, **request):
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(**{"EndpointName": "mine", "Body": b"1,2"} | request)
    return caught.value.response


def test_the_model_is_asked_what_the_client_asks(runtime, model):
    """The body as it stands; of the headers those that are meant for it."""
    runtime.invoke_endpoint(
        EndpointName="mine",
        Body=b"1,2\n\x00\xff",
        ContentType="text/csv",
        Accept="application/json",
        CustomAttributes="a=b",
        InferenceId="id-1",
    )
    (question,) = model.asked

    assert question.body == b"1,2\n\x00\xff"
    assert question.headers == {
        "content-type": "text/csv",
        "accept": "application/json",
        "x-amzn-sagemaker-custom-attributes": "a=b",
        "x-amzn-sagemaker-inference-id": "id-1",
    }


def test_the_client_gets_what_the_model_answers(runtime, model):
    """Body, type and custom attributes, and which variant it was."""
    model.reply = Reply(200, {"content-type": "text/csv", "x-amzn-sagemaker-custom-attributes": "c=d"}, b"0.25")
    answer = runtime.invoke_endpoint(EndpointName="mine", Body=b"1,2")

    assert answer["Body"].read() == b"0.25"
    assert (answer["ContentType"], answer["CustomAttributes"]) == ("text/csv", "c=d")
    assert answer["InvokedProductionVariant"] == "first"
    assert answer["ResponseMetadata"]["RequestId"]


def test_a_variant_can_be_asked_for(runtime):
    """Also one without traffic."""
    answer = runtime.invoke_endpoint(EndpointName="mine", Body=b"1", TargetVariant="second")

    assert (answer["InvokedProductionVariant"], answer["Body"].read()) == ("second", b"other")


def test_a_variant_that_is_not_there_is_said_so(runtime, model):
    """Nobody is asked instead."""
    answer = refused(runtime, TargetVariant="third")

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (400, "ValidationError")
    assert "third" in answer["Error"]["Message"]
    assert model.asked == []


@pytest.mark.parametrize(("status", "side"), [(400, "client"), (415, "client"), (500, "server"), (503, "server")])
def test_what_the_model_refuses_is_a_model_error(runtime, model, status, side):
    """With its own status and words, and where the log is."""
    model.reply = Reply(status, {"content-type": "text/plain"}, b"no such type")
    answer = refused(runtime)

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (424, "ModelError")
    assert (answer["OriginalStatusCode"], answer["OriginalMessage"]) == (status, "no such type")
    assert answer["Error"]["Message"].startswith(
        f'Received {side} error ({status}) from primary with message "no such type".'
    )
    assert answer["LogStreamArn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/mine"


def test_a_model_that_is_not_there_is_unavailable(runtime, model):
    """503: the client may try again."""
    model.reply = None
    answer = refused(runtime)

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (503, "ServiceUnavailable")
    assert "first" in answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("account", "region", "name"),
    [(ACCOUNT, "us-east-1", "other"), (ACCOUNT, "eu-west-1", "mine"), ("444455556666", "us-east-1", "mine")],
)
def test_an_endpoint_is_its_accounts_in_its_region(gateway, model, account, region, name):
    """Anywhere else there is none."""
    gateway.routes[account, region, name] = Route((Variant("first", 1.0, model),))
    answer = refused(gateway.client("sagemaker-runtime"))

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (400, "ValidationError")
    assert answer["Error"]["Message"] == f"Endpoint mine of account {ACCOUNT} not found."
    assert model.asked == []


def test_who_is_asked_is_told_which_model_and_which_container(runtime, model):
    """A request for one among several is no request for just any."""
    runtime.invoke_endpoint(EndpointName="mine", Body=b"1", TargetModel="a", TargetContainerHostname="second")

    assert (model.asked[0].target_model, model.asked[0].target_container) == ("a", "second")


def test_a_payload_that_is_too_large_is_refused(runtime, model):
    """Twenty-five megabytes are the most."""
    answer = refused(runtime, Body=io.BytesIO(b"x" * (25 << 20) + b"x"))

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (400, "ValidationError")
    assert answer["Error"]["Message"] == f"Request {answer['ResponseMetadata']['RequestId']} has oversize body."
    assert model.asked == []


def test_a_payload_that_was_changed_on_its_way_is_refused(runtime, model):
    """The signature is of the body."""
    runtime.meta.events.register("before-send", lambda request, **_: setattr(request, "body", b"9,9"))
    answer = refused(runtime)

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (403, "InvalidSignatureException")
    assert model.asked == []
