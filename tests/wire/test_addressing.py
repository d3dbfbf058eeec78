"""Buckets in the Host, headers in the query."""

import pytest

from fieldstone.wire.addressing import bucket_of, settle
from fieldstone.wire.http import Request


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("b.localhost", "b"),
        ("a.b-c.localhost:80", "a.b-c"),
        ("s3.b.localhost", "s3.b"),
        ("b.s3.localhost", "b"),
        ("b.s3.amazonaws.com", "b"),
        ("b.s3.eu-west-1.amazonaws.com:443", "b"),
        ("s3.localhost", None),
        ("localhost", None),
        ("s3.amazonaws.com", None),
        ("sts.amazonaws.com", None),
        ("b.s3.amazonaws.com.evil.example", None),
        ("a/b.localhost", None),
        ("..localhost", None),
        ("\xff.localhost", None),
    ],
)
def test_a_host_names_a_bucket_or_none(host, bucket):
    """By what follows it."""
    assert bucket_of(host) == bucket


def test_the_path_begins_with_the_bucket_and_is_remembered_as_sent():
    """One is what is asked for, the other what was signed."""
    request = Request("GET", "/k%20k", "", {"host": "b.localhost"}, b"")
    settle(request)
    assert (request.path, request.sent_path) == ("/b/k%20k", "/k%20k")


@pytest.mark.parametrize("query", ["X-Amz-Algorithm=A&X-Amz-Signature=0&", "AWSAccessKeyId=a&Signature=0&Expires=1&"])
def test_what_is_signed_in_the_query_is_what_the_headers_say(query):
    """Whatever a header says; the fields of signing are none."""
    headers = {"x-amz-acl": "public-read"}
    request = Request(
        "PUT", "/b/k", f"{query}x-amz-acl=private&X-Amz-Meta-A=b%20c&content-type=t&X-Amz-Date=d", headers, b""
    )
    settle(request)
    expected = {"x-amz-acl": "private", "x-amz-meta-a": "b c"}
    assert request.headers == expected | ({"content-type": "t"} if "Expires" in query else {})
