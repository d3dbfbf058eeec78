"""Shapes as JSON."""

import base64
import json
import math

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request
from fieldstone.wire.jsonshape import decoder, read_document
from fieldstone.wire.models import Traits, read_model


def parse(catalog, service, name, body):
    request = Request("POST", "/", "", {}, body if isinstance(body, bytes) else json.dumps(body).encode())
    return catalog.operation(service, name).parse(request)


def refused(catalog, service, name, body):
    with pytest.raises(AwsError) as caught:
        parse(catalog, service, name, body)
    assert caught.value.code == "SerializationException"
    return caught.value.message


def test_what_json_says_is_taken_as_it_is(catalog):
    """Members are not copied or visited where nothing in them needs it."""
    model = read_model("sagemaker")
    assert decoder(model.shape(Traits(shape="CreateTrainingJobRequest"))) is None
    assert decoder(model.shape(Traits(shape="ListModelsInput"))) is not None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"MaxResults":null}', b'{"NotModelled":1}'])
def test_what_is_null_or_not_modelled_was_not_sent(catalog, body):
    """No body at all is an empty one."""
    assert parse(catalog, "sagemaker", "ListModels", body) == {}


def test_nulls_go_at_every_depth_except_in_lists(catalog):
    """A list with a null has that many items; the validation has words for it."""
    body = {"ModelName": "m", "PrimaryContainer": {"Image": None, "Environment": {"A": None}}, "Tags": [None]}
    assert parse(catalog, "sagemaker", "CreateModel", body) == {
        "ModelName": "m",
        "PrimaryContainer": {"Environment": {}},
        "Tags": [None],
    }


def test_moments_are_seconds_whatever_form_they_come_in(catalog):
    """Numbers by the protocol, strings by clients that know no better."""
    for sent in (1790000000, 1790000000.0, "2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00"):
        parsed = parse(catalog, "sagemaker", "ListModels", {"CreationTimeAfter": sent})
        assert parsed == {"CreationTimeAfter": 1790000000.0}
        assert type(parsed["CreationTimeAfter"]) is float
    assert parse(catalog, "sagemaker", "ListModels", {"CreationTimeAfter": 1.25}) == {"CreationTimeAfter": 1.25}


def test_blobs_are_bytes(catalog):
    """Base64, strictly."""
    catalog = Catalog(["kms"])
    sent = base64.b64encode(b"\x00\xff").decode()
    assert parse(catalog, "kms", "Encrypt", {"Plaintext": sent}) == {"Plaintext": b"\x00\xff"}
    for wrong in ("a", "a*==", "é"):
        message = refused(catalog, "kms", "Encrypt", {"Plaintext": wrong})
        assert message.startswith("only base-64-encoded strings are convertible to bytes")
    assert refused(catalog, "kms", "Encrypt", {"Plaintext": 1}).startswith("only base-64")


def test_floats_that_are_no_numbers_have_names_in_both_directions():
    """JSON has no other way to say them."""
    catalog = Catalog(["sagemaker"])
    body = {"DeploymentConfig": {}, "Foo": 1, "EndpointName": "e", "DesiredWeightsAndCapacities": []}
    body["DesiredWeightsAndCapacities"] = [{"VariantName": "v", "DesiredWeight": "NaN"}]
    parsed = parse(catalog, "sagemaker", "UpdateEndpointWeightsAndCapacities", body)
    assert math.isnan(parsed["DesiredWeightsAndCapacities"][0]["DesiredWeight"])

    metrics = [{"MetricName": "m", "Value": value} for value in (math.nan, math.inf, -math.inf, 0.5)]
    result = {"FinalMetricDataList": metrics}
    body = json.loads(catalog.operation("sagemaker", "DescribeTrainingJob").render(result, "r").body)
    assert [m["Value"] for m in body["FinalMetricDataList"]] == ["NaN", "Infinity", "-Infinity", 0.5]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "Could not parse request body into json"),
        (b'{"a": "\xff"}', "Could not parse request body into json"),
        (b"[]", "Start of list found where not expected"),
        (b'"a"', "Unexpected field type"),
        (b"[" * 100_000, "Could not parse request body into json"),
        ({"CreationTimeAfter": "yesterday"}, "STRING_VALUE can not be converted to a Date"),
        ({"CreationTimeAfter": {}}, "Start of structure or map found where not expected"),
        ({"CreationTimeAfter": True}, "TRUE_VALUE can not be converted to a Date"),
    ],
)
def test_what_cannot_be_read_is_a_serialization_exception(catalog, body, said):
    """In AWS's words where it has some."""
    assert said in refused(catalog, "sagemaker", "ListModels", body)


@pytest.mark.parametrize("depth", [450, 900, 2000])
@pytest.mark.parametrize("innermost", [b"{}", b'{"SubExpressions":null}'])
def test_a_document_too_deep_to_follow_is_refused(catalog, depth, innermost):
    """Its shape has no bottom, the server has."""
    nested = b'{"SubExpressions":[' * depth + innermost + b"]}" * depth
    request = Request("POST", "/", "", {}, b'{"Resource":"TrainingJob","SearchExpression":' + nested + b"}")
    operation = catalog.operation("sagemaker", "Search")
    with pytest.raises(AwsError, match="SerializationException"):
        operation.validate(operation.parse(request))


def test_a_document_is_an_object():
    """Read in one go."""
    assert read_document(b'{"a":[1,null,2.5,"x"]}') == {"a": [1, None, 2.5, "x"]}


def test_members_with_another_name_on_the_wire_are_renamed_both_ways():
    """Some services write their members small."""
    catalog = Catalog(["mq"])
    operation = catalog.operation("mq", "CreateBroker")
    request = Request("POST", "/v1/brokers", "", {}, b'{"brokerName":"b","users":[{"consoleAccess":true}]}')
    assert operation.parse(request) == {"BrokerName": "b", "Users": [{"ConsoleAccess": True}]}
    assert json.loads(operation.render({"BrokerId": "1"}, "r").body) == {"brokerId": "1"}


def test_a_result_leaves_out_what_is_none_or_not_modelled(catalog):
    """At every depth; nothing and False are something."""
    result = {"ModelName": "m", "PrimaryContainer": {"Image": "", "Mine": 1, "Environment": None}, "Mine": {}}
    response = catalog.operation("sagemaker", "DescribeModel").render(result | {"EnableNetworkIsolation": False}, "r")
    assert json.loads(response.body) == {
        "ModelName": "m",
        "PrimaryContainer": {"Image": ""},
        "EnableNetworkIsolation": False,
    }


def test_an_operation_without_output_answers_with_nothing(catalog):
    """Not even an empty object."""
    response = catalog.operation("sagemaker", "DeleteModel").render({}, "r-1")
    assert (response.status, response.body) == (200, b"")
    assert response.headers == {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "r-1"}


def test_what_is_no_map_is_left_to_the_validation():
    """Reading changes only what it knows."""
    catalog = Catalog(["dynamodb"])
    assert parse(catalog, "dynamodb", "PutItem", {"Item": []}) == {"Item": []}
    assert parse(catalog, "dynamodb", "PutItem", {"Item": {"a": {"B": "AA=="}}}) == {"Item": {"a": {"B": b"\0"}}}


def test_an_operation_without_input_reads_nothing():
    """Not even what is no JSON."""
    assert parse(Catalog(["frauddetector"]), "frauddetector", "GetKMSEncryptionKey", b"{") == {}


def test_recursive_shapes_are_read_and_written(catalog):
    """To any depth."""
    inner = {"Filters": [{"Name": "a", "Operator": "Equals", "Value": "1"}]}
    expression = {"SubExpressions": [{"SubExpressions": [inner]}]}
    params = {"Resource": "TrainingJob", "SearchExpression": expression}
    assert parse(catalog, "sagemaker", "Search", params) == params
    catalog.operation("sagemaker", "Search").validate(params)
