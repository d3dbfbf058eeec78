"""Whether a request was signed by whom it says, with botocore as the signer."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.canonical import canonical_path, canonical_query
from fieldstone.wire.signatures.credentials import Credential, scope
from fieldstone.wire.signatures.verification import verify

ACCESS_KEY, SECRET_KEY = "AKIAEXAMPLE", "a/secret+key"
KEY = Credential(ACCESS_KEY, SECRET_KEY, None, "123456789012")


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


def find(key=KEY):
    return {key.access_key: key}.get


def signing_time(request):
    return datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def check(request, key=KEY, late=0.0):
    return verify(request, find(key), signing_time(request) + late)


def refused(request, key=KEY, late=0.0):
    with pytest.raises(AwsError) as caught:
        check(request, key, late)
    return caught.value


def ask(peers, service, name, params, **options):
    peer = peers(service)
    return peer.request(peer.model.operation_model(name), params, **options)


@pytest.fixture
def examples(peers):
    """One request of each kind of service."""
    return {
        "s3": ask(peers, "s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": b"x"}),
        "json": ask(peers, "sagemaker", "DescribeModel", {"ModelName": "model"}),
        "rest": ask(peers, "sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e", "Body": b"1"}),
        "query": ask(peers, "iam", "GetRole", {"RoleName": "role"}),
    }


def test_whatever_botocore_signs_is_verified(peer, make):
    """Every operation of every service, with every member it has."""
    for operation in peer.operations:
        request = peer.request(operation, make(operation.input_shape) if operation.input_shape else {})
        verified = check(request)

        assert verified.credential is KEY
        assert (verified.region, verified.service) == ("us-east-1", peer.model.signing_name)


KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40) | st.lists(
    st.sampled_from(
        ["//", "..", ".", "/", "%", "%2F", "+", " ", "é", "漢", "'", '"', "~", "*", "&", "=", "?", "#", "a"]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(key=KEYS, prefix=KEYS)
def test_any_key_is_verified_and_read_as_it_was(catalog, peers, key, prefix):
    """Signing hashes the path as sent; reading gives back the characters."""
    got = ask(peers, "s3", "GetObject", {"Bucket": "b", "Key": key, "VersionId": prefix})
    listed = ask(peers, "s3", "ListObjectsV2", {"Bucket": "b", "Prefix": prefix, "Delimiter": key})
    check(got)
    check(listed)

    assert catalog.route(got).parse(got) == {"Bucket": "b", "Key": key, "VersionId": prefix}
    assert catalog.route(listed).parse(listed) == {"Bucket": "b", "Prefix": prefix, "Delimiter": key}


@dataclass
class Raw:
    """A body as botocore's HTTP client gives it."""

    body: bytes

    def stream(self):
        return iter([self.body])


def captured(catalog, arrive, service, call, **config):
    """What a whole botocore client sends, which is answered with an empty result."""
    session = botocore.session.Session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    client = session.create_client(
        service, region_name="eu-west-1", endpoint_url="http://localhost:4566", config=Config(**config)
    )
    caught = []

    def before_send(request, **_):
        caught.append(arrive(request))
        response = catalog.route(caught[0]).render({}, "r")
        return AWSResponse(request.url, response.status, response.headers, Raw(response.body))

    client.meta.events.register("before-send", before_send)
    call(client)
    return caught[0]


def test_whole_clients_are_verified(catalog, arrive):
    """With the headers their handlers add: checksums, markers, user agents."""
    calls = {
        "s3": lambda c: c.put_object(Bucket="b", Key="a b/é//..", Body=b"body", Metadata={"a": "b  c"}),
        "sagemaker": lambda c: c.list_models(MaxResults=3),
        "sagemaker-runtime": lambda c: c.invoke_endpoint(EndpointName="e 1", Body=b"1,2", ContentType="text/csv"),
        "sts": lambda c: c.get_caller_identity(),
        "iam": lambda c: c.get_role(RoleName="r"),
        "logs": lambda c: c.get_log_events(logGroupName="g", logStreamName="s"),
    }
    for service, call in calls.items():
        verified = check(captured(catalog, arrive, service, call))
        assert verified.region == "eu-west-1"


def letters(text, allowed):
    return [at for at, letter in enumerate(text) if letter in allowed]


def changed(text, at):
    return text[:at] + ("b" if text[at] != "b" else "c") + text[at + 1 :]


def tampered(request, rng):
    """The request with one character of it changed, in every part in turn."""
    alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"
    for part in ("path", "query"):
        if places := letters(getattr(request, part), alphanumeric):
            yield replace(request, **{part: changed(getattr(request, part), rng.choice(places))})
    signed = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    for name in (*signed, "authorization"):
        places = letters(request.headers[name], alphanumeric)
        if name == "authorization":
            places = places[-64:]
        if places:
            text = changed(request.headers[name], rng.choice(places))
            yield replace(request, headers=request.headers | {name: text})
    if request.body and "/s3/" not in request.headers["authorization"]:
        at = rng.randrange(len(request.body))
        yield replace(request, body=request.body[:at] + bytes([request.body[at] ^ 1]) + request.body[at + 1 :])
    yield replace(request, method="PATCH")


def test_no_character_of_what_is_signed_can_be_changed(peers, make):
    """Hundreds of requests, each with one character changed: not one passes."""
    rng = random.Random(22)
    checked = 0
    for service in ("s3", "sagemaker", "sagemaker-runtime", "iam"):
        peer = peers(service)
        for operation in peer.operations[:40]:
            request = peer.request(operation, make(operation.input_shape) if operation.input_shape else {})
            now = signing_time(request)
            check(request)
            for forged in tampered(request, rng):
                with pytest.raises(AwsError):
                    verify(forged, find(), now)
                checked += 1
    assert checked > 500


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("s3", "SignatureDoesNotMatch", 403),
        ("json", "InvalidSignatureException", 400),
        ("rest", "InvalidSignatureException", 403),
        ("query", "SignatureDoesNotMatch", 403),
    ],
)
def test_a_wrong_secret_is_a_wrong_signature(examples, kind, code, status):
    """In the words of the service."""
    error = refused(examples[kind], replace(KEY, secret_key="another"))
    assert (error.code, error.status) == (code, status)
    assert error.message.startswith("The request signature we calculated does not match")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("s3", "InvalidAccessKeyId"),
        ("json", "UnrecognizedClientException"),
        ("rest", "UnrecognizedClientException"),
        ("query", "InvalidClientTokenId"),
    ],
)
def test_an_unknown_key_is_nobody(examples, kind, code):
    """Before anything is computed."""
    assert refused(examples[kind], replace(KEY, access_key="AKIAOTHER")).code == code


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("s3", "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("json", "InvalidSignatureException", "Signature expired: "),
        ("query", "SignatureDoesNotMatch", "Signature expired: "),
    ],
)
def test_a_request_is_good_for_a_quarter_of_an_hour(examples, kind, code, message):
    """Either way."""
    check(examples[kind], late=899)
    check(examples[kind], late=-899)
    error = refused(examples[kind], late=902)
    assert error.code == code
    assert error.message.startswith(message)


def test_s3_shows_the_clocks_of_both_sides(examples):
    """In members of its error."""
    sent = examples["s3"].headers["x-amz-date"]
    assert refused(examples["s3"], late=1000).members == {
        "RequestTime": sent,
        "ServerTime": datetime.fromtimestamp(signing_time(examples["s3"]) + 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "MaxAllowedSkewMilliseconds": 900_000,
    }


def test_s3_shows_what_should_have_been_signed(examples):
    """As text and in bytes."""
    shown = refused(examples["s3"], replace(KEY, secret_key="another")).members
    assert shown["AWSAccessKeyId"] == ACCESS_KEY
    assert shown["CanonicalRequest"].startswith("PUT\n/b/k\n")
    for name in ("CanonicalRequest", "StringToSign"):
        assert bytes.fromhex(shown[f"{name}Bytes"]).decode() == shown[name]
    assert examples["s3"].headers["authorization"].endswith(shown["SignatureProvided"])
    assert refused(examples["json"], replace(KEY, secret_key="another")).members == {}


def test_the_clocks_of_both_sides_are_told(examples):
    """Both the time that was signed and the limit it missed."""
    request = replace(examples["json"], headers=examples["json"].headers | {"x-amz-date": "20261122T120000Z"})
    request.headers["authorization"] = request.headers["authorization"].replace(
        f"/{examples['json'].headers['x-amz-date'][:8]}/", "/20261122/"
    )
    assert refused(request, late=1800).message == (
        "Signature expired: 20261122T120000Z is now earlier than 20261122T121500Z (20261122T123000Z - 15 min.)"
    )
    assert refused(request, late=-1800).message == (
        "Signature not yet current: 20261122T120000Z is still later than 20261122T114500Z (20261122T113000Z + 15 min.)"
    )


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("s3", "s3", "InvalidToken"),
        ("json", "sagemaker", "UnrecognizedClientException"),
        ("query", "iam", "InvalidClientTokenId"),
    ],
)
def test_a_session_token_has_to_be_the_keys_own(peers, examples, name, kind, code):
    """Not missing, not another, and not there where none belongs."""
    operation = peers(kind).operations[0].name
    params = {"Bucket": "b", "Key": "k", "UploadId": "u"} if kind == "s3" else {}
    with_token = ask(peers, kind, operation, params, credentials=Credentials(ACCESS_KEY, SECRET_KEY, "token"))
    check(with_token, replace(KEY, session_token="token"))

    assert refused(with_token, replace(KEY, session_token="other")).code == code
    assert refused(with_token, KEY).code == code
    assert refused(examples[name], replace(KEY, session_token="token")).code == code


@pytest.mark.parametrize(
    ("kind", "code"), [("s3", "ExpiredToken"), ("json", "ExpiredTokenException"), ("query", "ExpiredToken")]
)
def test_a_key_stops_working_when_it_expires(examples, kind, code):
    """To the second."""
    at = signing_time(examples[kind])
    check(examples[kind], replace(KEY, expires=at + 1))
    assert refused(examples[kind], replace(KEY, expires=at)).code == code


def test_an_unsigned_request_is_nobodys(peers):
    """S3 denies access, the others miss a token."""
    codes = {
        "s3": ("GetObject", {"Bucket": "b", "Key": "k"}, "AccessDenied", 403),
        "sagemaker": ("ListModels", {}, "MissingAuthenticationTokenException", 400),
        "iam": ("GetRole", {"RoleName": "r"}, "MissingAuthenticationToken", 403),
    }
    for service, (name, params, code, status) in codes.items():
        request = ask(peers, service, name, params, credentials=UNSIGNED)
        with pytest.raises(AwsError) as caught:
            verify(request, find(), 0)
        assert (caught.value.code, caught.value.status) == (code, status)


def with_headers(request, **headers):
    changes = {name.replace("_", "-"): text for name, text in headers.items()}
    return replace(request, headers={k: v for k, v in (request.headers | changes).items() if v is not None})


def test_a_header_that_steers_has_to_be_signed(examples):
    """The host, and everything that begins with x-amz-."""
    for kind in ("s3", "json"):
        added = refused(with_headers(examples[kind], x_amz_copy_source="/b/secret"))
        assert added.message.startswith("There were headers present" if kind == "s3" else "'x-amz-copy-source' must be")
        assert added.members == ({"HeadersNotSigned": "x-amz-copy-source"} if kind == "s3" else {})
        authorization = examples[kind].headers["authorization"].replace("host;", "")
        unsigned = refused(with_headers(examples[kind], authorization=authorization))
        assert "'Host'" in unsigned.message or unsigned.members == {"HeadersNotSigned": "host"}
    check(with_headers(examples["s3"], x_amzn_trace_id="1", user_agent="another"))


def test_a_signed_header_that_is_gone_is_a_wrong_signature(examples):
    """It was part of what was hashed."""
    assert refused(with_headers(examples["s3"], content_type=None, x_amz_content_sha256="0" * 64)).status == 403
    without = with_headers(examples["json"], content_type=None)
    assert refused(without).code == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("authorization", "code", "said"),
    [
        ("AWS4-ECDSA-P256-SHA256 a=b", "InvalidArgument", "Unsupported Authorization Type"),
        ("AWS4-HMAC-SHA256", "InvalidArgument", "one and only one ' ' (space) required"),
        ("AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/s3/aws4_request", "Malformed", "three components"),
        ("AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/sts/aws4_request", "Incomplete", "'SignedHeaders'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/s3/c, SignedHeaders=host, Signature=0", "Malformed", "mal-formed"),
    ],
)
def test_a_header_that_cannot_be_read_says_what_is_missing(authorization, code, said):
    """Instead of calling the signature wrong."""
    headers = {"authorization": authorization, "host": "h", "x-amz-date": "20261122T120000Z"}
    headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    with pytest.raises(AwsError) as caught:
        verify(Request("GET", "/b/k", "", headers, b""), find(), NOON)
    assert code in caught.value.code
    assert said in caught.value.message


def test_another_algorithm_is_named(examples):
    """With the one there is."""
    authorization = examples["json"].headers["authorization"].replace("SHA256", "SHA512")
    error = refused(with_headers(examples["json"], authorization=authorization))
    assert (error.code, "AWS4-HMAC-SHA512" in error.message) == ("IncompleteSignatureException", True)


@pytest.mark.parametrize(
    ("date", "said"), [(None, "valid Date"), ("20261121T120000Z", "!="), ("20261122T99", "basic format")]
)
def test_a_date_has_to_be_there_and_agree_with_the_scope(date, said):
    """Else the key of another day would do."""
    scoped = "Credential=AKIAEXAMPLE/20261122/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"authorization": f"AWS4-HMAC-SHA256 {scoped}", "host": "h"} | ({"x-amz-date": date} if date else {})
    with pytest.raises(AwsError) as caught:
        verify(Request("GET", "/", "", headers, b""), find(), NOON - 86400 if date and date < "20261122" else NOON)
    assert said in caught.value.message


def test_https_own_date_will_do(peers):
    """Where there is no x-amz-date."""
    scoped = "Credential=AKIAEXAMPLE/20261122/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"authorization": f"AWS4-HMAC-SHA256 {scoped}", "host": "h", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    with pytest.raises(AwsError) as caught:
        verify(Request("GET", "/", "", headers, b""), find(), datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
    assert caught.value.message.startswith("The request signature we calculated")


def test_s3_says_what_its_body_hashes_to(examples):
    """Declared by S3's clients, computed for everybody else's."""
    request = examples["s3"]
    assert check(request).payload_hash == request.headers["x-amz-content-sha256"]
    assert len(check(examples["json"]).payload_hash) == 64
    assert refused(with_headers(request, x_amz_content_sha256="abc")).code == "InvalidArgument"
    assert "x-amz-content-sha256" in refused(with_headers(request, x_amz_content_sha256=None)).message


def test_only_s3_takes_an_unsigned_payload(catalog, peers, arrive):
    """Everybody else's body is hashed, whatever is declared."""
    put = partial(captured, catalog, arrive, "s3", lambda client: client.put_object(Bucket="b", Key="k", Body=b"x"))
    request = put(s3={"payload_signing_enabled": False})
    assert check(request).payload_hash == "UNSIGNED-PAYLOAD"
    forged = replace(ask(peers, "sagemaker", "ListModels", {}), body=b'{"MaxResults":1}')
    assert refused(forged).code == "InvalidSignatureException"


def test_the_scope_is_read_without_being_believed():
    """From the header or the query, whoever signed."""
    header = "AWS4-HMAC-SHA256 Credential=AK/IA/20261122/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    found = scope(Request("GET", "/", "", {"authorization": header}, b""))
    assert found == ("AK/IA", "20261122", "eu-west-1", "s3")
    query = "a=b&X-Amz-Credential=AKIA%2F20261122%2Feu-west-1%2Fs3%2Faws4_request"
    assert scope(Request("GET", "/", query, {}, b"")) == ("AKIA", "20261122", "eu-west-1", "s3")
    assert scope(Request("GET", "/", "", {"authorization": "Bearer x"}, b"")) is None
    assert scope(Request("GET", "/", "", {}, b"")) is None


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/../", "/"),
        ("/a//b/./c/../d", "/a/b/d"),
        ("/a/", "/a/"),
        ("/a%20b", "/a%2520b"),
        ("/~a", "/~a"),
    ],
)
def test_a_path_is_normalised_and_encoded_again(path, canonical):
    """For every service but S3."""
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("uploads", "uploads="),
        ("a=b+c&d=%2f", "a=b%20c&d=%2F"),
        ("a=b/c&&", "a=b%2Fc"),
        ("a=%C3%A9&b=\xc3\xa9", "a=%C3%A9&b=%C3%A9"),
        ("a=%", "a=%25"),
    ],
)
def test_a_query_is_sorted_and_in_awss_encoding(query, canonical):
    """Whatever the client's own was."""
    assert canonical_query(query) == canonical
