"""Which operation a request is for."""

import json

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def signed(service, **headers):
    credential = f"Credential=AKIA/20261122/us-east-1/{service}/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"} | headers


def refused(catalog, request):
    with pytest.raises(AwsError) as caught:
        catalog.route(request)
    return caught.value


def test_a_target_is_enough(catalog):
    """JSON services are found by X-Amz-Target, signed or not."""
    request = Request("POST", "/", "", {"x-amz-target": "Logs_20140328.PutLogEvents"}, b"{}")
    assert catalog.route(request).name == "PutLogEvents"


def test_an_action_is_enough(catalog):
    """Unsigned query requests are found by their Action, in the body or in the query."""
    body = b"Action=GetRole&Version=2010-05-08&RoleName=r"
    assert catalog.route(Request("POST", "/", "", FORM, body)).service == "iam"
    query = "Action=GetCallerIdentity&Version=2011-06-15"
    assert catalog.route(Request("GET", "/", query, {}, b"")).service == "sts"


def test_services_that_sign_alike_are_told_apart_by_path(catalog):
    """All of SageMaker signs as sagemaker."""
    request = Request("POST", "/endpoints/e/invocations", "", signed("sagemaker"), b"1,2")
    assert catalog.route(request).name == "InvokeEndpoint"


def test_an_unsigned_rest_path_is_found_before_s3(catalog):
    """A path of another service wins; everything else is S3's."""
    assert catalog.route(Request("POST", "/endpoints/e/invocations", "", {}, b"")).service == "sagemaker-runtime"
    assert catalog.route(Request("GET", "/bucket/key", "", {}, b"")).name == "GetObject"


def test_an_upload_with_a_forms_content_type_is_still_s3s(catalog):
    """Command-line clients call every body a form."""
    request = Request("PUT", "/bucket/key", "", FORM, b"Action=GetRole\xff")
    assert catalog.route(request).name == "PutObject"


def test_a_url_signed_for_s3_is_routed_by_its_scope(catalog):
    """The credential scope may stand in the query."""
    query = "X-Amz-Credential=AKIA%2F20261122%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0"
    assert catalog.route(Request("GET", "/endpoints/e", query, {}, b"")).name == "GetObject"


def test_unknown_targets_actions_and_paths_are_refused_in_their_protocols_words(catalog):
    """Each gives the code AWS gives."""
    target = refused(catalog, Request("POST", "/", "", {"x-amz-target": "SageMaker.Nothing"}, b"{}"))
    prefix = refused(catalog, Request("POST", "/", "", {"x-amz-target": "Nobody.Nothing"}, b"{}"))
    action = refused(catalog, Request("POST", "/", "", signed("iam", **FORM), b"Action=Nothing&Version=2010-05-08"))
    version = refused(catalog, Request("POST", "/", "", FORM, b"Action=GetRole&Version=1999-01-01"))
    none = refused(catalog, Request("POST", "/", "", signed("sts", **FORM), b"Version=2011-06-15"))
    path = refused(catalog, Request("GET", "/nowhere", "", signed("sagemaker"), b""))
    service = refused(catalog, Request("GET", "/", "", signed("ec2"), b""))

    assert (target.code, target.status) == (prefix.code, prefix.status) == ("UnknownOperationException", 400)
    assert action.code == version.code == none.code == "InvalidAction"
    assert action.message == "Could not find operation Nothing for version 2010-05-08"
    assert (path.code, path.status) == ("UnknownOperationException", 404)
    assert service.code == "UnknownOperationException"


@pytest.mark.parametrize(
    ("request_", "content_type"),
    [
        (Request("POST", "/", "", {"x-amz-target": "SageMaker.Nothing"}, b""), "application/x-amz-json-1.1"),
        (Request("POST", "/", "", {"x-amz-target": "Nobody.Nothing"}, b""), "application/x-amz-json-1.1"),
        (Request("POST", "/", "", FORM, b"Action=Nothing"), "text/xml"),
        (Request("POST", "/", "", signed("iam"), b""), "text/xml"),
        (Request("GET", "/nowhere", "", signed("sagemaker"), b""), "application/json"),
        (Request("PUT", "/bucket/key", "nonsense", {}, b""), "application/xml"),
        (Request("PUT", "/bucket/key", "nonsense", signed("s3"), b""), "application/xml"),
    ],
)
def test_an_error_before_the_operation_is_known_has_the_likeliest_envelope(catalog, request_, content_type):
    """The client reads it as it would read the service's own."""
    response = catalog.render_error(request_, AwsError("SomeError", "why"), "r")
    assert response.headers["content-type"] == content_type
    assert b"SomeError" in response.body or response.headers["x-amzn-errortype"] == "SomeError"


def test_the_answer_to_head_has_no_body(catalog):
    """Neither before the operation is known nor after."""
    request = Request("HEAD", "/bucket", "", {}, b"")
    assert catalog.render_error(request, AwsError("AccessDenied", "no", 403), "r").body == b""
    response = catalog.operation("s3", "HeadObject").render_error(AwsError("NoSuchKey", "no"), "r")
    assert (response.status, response.body) == (404, b"")


def test_operations_are_listed_by_service(catalog):
    """Every operation the model has."""
    assert "CreateTrainingJob" in catalog.operations("sagemaker")
    with pytest.raises(KeyError):
        catalog.operations("ec2")


def test_a_service_in_a_protocol_that_is_not_spoken_is_refused():
    """Such a catalog says so at its first request instead of answering nonsense."""
    with pytest.raises(LookupError, match="ec2"):
        Catalog(["ec2"]).route(Request("GET", "/", "", {}, b""))
    with pytest.raises(LookupError, match="no model"):
        Catalog(["no-such-service"]).route(Request("GET", "/", "", {}, b""))


def test_an_older_json_service_names_its_errors_in_full():
    """Version 1.0 of the protocol puts a namespace before the name: the service's, or the framework's."""
    catalog = Catalog(["dynamodb"])
    operation = catalog.operation("dynamodb", "GetItem")
    modelled = json.loads(operation.render_error(AwsError("ResourceNotFoundException", "no"), "r").body)
    shared = json.loads(operation.render_error(AwsError("SerializationException", "no"), "r").body)
    checked = json.loads(operation.render_error(AwsError("ValidationException", "no"), "r").body)

    assert modelled == {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "no"}
    assert shared["__type"] == "com.amazon.coral.service#SerializationException"
    assert checked["__type"] == "com.amazon.coral.validate#ValidationException"
