"""Every operation of every service, against botocore on the other side of the wire."""

from datetime import UTC, datetime

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request

# Older names of operations that have the same place on the wire, and one that only other endpoints answer.
SHADOWED = {
    "GetBucketLifecycle",
    "GetBucketNotification",
    "ListDirectoryBuckets",
    "PutBucketLifecycle",
    "PutBucketNotification",
}


def visible(peer):
    shadowed = SHADOWED if peer.model.service_name == "s3" else ()
    return [op for op in peer.operations if op.name not in shadowed and not op.has_event_stream_input]


def s3_expires(params):
    """S3 keeps Expires as it was sent."""
    return params | {"Expires": "Mon, 21 Sep 2026 14:13:20 GMT"} if "Expires" in params else params


def test_what_botocore_sends_is_routed_and_read_as_it_was_meant(catalog, peer, make):
    """Serialised and signed by botocore, every operation arrives as itself, with the parameters it was given."""
    for operation in visible(peer):
        params = make(operation.input_shape) if operation.input_shape else {}
        request = peer.request(operation, params)
        routed = catalog.route(request)
        parsed = routed.parse(request)
        routed.validate(parsed)

        assert (routed.service, routed.name, routed.wire) == (peer.model.service_name, operation.name, peer.protocol)
        assert parsed == (s3_expires(params) if routed.service == "s3" else params)


def test_what_is_rendered_is_what_botocore_reads(catalog, peer, make, plain):
    """Every member of every output arrives at the client; what is not modelled and what is None does not."""
    for operation in visible(peer):
        if operation.has_event_stream_output or operation.name == "GetBucketLocation":
            continue
        result = make(operation.output_shape) if operation.output_shape else {}
        ours = catalog.operation(peer.model.service_name, operation.name, peer.protocol)
        response = ours.render({**result, "NotModelled": {"a": 1}}, "request-1")
        read = peer.read(operation, response)

        assert plain(read) == as_parsed(operation, result)
        # Of a CBOR answer without a body, botocore does not look at the headers.
        assert read["ResponseMetadata"].get("RequestId") == "request-1" or not response.body


def as_parsed(operation, result):
    """Leave a blob payload as text, as botocore's parser does."""
    payload = operation.output_shape.serialization.get("payload") if operation.output_shape else None
    return result | {payload: result[payload].decode()} if isinstance(result.get(payload), bytes) else result


def test_an_empty_result_is_read_as_one(catalog, peer, plain):
    """No operation needs a member to be rendered."""
    for operation in visible(peer):
        if not operation.has_event_stream_output:
            response = catalog.operation(peer.model.service_name, operation.name, peer.protocol).render({}, "r")
            read = plain(peer.read(operation, response))
            assert not any(read.values()), operation.name


def test_every_error_is_read_with_its_code_message_and_status(catalog, peer):
    """Modelled errors travel under the model's code and status, others under their own."""
    operation = catalog.operation(peer.model.service_name, peer.model.operation_names[0], peer.protocol)
    modelled = [(s.name, s.metadata.get("error", {})) for s in peer.model.error_shapes]
    for name, traits in [*modelled, ("NobodyKnows", {})]:
        response = operation.render_error(AwsError(name, 'it <failed> & "why"'), "request-1")
        read = peer.read(None, response)

        assert read["Error"]["Code"] == traits.get("code", name)
        assert read["Error"]["Message"] == 'it <failed> & "why"'
        assert response.status == traits.get("httpStatusCode", 400)
        assert read["ResponseMetadata"]["RequestId"] == "request-1"


def test_a_status_set_on_purpose_beats_the_models(catalog):
    """The model's status replaces only the usual 400."""
    operation = catalog.operation("iam", "GetRole")
    assert operation.render_error(AwsError("NoSuchEntityException", "gone"), "r").status == 404
    assert operation.render_error(AwsError("NoSuchEntityException", "gone", 410), "r").status == 410


def test_an_operation_is_called_as_boto3_calls_it(catalog):
    """The function's name is snake case with botocore's exceptions."""
    assert catalog.operation("sagemaker", "ListModels").function == "list_models"
    assert catalog.operation("s3", "ListObjectsV2").function == "list_objects_v2"


def test_only_streaming_blobs_are_streams(catalog):
    """An upload is read by its operation; InvokeEndpoint's body is small and gathered first."""
    assert catalog.operation("s3", "PutObject").streaming
    assert catalog.operation("s3", "UploadPart").streaming
    assert not catalog.operation("s3", "PutBucketTagging").streaming
    assert not catalog.operation("sagemaker-runtime", "InvokeEndpoint").streaming
    assert not catalog.operation("sagemaker", "ListModels").streaming


def test_a_stream_is_handed_on_untouched_in_both_directions(catalog):
    """Whatever object stands for a body, it is not looked at."""
    stream = object()
    request = Request("PUT", "/bucket/key", "", {}, stream)
    assert catalog.operation("s3", "PutObject").parse(request)["Body"] is stream
    assert catalog.operation("s3", "GetObject").render({"Body": stream}, "r").body is stream
    runtime = catalog.operation("sagemaker-runtime", "InvokeEndpoint")
    assert runtime.render({"Body": stream}, "r").body is stream


def test_a_moment_may_be_seconds_or_a_datetime(catalog, peers):
    """Both are rendered the same, in every protocol."""
    moment = datetime(2026, 11, 22, 12, 30, 15, tzinfo=UTC)
    for service, name, result in (
        ("sagemaker", "DescribeModel", lambda at: {"CreationTime": at}),
        ("iam", "GetRole", lambda at: {"Role": {"CreateDate": at}}),
        ("s3", "ListBuckets", lambda at: {"Buckets": [{"Name": "b", "CreationDate": at}]}),
        ("s3", "HeadObject", lambda at: {"LastModified": at}),
    ):
        operation = catalog.operation(service, name)
        assert operation.render(result(moment), "r") == operation.render(result(moment.timestamp()), "r")


def test_each_protocol_writes_a_moment_in_its_own_form(catalog):
    """Epoch seconds in JSON, ISO 8601 in XML (S3 with milliseconds), HTTP's own form in headers."""
    at = 1_790_000_000
    model = catalog.operation("sagemaker", "DescribeModel").render({"CreationTime": at}, "r")
    role = catalog.operation("iam", "GetRole").render({"Role": {"CreateDate": at}}, "r")
    bucket = catalog.operation("s3", "ListBuckets").render({"Buckets": [{"CreationDate": at}]}, "r")
    head = catalog.operation("s3", "HeadObject").render({"LastModified": at}, "r")

    assert model.body == b'{"CreationTime":1790000000}'
    assert b"<CreateDate>2026-09-21T14:13:20Z</CreateDate>" in role.body
    assert b"<CreationDate>2026-09-21T14:13:20.000Z</CreationDate>" in bucket.body
    assert head.headers["last-modified"] == "Mon, 21 Sep 2026 14:13:20 GMT"
