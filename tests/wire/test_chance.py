"""Every operation of every service in every protocol, with values made by chance, and botocore on the other side."""

import zlib
from email.utils import formatdate

import pytest
from tests.wire.chance import Chance

# Older names of operations at the same place on the wire, one that only other endpoints answer, and one whose answer
# boto3 reads by a handler of its own.
SHADOWED = {
    "GetBucketLifecycle",
    "GetBucketLocation",
    "GetBucketNotification",
    "ListDirectoryBuckets",
    "PutBucketLifecycle",
    "PutBucketNotification",
}
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]


def is_shadowed(operation):
    return operation.service_model.service_name == "s3" and operation.name in SHADOWED


def chance_for(operation, seed):
    return Chance(zlib.crc32(f"{operation.name} {seed}".encode()))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_botocore_writes_is_parsed_to_the_same_values(catalog, peer, seed):
    """Whatever the values, the request is found to be for its operation and read as it was meant."""
    for operation in peer.operations:
        if operation.has_event_stream_input or is_shadowed(operation):
            continue
        params = chance_for(operation, seed).value(operation.input_shape) if operation.input_shape else {}
        params.pop("ContentLength", None)  # the HTTP client's to say
        request = peer.request(operation, params)
        request.headers.pop("content-length", None)
        routed = catalog.route(request)

        assert (routed.name, routed.wire) == (operation.name, peer.protocol)
        assert routed.parse(request) == as_sent(operation, params), operation.name


def as_sent(operation, params):
    """A body is there, empty if not given; S3 keeps Expires as the text it was sent as."""
    payload = payload_of(operation.input_shape)
    params = {payload: b""} | params if payload else params
    if operation.service_model.service_name != "s3" or "Expires" not in params:
        return params
    return params | {"Expires": formatdate(params["Expires"], usegmt=True)}


def payload_of(shape):
    """The member that is the body as it is."""
    name = shape.serialization.get("payload") if shape else None
    return name if name and shape.members[name].type_name in ("blob", "string") else None


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_rendered_is_parsed_by_botocore_to_the_same_values(catalog, peer, plain, seed):
    """Whatever the values, the client has what the operation gave."""
    for operation in peer.operations:
        if operation.has_event_stream_output or operation.output_shape is None or is_shadowed(operation):
            continue
        result = chance_for(operation, seed).value(operation.output_shape)
        if payload := payload_of(operation.output_shape):
            result[payload] = "text, as which botocore reads it"
        response = catalog.operation(peer.model.service_name, operation.name, peer.protocol).render(result, "r")
        read = plain(peer.read(operation, response))

        assert {name: value for name, value in read.items() if value != {}} == result, operation.name
