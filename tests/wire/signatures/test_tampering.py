"""Thousands of requests signed by botocore are verified; with any one byte of them changed they are not."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.canonical import canonical_path
from fieldstone.wire.signatures.credentials import Credential, scope
from fieldstone.wire.signatures.verification import verify

KEY = Credential("AKIAEXAMPLE", "a/secret+key", None, "123456789012")
LETTERS = [
    "//",
    "..",
    ".",
    "/",
    "%",
    "%2F",
    "+",
    " ",
    "é",
    "漢",
    "'",
    '"',
    "~",
    "*",
    "&",
    "=",
    "?",
    "#",
    "a",
    "\U0001f600",
]
WORDS = st.lists(st.sampled_from(LETTERS), max_size=10).map("".join) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), max_size=20
)
HEADER = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def arrived(request):
    """A request of botocore's as it comes to the server."""
    parts = urlsplit(request.url)
    headers = {name.lower(): str(text) for name, text in request.headers.items()} | {"host": parts.netloc}
    body = request.data or b""
    return Request(request.method, parts.path, parts.query, headers, body.encode() if isinstance(body, str) else body)


def make(method, path, fields, headers, body):
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(text, safe='-_.~')}" for name, text in fields)
    url = f"http://localhost:4566/{quote(path, safe='/~')}"
    return AWSRequest(method, f"{url}?{query}" if query else url, headers=dict(headers), data=body)


def sign(request, service, form):
    """Sign a request as botocore does for a service: ``header``, ``query`` or ``old``."""
    credentials = Credentials(KEY.access_key, KEY.secret_key)
    if form == "old":
        HmacV1QueryAuth(credentials, expires=600).add_auth(request)
        return arrived(request)
    if form == "query":
        kind = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
        kind(credentials, service, "eu-west-1", expires=600).add_auth(request)
    else:
        (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, "eu-west-1").add_auth(request)
    return arrived(request)


def accepted(request):
    try:
        return verify(request, {KEY.access_key: KEY}.get, datetime.now(UTC).timestamp()).credential is KEY
    except AwsError:
        return False


FORMS = [("s3", "header"), ("s3", "query"), ("s3", "old")] + [
    (service, form) for service in ("sagemaker", "sts", "iam", "logs") for form in ("header", "query")
]


@st.composite
def requests(draw):
    service, form = draw(st.sampled_from(FORMS))
    fields = draw(
        st.lists(st.tuples(st.sampled_from(["prefix", "a", "b-c", "ä", "versionId", "uploads"]), WORDS), max_size=3)
    )
    names = st.sampled_from(["x-amz-meta-a", "x-amz-acl", "content-type", "x-amz-b"])
    headers = draw(st.dictionaries(names, HEADER, max_size=3))
    body = draw(st.binary(max_size=30)) if form == "header" else b""
    method = draw(st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"]))
    if service == "s3" and form == "old":
        headers, fields = {}, [(name, text) for name, text in fields if name in ("versionId", "uploads")]
    return sign(make(method, draw(WORDS), fields, headers, body), service, form)


def changes(request, rng):
    """The request with one byte of it another, in every part that is signed."""
    yield "method", replace(request, method=request.method[:-1] + "X")
    for part in ("path", "query"):
        text = getattr(request, part)
        for at in rng.sample(range(len(text)), min(len(text), 6)):
            other = text[:at] + rng.choice([c for c in "abcxyz0123456789" if c != text[at]]) + text[at + 1 :]
            if meaning(part, other, request) != meaning(part, text, request):
                yield f"{part} {other}", replace(request, **{part: other})
    for name in signed_headers(request):
        text = request.headers.get(name, "")
        if text:
            at = rng.randrange(len(text) - 64 if name == "authorization" else 0, len(text))
            other = text[:at] + chr((ord(text[at]) - 33 + 1) % 94 + 33) + text[at + 1 :]
            yield f"{name} {other}", replace(request, headers=request.headers | {name: other})
    if request.body and scope(request).service != "s3":
        at = rng.randrange(len(request.body))
        yield "body", replace(request, body=request.body[:at] + bytes([request.body[at] ^ 1]) + request.body[at + 1 :])


def meaning(part, text, request):
    """What a path or a query says, whatever the encoding and the order of fields; S3's paths are never normalised."""
    if part == "query":
        return sorted(unquote(field) for field in text.split("&"))
    return text if scope(request).service == "s3" else canonical_path(text)


def signed_headers(request):
    """The headers that are signed, and the one that holds the signature."""
    header = request.headers.get("authorization")
    if header is not None:
        return [*header.split("SignedHeaders=")[1].split(",")[0].split(";"), "authorization"]
    fields = dict(field.partition("=")[::2] for field in request.query.split("&"))
    return unquote(fields.get("X-Amz-SignedHeaders", "")).split(";") if "X-Amz-SignedHeaders" in fields else []


def check(request, rng):
    assert accepted(request), request
    for what, forged in changes(request, rng):
        assert not accepted(forged), (what, request)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(request=requests(), seed=st.integers(0, 2**32))
def test_what_botocore_signs_is_verified_and_no_byte_of_it_can_be_changed(request, seed):
    """Whatever its path, its fields, its headers and its body, in a header or a URL."""
    check(request, random.Random(seed))


@pytest.mark.slow
@settings(deadline=None, max_examples=5000)
@given(request=requests(), seed=st.integers(0, 2**32))
def test_five_thousand_requests_are_verified_and_no_byte_of_them_can_be_changed(request, seed):
    """The same, at length."""
    check(request, random.Random(seed))
