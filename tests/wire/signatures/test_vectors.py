"""The signatures that AWS itself publishes, verified here.

The examples below are from AWS's documentation of S3's Signature Version 4 (header, query, chunks, trailers, forms).
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.canonical import canonical_request
from fieldstone.wire.signatures.chunks import read_framing
from fieldstone.wire.signatures.credentials import Credential
from fieldstone.wire.signatures.forms import verify_form
from fieldstone.wire.signatures.verification import verify

SUITE = json.loads(Path(__file__).with_name("aws4_testsuite.json").read_text())
UNSIGNED_TOKEN = "post-sts-header-after"  # signs nothing of the token it sends, which is refused here as at S3

KEY = Credential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None, "123456789012")
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def seconds(stamp):
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def read(text):
    """A request as it arrives: lines that go on belong to the one before, headers sent twice are joined."""
    head, _, body = text.partition("\n\n")
    line, *lines = re.sub(r"\n\s+", " ", head).split("\n")
    method, target = line.removesuffix(" HTTP/1.1").split(" ", 1)
    headers = {}
    for name, value in (line.split(":", 1) for line in lines):
        lower = name.lower()
        headers[lower] = f"{headers[lower]},{value.strip()}" if lower in headers else value.strip()
    path, _, query = target.encode().decode("latin-1").partition("?")
    return Request(method, path, query, headers, body.encode())


@pytest.mark.parametrize("vector", SUITE["vectors"], ids=lambda vector: vector["name"])
def test_awss_test_suite_is_verified(vector):
    """Every request of it, by its canonical form and by its signature."""
    request = read(vector["request"])
    token = request.headers.get("x-amz-security-token")
    key = Credential(SUITE["key"]["access"], SUITE["key"]["secret"], token, "123456789012")
    signed = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    payload_hash = vector["canonical"].rsplit("\n", 1)[1]

    assert canonical_request(request, signed, payload_hash, s3=False) == vector["canonical"].encode().decode("latin-1")
    if vector["name"] == UNSIGNED_TOKEN:
        with pytest.raises(AwsError, match="'x-amz-security-token' must be a 'SignedHeader'"):
            verify(request, {key.access_key: key}.get, seconds(SUITE["time"]))
    else:
        assert verify(request, {key.access_key: key}.get, seconds(SUITE["time"])).service == "service"


def signed(signature, names, payload_hash, **headers):
    scoped = f"Credential={KEY.access_key}/20130524/us-east-1/s3/aws4_request"
    return {
        "host": headers.pop("host", "examplebucket.s3.amazonaws.com"),
        "x-amz-date": "20130524T000000Z",
        "x-amz-content-sha256": payload_hash,
        "authorization": f"AWS4-HMAC-SHA256 {scoped},SignedHeaders={names},Signature={signature}",
    } | {name.replace("_", "-"): text for name, text in headers.items()}


def check(request, stamp="20130524T000000Z"):
    return verify(request, {KEY.access_key: KEY}.get, seconds(stamp))


EXAMPLES = {
    "GET Object": Request(
        "GET",
        "/test.txt",
        "",
        signed(
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            "host;range;x-amz-content-sha256;x-amz-date",
            EMPTY,
            range="bytes=0-9",
        ),
        b"",
    ),
    "PUT Object": Request(
        "PUT",
        "/test%24file.text",
        "",
        signed(
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            date="Fri, 24 May 2013 00:00:00 GMT",
            x_amz_storage_class="REDUCED_REDUNDANCY",
        ),
        b"",
    ),
    "GET Bucket Lifecycle": Request(
        "GET",
        "/",
        "lifecycle",
        signed(
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            "host;x-amz-content-sha256;x-amz-date",
            EMPTY,
        ),
        b"",
    ),
    "List Objects": Request(
        "GET",
        "/",
        "max-keys=2&prefix=J",
        signed(
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            "host;x-amz-content-sha256;x-amz-date",
            EMPTY,
        ),
        b"",
    ),
    "Presigned URL": Request(
        "GET",
        "/test.txt",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
        "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        {"host": "examplebucket.s3.amazonaws.com"},
        b"",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_s3s_documentation_are_verified(name):
    """As they are printed there."""
    assert check(EXAMPLES[name]).credential is KEY


def put_in_chunks(signature, names, kind, **headers):
    more = {"content_encoding": "aws-chunked", "x_amz_decoded_content_length": "66560", "host": "s3.amazonaws.com"}
    more |= {"x_amz_storage_class": "REDUCED_REDUNDANCY"} | headers
    return Request("PUT", "/examplebucket/chunkObject.txt", "", signed(signature, names, kind, **more), b"")


def chunk(size, signature):
    return f"{size:x};chunk-signature={signature}\r\n".encode() + b"a" * size + (b"\r\n" if size else b"")


def test_the_example_of_a_body_in_signed_chunks_is_verified():
    """65 KiB in two chunks and an empty one."""
    request = put_in_chunks(
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
        "x-amz-storage-class",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        content_length="66824",
    )
    body = b"".join(
        [
            chunk(65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
            chunk(1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            chunk(0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
            b"\r\n",
        ]
    )
    chunks = read_framing(request.headers, check(request).seal)

    assert len(body) == 66824
    assert b"".join(chunks.feed(body)) == b"a" * 66560
    assert chunks.finish() == {}


def test_the_example_of_a_signed_trailer_is_verified():
    """Its checksum has a signature of its own."""
    request = put_in_chunks(
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;"
        "x-amz-trailer",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        x_amz_trailer="x-amz-checksum-crc32c",
    )
    body = b"".join(
        [
            chunk(65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
            chunk(1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
            chunk(0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
            b"x-amz-checksum-crc32c:sOO8/Q==\r\n",
            b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
        ]
    )
    chunks = read_framing(request.headers, check(request).seal)

    assert b"".join(chunks.feed(body)) == b"a" * 66560
    assert chunks.finish() == {"x-amz-checksum-crc32c": "sOO8/Q=="}


POLICY = """{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}"""


def test_the_example_of_a_forms_policy_is_verified(encode):
    """The text in base 64 is what is signed; its lines end as on Windows."""
    fields = {
        "policy": encode(POLICY.replace("\n", "\r\n")),
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
        "x-amz-date": "20151229T000000Z",
        "x-amz-signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
    }
    assert verify_form(fields, {KEY.access_key: KEY}.get, seconds("20151229T000000Z")).credential is KEY
