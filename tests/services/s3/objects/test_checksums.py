"""Uploads that arrive otherwise than they were sent."""

import base64
import hashlib
import zlib

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal

from fieldstone.core.digests import DIGESTS

DATA = b"0123456789"
CRC32 = base64.b64encode(zlib.crc32(DATA).to_bytes(4, "big")).decode()
SHA256 = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
MD5 = base64.b64encode(hashlib.md5(DATA).digest()).decode()
WRONG = {"ChecksumCRC32": "AAAAAA==", "ChecksumSHA256": "A" * 43 + "=", "ContentMD5": "A" * 22 + "=="}


@pytest.mark.parametrize(("member", "value"), [("ChecksumCRC32", CRC32), ("ChecksumSHA256", SHA256)])
def test_a_true_checksum_is_kept_and_told(s3, bucket, put, get, http_client, member, value):
    """To who asks for it (boto3 always does), and to nobody else; not with a part of the object."""
    assert put(**{member: value})[member] == value
    assert get(ChecksumMode="ENABLED")[member] == value
    assert s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")[member] == value
    assert value not in http_client("GET", f"/{bucket}/key").headers.values()
    assert member not in get(ChecksumMode="ENABLED", Range="bytes=0-1")


def test_a_true_md5_is_accepted(put, get):
    """It is the ETag in other letters."""
    put(ContentMD5=MD5)

    assert get()["Body"].read() == DATA


@pytest.mark.parametrize("member", WRONG)
def test_an_upload_that_is_not_what_was_sent_is_refused_and_nothing_stored(put, get, keys, stored_files, member):
    """Neither row nor bytes; what stood under the key stands there still."""
    put(body=b"before")
    before = stored_files()
    refused = refusal(put, **{member: WRONG[member]})

    assert refused[:2] == (400, "BadDigest")
    assert "did not match" in refused.message
    assert (keys(), get()["Body"].read()) == (["key"], b"before")
    wait_until(lambda: stored_files() <= before)  # the bytes go a moment after the answer


@pytest.mark.parametrize(
    ("member", "code", "message"),
    [
        ("ChecksumCRC32", "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."),
        ("ChecksumSHA256", "InvalidRequest", "Value for x-amz-checksum-sha256 header is invalid."),
        ("ContentMD5", "InvalidDigest", "The Content-MD5 you specified was invalid."),
    ],
)
@pytest.mark.parametrize("value", ["short", "rubb!sh=", "AAAA", ""])
def test_what_is_no_checksum_is_refused(put, keys, member, code, message, value):
    """It has another length, or is no base64."""
    assert refusal(put, **{member: value})[:3] == (400, code, message)
    assert keys() == []


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_every_checksum_of_s3_is_verified_and_kept(http_client, bucket, s3, algorithm):
    """A true one is answered again; a false one keeps the object out."""
    header = f"x-amz-checksum-{algorithm.lower()}"
    digest = DIGESTS[algorithm]()
    digest.update(DATA)
    true = base64.b64encode(digest.digest()).decode()
    false = base64.b64encode(bytes(len(digest.digest()))).decode()

    refused = http_client("PUT", f"/{bucket}/false", DATA, {header: false})
    assert (refused.status, b"<Code>BadDigest</Code>" in refused.body) == (400, True)
    taken = http_client("PUT", f"/{bucket}/true", DATA, {header: true})
    assert (taken.status, taken.headers[header], taken.headers["x-amz-checksum-type"]) == (200, true, "FULL_OBJECT")
    read = http_client("GET", f"/{bucket}/true", headers={"x-amz-checksum-mode": "ENABLED"})
    assert (read.headers[header], read.body) == (true, DATA)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["true"]


def test_two_checksums_at_once_are_refused(http_client, bucket, keys):
    """One is enough, as at AWS."""
    crc = base64.b64encode(zlib.crc32(DATA).to_bytes(4, "big")).decode()
    sha = base64.b64encode(hashlib.sha1(DATA).digest()).decode()
    answer = http_client("PUT", f"/{bucket}/key", DATA, {"x-amz-checksum-crc32": crc, "x-amz-checksum-sha1": sha})

    assert (answer.status, b"Expecting a single x-amz-checksum- header" in answer.body) == (400, True)
    assert keys() == []


def test_an_upload_without_a_checksum_gets_s3s_own(http_client, bucket):
    """CRC-64/NVME of the whole."""
    answer = http_client("PUT", f"/{bucket}/key", b"123456789")

    crc = (0xAE8B14860A799888).to_bytes(8, "big")  # the algorithm's published check value
    assert answer.headers["x-amz-checksum-crc64nvme"] == base64.b64encode(crc).decode()
