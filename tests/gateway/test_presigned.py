"""Presigned URLs on a server that checks them: whoever holds one needs no key."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest
from botocore.auth import HmacV1Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.gateway.conftest import ACCOUNT, ask, signing_client

BUCKET = "presigned"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/FieldstoneRole"
VERSIONS = {"4": {"signature_version": "s3v4"}, "2": {}}


@pytest.fixture(params=VERSIONS)
def s3(strict, owner, request):
    """A client that presigns with Version 4, and one that does as boto3 does for endpoints of one's own."""
    client = signing_client(strict.url, "s3", owner, **VERSIONS[request.param])
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="a b/é", Body=b"data")
    url = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b/é"})
    assert ("AWSAccessKeyId=" in url) == (request.param == "2")
    return client


def fetch(url, method="GET", body=b"", headers=None):
    parts = urlsplit(url)
    return ask(f"http://{parts.netloc}", method, f"{parts.path}?{parts.query}", body, headers)


def code(answer):
    """The status and code of an answer in XML."""
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return answer.status, found and found[1].decode()


def member(answer, name):
    return re.search(rf"<{name}>([^<]*)</{name}>".encode(), answer.body)[1].decode()


@pytest.mark.parametrize("key", ["a b/é", "../..", "//x", "plus+%25", "漢", "q?&=#", "x" * 1000])
def test_a_url_gets_and_puts_and_deletes_the_object_it_is_for(s3, key):
    """Whatever its key."""
    params = {"Bucket": BUCKET, "Key": key}
    assert fetch(s3.generate_presigned_url("put_object", Params=params), "PUT", b"new").status == 200
    assert fetch(s3.generate_presigned_url("get_object", Params=params)).body == b"new"
    assert fetch(s3.generate_presigned_url("head_object", Params=params), "HEAD").headers["content-length"] == "3"
    assert fetch(s3.generate_presigned_url("delete_object", Params=params), "DELETE").status == 204
    assert code(fetch(s3.generate_presigned_url("get_object", Params=params))) == (404, "NoSuchKey")


def test_a_url_may_say_more_than_an_address(s3):
    """Overrides of the answer, metadata and types of an upload, a bucket's listing."""
    params = {"Bucket": BUCKET, "Key": "a b/é", "ResponseContentType": "text/x; a=b", "ResponseCacheControl": "no"}
    answer = fetch(s3.generate_presigned_url("get_object", Params=params))
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("text/x; a=b", "no")
    listed = fetch(s3.generate_presigned_url("list_objects_v2", Params={"Bucket": BUCKET, "Prefix": "a b"}))
    assert b"<KeyCount>1</KeyCount>" in listed.body
    assert b"<Name>presigned</Name>" in fetch(s3.generate_presigned_url("list_buckets")).body


def test_an_upload_brings_the_headers_it_was_signed_with(s3):
    """Version 2 holds them in the query, Version 4 wants to be sent them."""
    params = {"Bucket": BUCKET, "Key": "typed", "ContentType": "text/csv", "Metadata": {"a": "b"}}
    url = s3.generate_presigned_url("put_object", Params=params)
    headers = {"content-type": "text/csv", "x-amz-meta-a": "b"}
    assert fetch(url, "PUT", b"1", headers).status == 200
    head = s3.head_object(Bucket=BUCKET, Key="typed")
    assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"a": "b"})
    assert code(fetch(url, "PUT", b"1", headers | {"content-type": "text/html"})) in {
        (403, "SignatureDoesNotMatch"),
        (200, None),  # Version 2: what the URL says is what counts
    }
    assert s3.head_object(Bucket=BUCKET, Key="typed")["ContentType"] == "text/csv"


@pytest.mark.parametrize("name", ["Signature", "X-Amz-Signature", "Expires", "X-Amz-Expires"])
def test_a_url_that_was_changed_is_refused(s3, name):
    """In what it was signed for, and in the signature."""
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b/é"}, ExpiresIn=600)
    if f"&{name}=" not in url and f"?{name}=" not in url:
        url = url.replace("presigned/", "presignee/")
    else:
        url = re.sub(rf"([?&]{name}=\w*)(\w)", lambda m: m[1] + ("8" if m[2] != "8" else "9"), url)
    answer = fetch(url)
    assert code(answer) == (403, "SignatureDoesNotMatch")
    assert member(answer, "StringToSign")


def test_a_url_is_good_for_its_time_and_not_longer(gateway):
    """AWS's words tell when it ended."""
    s3 = gateway.client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="timed")
    s3.put_object(Bucket="timed", Key="k", Body=b"x")
    for client, more in ((s3, ["X-Amz-Expires"]), (gateway.client("s3"), [])):
        url = client.generate_presigned_url("get_object", Params={"Bucket": "timed", "Key": "k"}, ExpiresIn=7200)
        gateway.ahead = 7000
        assert fetch(url).body == b"x"
        gateway.ahead = 7205
        answer = fetch(url)
        gateway.ahead = 0
        assert code(answer) == (403, "AccessDenied")
        assert member(answer, "Message") == "Request has expired"
        assert all(member(answer, name) for name in [*more, "Expires", "ServerTime"])


def test_a_url_of_the_future_is_not_yet_good(gateway):
    """Clocks may differ by a quarter of an hour."""
    url = gateway.client("s3", signature_version="s3v4").generate_presigned_url("list_buckets")
    gateway.ahead = -800
    assert fetch(url).status == 200
    gateway.ahead = -1000
    answer = fetch(url)
    assert (*code(answer), member(answer, "Message")) == (403, "AccessDenied", "Request is not yet valid")


def resigned(url, key, **changes):
    """The URL with other fields, signed by botocore again where that can be."""
    parts = urlsplit(url)
    fields = dict(parse_qsl(parts.query)) | {name.replace("_", "-"): text for name, text in changes.items()}
    fields = {name: text for name, text in fields.items() if text is not None and name != "X-Amz-Signature"}
    request = AWSRequest(
        "GET", f"http://{parts.netloc}{parts.path}?{urlencode(fields)}", headers={"host": parts.netloc}
    )
    request.context["timestamp"] = fields.get("X-Amz-Date", "")
    auth = S3SigV4QueryAuth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "s3", "us-east-1")
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    return f"{request.url}&X-Amz-Signature={signature}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"X_Amz_Expires": "604801"}, "X-Amz-Expires must be less than a week"),
        ({"X_Amz_Expires": "-1"}, "X-Amz-Expires must be non-negative"),
        ({"X_Amz_Expires": "1e3"}, "X-Amz-Expires should be a number"),
        ({"X_Amz_Expires": None}, "Query-string authentication version 4 requires"),
        ({"X_Amz_Date": None}, "Query-string authentication version 4 requires"),
        ({"X_Amz_SignedHeaders": None}, "Query-string authentication version 4 requires"),
        ({"X_Amz_Date": "yesterday"}, "X-Amz-Date must be in the ISO8601 Long Format"),
        ({"X_Amz_Algorithm": "AWS4-HMAC-SHA512"}, "X-Amz-Algorithm only supports"),
        ({"X_Amz_Credential": "AKIA/us-east-1/s3"}, "the Credential is mal-formed"),
    ],
    ids=str,
)
def test_a_url_whose_fields_make_no_sense_is_told_so(strict, owner, changes, words):
    """In AWS's words."""
    url = signing_client(strict.url, "s3", owner, signature_version="s3v4").generate_presigned_url("list_buckets")
    answer = fetch(resigned(url, owner, **changes))
    assert code(answer) == (400, "AuthorizationQueryParametersError")
    assert words in member(answer, "Message").replace("&apos;", "'").replace("&quot;", '"')


def test_a_whole_week_is_not_too_long(strict, owner):
    """The longest there is; and nothing at all is too short."""
    s3 = signing_client(strict.url, "s3", owner, signature_version="s3v4")
    assert fetch(s3.generate_presigned_url("list_buckets", ExpiresIn=604800)).status == 200
    expired = fetch(resigned(s3.generate_presigned_url("list_buckets"), owner, X_Amz_Expires="0"))
    assert code(expired) in {(403, "AccessDenied"), (200, None)}


def test_a_header_that_was_not_signed_with_the_url_is_refused(strict, owner):
    """Else its holder could make it mean something else."""
    s3 = signing_client(strict.url, "s3", owner, signature_version="s3v4")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "any", "Key": "k"})
    answer = fetch(url, "PUT", b"", {"x-amz-copy-source": "/other/secret", "x-amz-acl": "public-read"})
    assert code(answer) == (403, "AccessDenied")
    assert member(answer, "HeadersNotSigned") == "x-amz-acl, x-amz-copy-source"


def test_a_body_whose_hash_was_signed_has_to_be_that_one(strict, owner):
    """Where the holder was told which."""
    s3 = signing_client(strict.url, "s3", owner, signature_version="s3v4")
    s3.create_bucket(Bucket="hashed")
    credentials = Credentials(owner["AccessKeyId"], owner["SecretAccessKey"])
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    request = AWSRequest("PUT", f"{strict.url}/hashed/k", headers={"x-amz-content-sha256": digest})
    auth = S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=60)
    auth.payload = lambda request: digest
    auth.add_auth(request)

    assert fetch(request.url, "PUT", b"abc", {"x-amz-content-sha256": digest}).status == 200
    assert code(fetch(request.url, "PUT", b"abx", {"x-amz-content-sha256": digest})) == (
        400,
        "XAmzContentSHA256Mismatch",
    )


def test_headers_that_an_sdk_put_into_the_query_are_headers(strict, owner):
    """JavaScript's and Go's do."""
    s3 = signing_client(strict.url, "s3", owner, signature_version="s3v4")
    s3.create_bucket(Bucket="hoisted")
    credentials = Credentials(owner["AccessKeyId"], owner["SecretAccessKey"])
    request = AWSRequest("PUT", f"{strict.url}/hoisted/k?x-amz-meta-color=blue&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD")
    S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=60).add_auth(request)

    assert fetch(request.url, "PUT", b"abc").status == 200
    assert s3.head_object(Bucket="hoisted", Key="k")["Metadata"] == {"color": "blue"}


def test_two_signatures_are_one_too_many(strict, owner):
    """Which one should count?"""
    url = signing_client(strict.url, "s3", owner, signature_version="s3v4").generate_presigned_url("list_buckets")
    for answer in (fetch(url, headers={"authorization": "AWS a:b"}), fetch(f"{url}&Signature=a&AWSAccessKeyId=b")):
        assert code(answer) == (400, "InvalidArgument")
        assert member(answer, "Message").startswith("Only one auth mechanism allowed")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sessions_url_works_as_long_as_the_session(gateway, version):
    """Its token is a part of the URL."""
    session = gateway.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900)["Credentials"]
    s3 = gateway.client("s3", session, **VERSIONS[version])
    url = s3.generate_presigned_url("list_buckets", ExpiresIn=3600)
    assert fetch(url).status == 200
    assert code(fetch(re.sub("(?i)x-amz-security-token=[^&]*&?", "", url)))[0] in {400, 403}
    gateway.ahead = 950
    assert code(fetch(url)) == (400, "ExpiredToken")


def test_an_unknown_key_and_missing_fields_are_named(strict, owner):
    """In Version 2's words."""
    s3 = signing_client(strict.url, "s3", owner | {"AccessKeyId": "AKIANOBODY"})
    assert code(fetch(s3.generate_presigned_url("list_buckets"))) == (403, "InvalidAccessKeyId")
    assert "requires the Signature, Expires and" in member(ask(strict.url, "GET", "/?Signature=a"), "Message")
    answer = ask(strict.url, "GET", "/?AWSAccessKeyId=a&Signature=b&Expires=soon")
    assert member(answer, "Message") == "Invalid date (should be seconds since epoch): soon"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_presigned_can_be_asked_of_sts(strict, owner, method):
    """As Kubernetes' tokens do."""
    url = signing_client(strict.url, "sts", owner).generate_presigned_url("get_caller_identity", HttpMethod=method)
    answer = fetch(url, method)
    assert (answer.status, f"<Account>{ACCOUNT}</Account>".encode() in answer.body) == (200, True)
    assert code(fetch(url.replace("GetCallerIdentity", "GetSessionToken"), method)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("service", "call", "params"),
    [
        ("iam", "get_role", {"RoleName": "Analyst"}),
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "none", "Body": b""}),
    ],
)
def test_other_services_take_presigned_requests_for_a_quarter_of_an_hour(gateway, service, call, params):
    """Whatever X-Amz-Expires says; less where it says less."""
    client = gateway.client(service)
    url = client.generate_presigned_url(call, Params=params, ExpiresIn=3600)
    soon = client.generate_presigned_url(call, Params=params, ExpiresIn=60)
    assert fetch(url, "POST").status in {200, 400}
    gateway.ahead = 100
    assert fetch(url, "POST").status in {200, 400}
    assert fetch(soon, "POST").status == 403
    gateway.ahead = 1000
    assert fetch(url, "POST").status == 403


@pytest.mark.parametrize("missing", ["X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Credential"])
def test_what_misses_in_another_services_url_is_named(strict, owner, missing):
    """As AWS does."""
    url = signing_client(strict.url, "sts", owner).generate_presigned_url("get_caller_identity")
    answer = fetch(re.sub(f"{missing}=[^&]*&?", "", url), "POST")
    assert answer.status in {400, 403}
    assert missing.encode() in answer.body


def test_version_2_in_the_header_is_verified(strict, owner):
    """For what is too old to know better."""
    s3 = boto3.client(
        "s3",
        endpoint_url=strict.url,
        region_name="us-east-1",
        aws_access_key_id=owner["AccessKeyId"],
        aws_secret_access_key=owner["SecretAccessKey"],
        config=boto3.session.Config(signature_version="s3"),
    )
    s3.create_bucket(Bucket="old-header")
    s3.put_object(Bucket="old-header", Key="a b+é", Body=b"x", Metadata={"a": "b"}, ContentType="text/csv")
    assert s3.get_object(Bucket="old-header", Key="a b+é", ResponseContentType="a/b")["ContentType"] == "a/b"
    assert s3.list_objects_v2(Bucket="old-header")["KeyCount"] == 1
    assert s3.list_buckets()["Buckets"]


def test_version_2_in_the_header_says_what_is_wrong(strict, owner):
    """The key, the time, the form, the signature."""
    request = AWSRequest("GET", f"{strict.url}/", headers={})
    HmacV1Auth(Credentials(owner["AccessKeyId"], "wrong")).add_auth(request)
    good = dict(request.headers.items())
    cases = [
        (good, (403, "SignatureDoesNotMatch")),
        (good | {"Authorization": "AWS nobody:abc"}, (403, "InvalidAccessKeyId")),
        (good | {"Authorization": "AWS nonsense"}, (400, "InvalidArgument")),
        (good | {"Authorization": "Bearer abc"}, (400, "InvalidArgument")),
        (good | {"Authorization": "Basic"}, (400, "InvalidArgument")),
        (good | {"Date": "Fri, 24 May 2013 00:00:00 GMT"}, (403, "RequestTimeTooSkewed")),
        (good | {"Date": "once"}, (403, "AccessDenied")),
        ({"Authorization": good["Authorization"]}, (403, "AccessDenied")),
    ]
    for headers, expected in cases:
        assert code(ask(strict.url, "GET", "/", headers=headers)) == expected, headers


def test_where_nothing_is_checked_a_url_tells_the_account(server, aws, bucket):
    """Its key is the account's number; its signature and its time may be anything."""
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=1)
    assert "AWSAccessKeyId=" in url
    assert fetch(re.sub("Expires=[0-9]+", "Expires=1", url)).body == b"data"
    assert code(ask(server.url, "GET", f"/{bucket}/k")) == (403, "AccessDenied")
