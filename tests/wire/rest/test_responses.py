"""REST responses: members bound to the status, headers and the body."""

import base64
import json

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog


def test_members_travel_in_headers_by_their_types(catalog):
    """Numbers, booleans, moments, and a prefix's whole family."""
    result = {
        "ContentLength": 3,
        "DeleteMarker": False,
        "LastModified": 1790000000,
        "Metadata": {"color": "blue"},
        "Expires": "as it was given",
        "VersionId": None,
    }
    headers = catalog.operation("s3", "HeadObject").render(result, "r").headers
    assert headers.pop("x-amz-id-2")
    assert headers == {
        "x-amz-request-id": "r",
        "content-length": "3",
        "x-amz-delete-marker": "false",
        "last-modified": "Mon, 21 Sep 2026 14:13:20 GMT",
        "x-amz-meta-color": "blue",
        "expires": "as it was given",
    }


def test_the_status_may_be_the_models_or_the_results():
    """Where the output has a member for it."""
    catalog = Catalog(["lambda", "sagemaker-runtime"])
    invoke = catalog.operation("lambda", "Invoke")
    assert invoke.render({"StatusCode": 202}, "r").status == 202
    assert invoke.render({}, "r").status == 200
    assert catalog.operation("sagemaker-runtime", "InvokeEndpointAsync").render({}, "r").status == 202


def test_a_prediction_is_its_body_and_its_type(catalog):
    """Nothing is added but the request's id."""
    operation = catalog.operation("sagemaker-runtime", "InvokeEndpoint")
    response = operation.render({"Body": b"1,2", "ContentType": "text/csv", "InvokedProductionVariant": "a"}, "r")
    assert response.body == b"1,2"
    assert response.headers == {
        "x-amzn-requestid": "r",
        "content-type": "text/csv",
        "x-amzn-invoked-production-variant": "a",
    }


def test_a_text_payload_is_encoded(catalog):
    """A bucket's policy goes out as it was stored."""
    response = catalog.operation("s3", "GetBucketPolicy").render({"Policy": '{"é":1}'}, "r")
    assert response.body == '{"é":1}'.encode()


def test_a_document_in_a_header_is_written():
    """Base64 around JSON."""
    operation = Catalog(["lex-runtime"]).operation("lex-runtime", "PostContent")
    headers = operation.render({"slots": {"a": 1}}, "r").headers
    assert headers["x-amz-lex-slots"] == base64.b64encode(b'{"a":1}').decode()


def test_an_error_of_a_rest_service_is_named_in_a_header(catalog):
    """With the members its shape has, and not the others."""
    operation = catalog.operation("sagemaker-runtime", "InvokeEndpoint")
    error = AwsError("ModelError", "it failed", OriginalStatusCode=500, OriginalMessage="boom", Mine=1)
    response = operation.render_error(error, "r")
    assert (response.status, response.headers["x-amzn-errortype"]) == (424, "ModelError")
    assert json.loads(response.body) == {"Message": "it failed", "OriginalStatusCode": 500, "OriginalMessage": "boom"}


def test_an_errors_members_may_be_headers():
    """Where its shape binds them there."""
    operation = Catalog(["lambda"]).operation("lambda", "Invoke")
    response = operation.render_error(AwsError("TooManyRequestsException", "slow down", retryAfterSeconds="7"), "r")
    assert (response.status, response.headers["retry-after"]) == (429, "7")
    assert json.loads(response.body) == {"message": "slow down"}
