"""Uploads that arrive otherwise than they were sent."""

import base64
import hashlib
import zlib

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal

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


@pytest.mark.parametrize("algorithm", ["CRC32C", "CRC64NVME", "SHA1"])
def test_a_checksum_that_cannot_be_verified_is_not_believed(http_client, bucket, keys, algorithm):
    """An upload with one is refused as not implemented: nothing is taken on trust."""
    answer = http_client("PUT", f"/{bucket}/key", DATA, {f"x-amz-checksum-{algorithm.lower()}": "AAAAAA=="})

    assert answer.status == 501
    assert b"<Code>NotImplemented</Code>" in answer.body
    assert keys() == []
