"""REST requests: members bound to the path, the query, headers and the body."""

import base64

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request


def test_labels_are_decoded_once(catalog):
    """A greedy one keeps its slashes."""
    operation = catalog.operation("s3", "GetObject")
    for path, key in (
        ("/b/a%2Fb/c", "a/b/c"),
        ("/b//x", "/x"),
        ("/b/%25+%C3%A9", "%+é"),
        ("/b/\xc3\xa9", "é"),
        ("/b/a%0Ab/", "a\nb/"),
    ):
        assert operation.parse(Request("GET", path, "", {}, b"")) == {"Bucket": "b", "Key": key}


@pytest.mark.parametrize("path", ["/b/%ff", "/b/\u6f22", "/b"])
def test_a_path_that_is_no_text_is_no_uri(catalog, path):
    """Nor is one of another operation."""
    with pytest.raises(AwsError, match="InvalidURI"):
        catalog.operation("s3", "GetObject").parse(Request("GET", path, "", {}, b""))


def test_raw_bytes_in_a_query_are_text(catalog):
    """Not every client encodes them."""
    parsed = catalog.operation("s3", "ListObjects").parse(Request("GET", "/b", "prefix=\xc3\xa9", {}, b""))
    assert parsed["Prefix"] == "é"


def test_headers_are_read_by_their_types(catalog):
    """Numbers, booleans, moments, lists, and a prefix's whole family."""
    headers = {
        "content-length": "3",
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
        "if-modified-since": "Mon, 21 Sep 2026 14:13:20 GMT",
        "x-amz-object-attributes": 'ETag, "a,b" ,Checksum',
        "x-amz-meta-color": "blue",
        "x-amz-meta-": "",
    }
    put = catalog.operation("s3", "PutObject").parse(Request("PUT", "/b/k", "", headers, b"abc"))
    get = catalog.operation("s3", "GetObject").parse(Request("GET", "/b/k", "", headers, b""))
    attributes = catalog.operation("s3", "GetObjectAttributes")

    assert put["ContentLength"] == 3
    assert put["BucketKeyEnabled"] is True
    assert put["Metadata"] == {"color": "blue", "": ""}
    assert put["Body"] == b"abc"
    assert get["IfModifiedSince"] == 1790000000.0
    parsed = attributes.parse(Request("GET", "/b/k", "attributes", {"x-amz-object-attributes": "ETag, Size"}, b""))
    assert parsed["ObjectAttributes"] == ["ETag", "Size"]


def test_items_of_a_header_may_be_quoted(catalog):
    """Where they hold commas or quotes of their own."""
    operation = catalog.operation("s3", "GetObjectAttributes")
    headers = {"x-amz-object-attributes": r'"a,b", c,"d\"e"'}
    parsed = operation.parse(Request("GET", "/b/k", "attributes", headers, b""))
    assert parsed["ObjectAttributes"] == ["a,b", "c", 'd"e']


@pytest.mark.parametrize("text", ["yesterday", ""])
def test_a_header_of_the_wrong_type_is_refused(catalog, text):
    """In the words of the protocol."""
    request = Request("GET", "/b/k", "", {"if-modified-since": text}, b"")
    with pytest.raises(AwsError, match="InvalidArgument"):
        catalog.operation("s3", "GetObject").parse(request)
    other = Request("POST", "/endpoints/e/async-invocations", "", {"x-amzn-sagemaker-requestttlseconds": text}, b"")
    with pytest.raises(AwsError, match="SerializationException: STRING_VALUE can not be converted to an Integer"):
        catalog.operation("sagemaker-runtime", "InvokeEndpointAsync").parse(other)


def test_a_text_payload_is_the_body(catalog):
    """A bucket's policy is one string; without a body there is none."""
    operation = catalog.operation("s3", "PutBucketPolicy")
    assert operation.parse(Request("PUT", "/b", "policy", {}, b'{"a":1}'))["Policy"] == '{"a":1}'
    assert "Policy" not in operation.parse(Request("PUT", "/b", "policy", {}, b""))


def test_members_bound_to_nothing_are_the_document():
    """Beside those of the path and the query, repeated fields among them."""
    catalog = Catalog(["lambda"])
    create = catalog.operation("lambda", "CreateAlias")
    path = "/2015-03-31/functions/f/aliases"
    parsed = create.parse(Request("POST", path, "", {}, b'{"Name":"a","FunctionVersion":"1"}'))
    assert parsed == {"FunctionName": "f", "Name": "a", "FunctionVersion": "1"}
    untag = catalog.operation("lambda", "UntagResource")
    parsed = untag.parse(Request("DELETE", "/2017-03-31/tags/arn", "tagKeys=a&tagKeys=b", {}, b""))
    assert parsed == {"Resource": "arn", "TagKeys": ["a", "b"]}


def test_a_document_in_a_header_is_read():
    """Base64 around JSON."""
    operation = Catalog(["lex-runtime"]).operation("lex-runtime", "PostContent")
    headers = {"x-amz-lex-session-attributes": base64.b64encode(b'{"a":1}').decode()}
    parsed = operation.parse(Request("POST", "/bot/b/alias/a/user/u/content", "", headers, b""))
    assert parsed["sessionAttributes"] == {"a": 1}


def test_an_operation_without_input_reads_nothing():
    """Whatever was sent."""
    operation = Catalog(["appconfig"]).operation("appconfig", "GetAccountSettings")
    assert operation.parse(Request("GET", "/settings", "a=b", {}, b"{")) == {}


def test_a_rest_service_routes_by_method_and_path():
    """A trailing slash does no harm."""
    catalog = Catalog(["lambda", "s3"])
    functions = "/2015-03-31/functions"
    assert catalog.route(Request("GET", functions, "", {}, b"")).name == "ListFunctions"
    assert catalog.route(Request("GET", f"{functions}/f", "Qualifier=1", {}, b"")).name == "GetFunction"
    assert catalog.route(Request("DELETE", f"{functions}/f", "", {}, b"")).name == "DeleteFunction"
