"""Event streams, read by botocore."""

import asyncio
from types import SimpleNamespace

import pytest
from botocore import parsers
from botocore.awsrequest import HeadersDict
from botocore.exceptions import EventStreamError

from fieldstone.core.errors import AwsError
from fieldstone.wire.events import message
from fieldstone.wire.http import Request

STREAMS = {
    ("sagemaker-runtime", "InvokeEndpointWithResponseStream"): (
        "Body",
        [{"PayloadPart": {"Bytes": b"one"}}, {"PayloadPart": {"Bytes": bytes(range(256)) * 99}}],
    ),
    ("logs", "StartLiveTail"): (
        "responseStream",
        [
            {"sessionStart": {"sessionId": "s", "logGroupIdentifiers": ["g"]}},
            {"sessionUpdate": {"sessionMetadata": {"sampled": False}, "sessionResults": [{"timestamp": 7}]}},
        ],
    ),
    ("s3", "SelectObjectContent"): (
        "Payload",
        [
            {"Records": {"Payload": b"a,b\n"}},
            {"Stats": {"Details": {"BytesScanned": 4, "BytesProcessed": 4, "BytesReturned": 2}}},
            {"Cont": {}},
            {"End": {}},
        ],
    ),
}


async def in_time(events, error=None):
    for event in events:
        await asyncio.sleep(0)
        yield event
    if error is not None:
        raise error


def gathered(response):
    """The body of a response, all of it."""

    async def gather():
        return b"".join([piece async for piece in response.body])

    return asyncio.run(gather()) if not isinstance(response.body, bytes) else response.body


def read(peer, operation, response):
    """What botocore makes of a response: its other members, and its events."""
    raw = SimpleNamespace(stream=lambda: iter([gathered(response)]), close=lambda: None)
    spoken = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": raw}
    context = {"context": {"operation_name": operation.name}}
    return parsers.create_parser(peer.protocol).parse(spoken | context, operation.output_shape)


@pytest.mark.parametrize(("service", "name"), STREAMS)
@pytest.mark.parametrize("arrange", [list, in_time])
def test_events_are_read_as_they_were_given(catalog, peers, service, name, arrange):
    """All at once or each in its time, with everything that stands around them."""
    member, events = STREAMS[service, name]
    response = catalog.operation(service, name).render({member: arrange(events)}, "request-1")
    answer = read(peers(service), peers(service).model.operation_model(name), response)

    assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert list(answer[member]) == events


@pytest.mark.parametrize("wire", ["json", "smithy-rpc-v2-cbor", "rest-json", "rest-xml"])
def test_members_beside_the_stream_arrive(catalog, wire):
    """In headers where the protocol binds them there, else in the first event."""
    operation = catalog.operation("sagemaker-runtime", "InvokeEndpointWithResponseStream", wire)
    response = operation.render({"ContentType": "text/csv", "Body": []}, "request-1")

    if wire.startswith("rest-"):
        assert (response.headers["x-amzn-sagemaker-content-type"], response.body) == ("text/csv", b"")
    else:
        assert b"initial-response" in response.body


def test_an_error_the_stream_knows_ends_it_as_an_exception(catalog, peers):
    """What came before has arrived; its members are there."""
    broken = AwsError("ModelStreamError", "the model stopped", ErrorCode="ModelInvocationTimeExceeded")
    body = in_time([{"PayloadPart": {"Bytes": b"one"}}], broken)
    response = catalog.operation("sagemaker-runtime", "InvokeEndpointWithResponseStream").render({"Body": body}, "r")
    peer = peers("sagemaker-runtime")
    events = iter(read(peer, peer.model.operation_model("InvokeEndpointWithResponseStream"), response)["Body"])

    assert next(events) == {"PayloadPart": {"Bytes": b"one"}}
    with pytest.raises(EventStreamError, match=r"\(ModelStreamError\).*the model stopped"):
        next(events)


def test_any_other_error_ends_it_with_its_code_and_words(catalog, peers):
    """In headers, without a payload."""
    body = in_time([], AwsError("Strange", "why not"))
    response = catalog.operation("logs", "StartLiveTail").render({"responseStream": body}, "r")
    answer = read(peers("logs"), peers("logs").model.operation_model("StartLiveTail"), response)

    with pytest.raises(EventStreamError, match=r"\(Strange\).*why not"):
        list(answer["responseStream"])


def test_every_kind_of_header_is_read_as_it_was_given():
    """Text, bytes, booleans, integers, and moments, which are milliseconds."""
    from botocore.eventstream import EventStreamBuffer  # noqa: PLC0415  # the oracle of this test alone

    headers = {"text": "é", "bytes": b"\x00\xff", "yes": True, "no": False, "number": -(2**40), "moment": 1.5}
    buffer = EventStreamBuffer()
    buffer.add_data(message(headers, b"payload"))
    (read_back,) = list(buffer)

    assert read_back.headers == headers | {"moment": 1500}
    assert read_back.payload == b"payload"


def test_a_request_that_is_a_stream_of_events_is_refused(catalog):
    """With 501, which no client tries again."""
    with pytest.raises(AwsError) as refused:
        catalog.operation("polly", "StartSpeechSynthesisStream").parse(Request("POST", "/", "", {}, b""))
    assert (refused.value.code, refused.value.status) == ("NotImplemented", 501)
