"""S3's own manners: sub-resources, roots, and the words of its refusals."""

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request


def request(method, path, query="", **headers):
    return Request(method, path, query, {name.replace("_", "-"): text for name, text in headers.items()}, b"")


def refused(catalog, asked):
    with pytest.raises(AwsError) as caught:
        catalog.route(asked)
    return caught.value


COPY = {"x_amz_copy_source": "/bucket/other"}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (request("GET", "/"), "ListBuckets"),
        (request("GET", "/b"), "ListObjects"),
        (request("GET", "/b/"), "ListObjects"),
        (request("GET", "/b", "list-type=2&prefix=&delimiter=%2F"), "ListObjectsV2"),
        (request("GET", "/b", "versions"), "ListObjectVersions"),
        (request("GET", "/b", "uploads="), "ListMultipartUploads"),
        (request("GET", "/b", "analytics"), "ListBucketAnalyticsConfigurations"),
        (request("GET", "/b", "analytics&id=1"), "GetBucketAnalyticsConfiguration"),
        (request("GET", "/b", "lifecycle"), "GetBucketLifecycleConfiguration"),
        (request("POST", "/b", "delete="), "DeleteObjects"),
        (request("GET", "/b//"), "GetObject"),
        (request("GET", "/b/k/../%2e", "versionId=1&partNumber=2"), "GetObject"),
        (request("GET", "/b/k", "uploadId=1"), "ListParts"),
        (request("GET", "/b/k", "attributes"), "GetObjectAttributes"),
        (request("GET", "/b/k", "response-content-type=text%2Fplain&x-id=GetObject"), "GetObject"),
        (request("GET", "/b/k", "utm_source=mail"), "GetObject"),
        (request("PUT", "/b/k"), "PutObject"),
        (request("PUT", "/b/k", "X-Amz-Algorithm=A&X-Amz-Signature=0&x-id=PutObject"), "PutObject"),
        (request("PUT", "/b/k", "AWSAccessKeyId=a&Signature=b&Expires=1"), "PutObject"),
        (request("PUT", "/b/k", **COPY), "CopyObject"),
        (request("PUT", "/b/k", "partNumber=1&uploadId=u"), "UploadPart"),
        (request("PUT", "/b/k", "partNumber=1&uploadId=u", **COPY), "UploadPartCopy"),
        (request("PUT", "/b/k", "tagging"), "PutObjectTagging"),
        (request("PUT", "/b/k", "tagging", **COPY), "PutObjectTagging"),
        (request("PUT", "/b/k", "renameObject"), "RenameObject"),
        (request("POST", "/b/k", "uploads"), "CreateMultipartUpload"),
        (request("POST", "/b/k", "uploadId=u"), "CompleteMultipartUpload"),
        (request("POST", "/b/k", "select&select-type=2"), "SelectObjectContent"),
        (request("DELETE", "/b/k"), "DeleteObject"),
        (request("DELETE", "/b/k", "uploadId=u"), "AbortMultipartUpload"),
        (request("DELETE", "/b/k", "tagging&versionId=1"), "DeleteObjectTagging"),
    ],
)
def test_a_request_is_for(catalog, asked, name):
    """Method, path, sub-resource, required fields and headers name the operation."""
    assert catalog.route(asked).name == name


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET", "HEAD"])
def test_a_sub_resource_nobody_knows_is_not_implemented(catalog, method):
    """It never falls through to the whole object: a write would replace it."""
    error = refused(catalog, request(method, "/b/k", "nonsense"))
    assert (error.code, error.status) == ("NotImplemented", 501)


@pytest.mark.parametrize(
    "query", ["tagging", "acl", "retention", "legal-hold", "restore", "torrent", "uploads", "cors"]
)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_no_sub_resource_reaches_the_whole_object(catalog, method, query):
    """Whatever is asked of a sub-resource is done to it or refused."""
    try:
        name = catalog.route(request(method, "/b/k", query)).name
    except AwsError as error:
        name = error.code
    assert name not in {"PutObject", "DeleteObject", "CopyObject", "CompleteMultipartUpload"}


def test_a_part_without_its_upload_is_no_upload_of_an_object(catalog):
    """PutObject knows no partNumber."""
    for query in ("partNumber=1", "uploadId=u"):
        assert refused(catalog, request("PUT", "/b/k", query)).code == "InvalidArgument"


def test_two_sub_resources_conflict(catalog):
    """AWS names them both."""
    error = refused(catalog, request("PUT", "/b/k", "acl&tagging"))
    assert error.code == "InvalidArgument"
    assert error.message.startswith("Conflicting query string parameters: ")


def test_a_post_to_a_bucket_has_to_be_a_form(catalog):
    """As a browser sends it."""
    error = refused(catalog, request("POST", "/b"))
    assert (error.code, error.status) == ("PreconditionFailed", 412)
    assert "multipart/form-data" in error.members["Condition"]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (request("PUT", "/"), "SERVICE"),
        (request("PATCH", "/b"), "BUCKET"),
        (request("POST", "/b/k"), "OBJECT"),
        (request("POST", "/b/k", "tagging"), "OBJECT"),
    ],
)
def test_a_method_a_resource_does_not_have_is_not_allowed(catalog, asked, kind):
    """The error says which and on what."""
    error = refused(catalog, asked)
    assert (error.code, error.status) == ("MethodNotAllowed", 405)
    assert error.members == {"Method": asked.method, "ResourceType": kind}


def test_uploads_by_html_forms_are_not_implemented(catalog):
    """They are no operation of the model."""
    asked = request("POST", "/b", content_type="multipart/form-data; boundary=x")
    assert refused(catalog, asked).code == "NotImplemented"


def test_a_path_without_a_bucket_is_no_uri(catalog):
    """Two slashes name a key in no bucket."""
    assert refused(catalog, request("GET", "//key")).code == "InvalidURI"
    assert refused(catalog, request("GET", "/b/k", "a=%ff")).code == "InvalidURI"


def test_the_location_of_a_bucket_is_the_root_itself(catalog):
    """And empty in us-east-1."""
    operation = catalog.operation("s3", "GetBucketLocation")
    assert b'3-01/">eu-west-1</LocationConstraint>' in operation.render({"LocationConstraint": "eu-west-1"}, "r").body
    assert b'3-01/"></LocationConstraint>' in operation.render({}, "r").body


@pytest.mark.parametrize(
    ("name", "result", "root"),
    [
        ("ListObjectsV2", {}, b"ListBucketResult"),
        ("ListBuckets", {}, b"ListAllMyBucketsResult"),
        ("CopyObject", {"CopyObjectResult": {"ETag": "e"}}, b"CopyObjectResult"),
        ("CreateMultipartUpload", {}, b"InitiateMultipartUploadResult"),
        ("GetObjectRetention", {"Retention": {"Mode": "GOVERNANCE"}}, b"Retention"),
        ("DeleteObjects", {}, b"DeleteResult"),
    ],
)
def test_answers_have_the_roots_clients_look_for(catalog, name, result, root):
    """In S3's namespace."""
    body = catalog.operation("s3", name).render(result, "r").body
    assert b"<" + root + b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' in body
    assert body.endswith(b"</" + root + b">")


def test_every_answer_is_named_as_s3_names_it(catalog):
    """Two headers, on errors as well."""
    for response in (
        catalog.operation("s3", "DeleteObject").render({}, "r-1"),
        catalog.operation("s3", "DeleteObject").render_error(AwsError("AccessDenied", "no"), "r-1"),
    ):
        assert response.headers["x-amz-request-id"] == "r-1"
        assert "x-amz-id-2" in response.headers


def test_nothing_deleted_leaves_an_empty_204(catalog):
    """The status is the model's."""
    response = catalog.operation("s3", "DeleteObject").render({"DeleteMarker": True}, "r")
    assert (response.status, response.body, response.headers["x-amz-delete-marker"]) == (204, b"", "true")


def test_an_error_shows_everything_it_carries(catalog):
    """S3's errors have elements their shapes do not."""
    error = AwsError("NoSuchKey", "The specified key does not exist.", Key="a&b")
    response = catalog.operation("s3", "GetObject").render_error(error, "r")
    assert response.status == 404
    assert b"<Code>NoSuchKey</Code>" in response.body
    assert b"<Key>a&amp;b</Key><RequestId>r</RequestId>" in response.body


def error_of(catalog, name, asked):
    operation = catalog.operation("s3", name)
    with pytest.raises(AwsError) as caught:
        operation.validate(operation.parse(asked))
    return caught.value


def test_numbers_that_are_none_are_refused_with_the_argument(catalog):
    """As S3 words it."""
    keys = error_of(catalog, "ListObjectsV2", request("GET", "/b", "list-type=2&max-keys=many"))
    part = error_of(catalog, "UploadPart", request("PUT", "/b/k", "partNumber=one&uploadId=u"))
    assert keys.message == "Provided max-keys not an integer or within integer range"
    assert keys.members == {"ArgumentName": "max-keys", "ArgumentValue": "many"}
    assert part.message == "Part number must be an integer between 1 and 10000, inclusive"


def test_an_empty_number_was_not_given(catalog):
    """S3 takes max-keys without a value for no max-keys."""
    parsed = catalog.operation("s3", "ListObjects").parse(request("GET", "/b", "max-keys=&prefix="))
    assert parsed == {"Bucket": "b", "Prefix": ""}


@pytest.mark.parametrize(
    "body",
    [
        b"<Tagging",
        b"not xml",
        b"<Delete/>",
        b"<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><Tagging><TagSet/></Tagging>',
        b'<?xml version="1.0" encoding="no-such"?><Tagging><TagSet/></Tagging>',
        b"<Tagging/>",
    ],
)
def test_xml_that_is_not_the_operations_is_malformed(catalog, body):
    """Broken, of another root, with entities, or without what it must have."""
    asked = Request("PUT", "/b", "tagging", {}, body)
    error = error_of(catalog, "PutBucketTagging", asked)
    assert (error.code, error.status) == ("MalformedXML", 400)


def test_what_must_be_sent_is_missed_in_the_place_it_belongs_to(catalog):
    """Body, header and query each have their words."""
    body = error_of(catalog, "PutBucketTagging", request("PUT", "/b", "tagging"))
    header = error_of(catalog, "GetObjectAttributes", request("GET", "/b/k", "attributes"))
    field = error_of(catalog, "PutBucketAnalyticsConfiguration", request("PUT", "/b", "analytics"))
    assert (body.code, body.message) == ("MissingRequestBodyError", "Request Body is empty")
    assert header.message == "Missing required header for this request: x-amz-object-attributes"
    assert field.members["ArgumentName"] == "id"


def test_s3_is_not_held_to_the_models_constraints(catalog):
    """Its own service knows better which names and sizes are right."""
    catalog.operation("s3", "HeadBucket").validate({"Bucket": "!"})
    catalog.operation("s3", "PutObjectAcl").validate({"Bucket": "b", "Key": "k", "ACL": "private"})
    catalog.operation("s3", "CopyObject").validate({"Bucket": "b", "Key": "k", "CopySource": "no-slash"})
