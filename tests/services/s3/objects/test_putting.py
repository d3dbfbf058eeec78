"""Objects: put, get, head."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal

STRANGE_KEYS = [
    "a//b",
    "//",
    "/lead",
    "trail/",
    ".",
    "..",
    "../up",
    "a/../b",
    "./a",
    "%41",
    "100%",
    "a+b",
    "a b",
    " ",
    "é",
    "e\u0301",
    "漢字",
    "\U0001f331",
    "\"quoted\" 'twice'",
    "?x=1&y=2",
    "#fragment",
    "a;b:c@d&e=f,g$h",
    "<xml>&amp;</xml>",
    "{}[]|\\^`~",
    "new\nline",
    "a" * 1024,
    "é" * 512,
]


def test_bytes_come_back_as_they_were_put(put, get):
    """With their MD5 as the ETag."""
    body = b"some bytes \x00\xff"
    answer = put(body=body)

    assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert get()["Body"].read() == body
    assert get()["ETag"] == answer["ETag"]


def test_an_object_without_bytes_is_an_object(s3, bucket, put, get, keys):
    """It is listed, and its length is nought."""
    put(body=b"")

    assert (get()["Body"].read(), get()["ContentLength"], keys()) == (b"", 0, ["key"])
    assert s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == 0


@pytest.mark.parametrize("key", STRANGE_KEYS, ids=lambda key: ascii(key[:12]))
def test_any_key_is_a_key(s3, bucket, put, get, keys, key):
    """It is put, got, headed, listed, copied and deleted as it stands; no two keys are taken for one another."""
    put(key, key.encode())
    put("other", b"other")

    assert get(key)["Body"].read() == key.encode()
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key.encode())
    assert sorted(keys()) == sorted([key, "other"])
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert get("copy")["Body"].read() == key.encode()
    s3.delete_object(Bucket=bucket, Key=key)
    assert sorted(keys()) == ["copy", "other"]


@pytest.mark.parametrize("key", ["a" * 1025, "é" * 512 + "a"], ids=["ascii", "utf-8"])
def test_a_key_of_more_than_1024_bytes_is_too_long(s3, bucket, put, keys, key):
    """Bytes count, not letters; nothing is stored, by copying neither."""
    put("short")

    assert refusal(put, key=key)[:3] == (400, "KeyTooLongError", "Your key is too long")
    assert refusal(s3.copy_object, Bucket=bucket, Key=key, CopySource=f"{bucket}/short").code == "KeyTooLongError"
    assert keys() == ["short"]


def test_a_folder_and_what_is_in_it_are_different_keys(put, get):
    """A key is no path: a, a/ and a/b stand beside each other."""
    for key in ("a", "a/", "a/b"):
        put(key, key.encode())

    assert [get(key)["Body"].read() for key in ("a", "a/", "a/b")] == [b"a", b"a/", b"a/b"]


def test_every_header_that_is_kept_comes_back(s3, bucket, put, get):
    """From GetObject and from HeadObject alike."""
    kept = {
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a.csv"',
        "ContentEncoding": "identity",
        "ContentLanguage": "de-CH",
        "ContentType": "text/csv; charset=utf-8",
        "Expires": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        "Metadata": {"one": "1", "two-words": "and more = so"},
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "alias/mine",
        "WebsiteRedirectLocation": "/other",
    }
    put(**kept)

    for answer in (get(), s3.head_object(Bucket=bucket, Key="key")):
        assert {name: answer[name] for name in kept} == kept


def test_an_object_without_a_type_is_binary(put, get):
    """As AWS calls it."""
    put()

    assert get()["ContentType"] == "binary/octet-stream"


def test_metadata_names_come_back_in_lower_case(put, get):
    """HTTP does not tell them apart."""
    put(Metadata={"CamelCase": "Value"})

    assert get()["Metadata"] == {"camelcase": "Value"}


def test_an_answer_says_when_and_what(s3, bucket, put, get):
    """ETag, Last-Modified, Accept-Ranges and the request's ids, in both answers."""
    before = datetime.now(UTC).replace(microsecond=0)
    put()

    for answer in (get(), s3.head_object(Bucket=bucket, Key="key")):
        assert before <= answer["LastModified"] <= datetime.now(UTC)
        assert (answer["ETag"], answer["AcceptRanges"]) == ('"781e5e245d69b566979b86e28d23f2c7"', "bytes")
        assert {"x-amz-request-id", "x-amz-id-2"} <= set(answer["ResponseMetadata"]["HTTPHeaders"])


def test_putting_again_replaces_everything(put, get):
    """Bytes and metadata; nothing of the old object shines through."""
    put(body=b"old and longer", Metadata={"a": "1"}, ContentType="text/plain")
    put(body=b"new")

    answer = get()
    assert (answer["Body"].read(), answer["Metadata"], answer["ContentType"]) == (b"new", {}, "binary/octet-stream")


def test_the_bytes_of_a_replaced_object_leave_the_disk(put, stored_files):
    """A key that is written a hundred times keeps one file."""
    put()
    before = len(stored_files())
    for _ in range(10):
        put()

    wait_until(lambda: len(stored_files()) <= before)


def test_what_is_not_there_is_not_found(s3, bucket):
    """GetObject names the key; HeadObject has no body to do so."""
    refused = refusal(s3.get_object, Bucket=bucket, Key="none")

    assert refused[:3] == (404, "NoSuchKey", "The specified key does not exist.")
    assert refused.details["Key"] == "none"
    assert refusal(s3.head_object, Bucket=bucket, Key="none")[:2] == (404, "404")


@pytest.mark.parametrize(
    ("member", "answered"),
    [
        ("ResponseCacheControl", "CacheControl"),
        ("ResponseContentDisposition", "ContentDisposition"),
        ("ResponseContentEncoding", "ContentEncoding"),
        ("ResponseContentLanguage", "ContentLanguage"),
        ("ResponseContentType", "ContentType"),
    ],
)
def test_a_reader_may_say_what_the_headers_are_to_be(put, get, member, answered):
    """For this one answer."""
    put()

    assert get(**{member: "identity"})[answered] == "identity"
    assert get().get(answered) in {None, "binary/octet-stream"}


@pytest.mark.parametrize("value", ['attachment; filename="漢.csv"', "a\r\nX-Injected: 1", "a\x7f"])
def test_a_header_that_http_cannot_carry_is_refused(put, get, value):
    """Nobody writes headers of their own into an answer."""
    put()

    refused = refusal(get, ResponseContentDisposition=value)
    assert refused[:3] == (400, "InvalidArgument", "Header value cannot be represented using ISO-8859-1.")
    assert refused.details["ArgumentName"] == "response-content-disposition"


@pytest.mark.parametrize("call", ["get_object", "head_object", "delete_object"])
def test_an_object_has_no_versions(s3, bucket, put, get, call):
    """A version id is refused, and nothing is deleted; ``null`` is the one there is."""
    put()
    refused = refusal(getattr(s3, call), Bucket=bucket, Key="key", VersionId="HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD")

    assert refused.status == 400
    assert call == "head_object" or refused[1:3] == ("InvalidArgument", "Invalid version id specified")
    assert get(VersionId="null")["Body"].read() == b"0123456789"


def test_two_puts_at_a_time_leave_one_of_them_whole(bucket, aws, get):
    """Whichever was last, its bytes and its ETag belong together."""
    bodies = [bytes([letter]) * 100_000 for letter in range(8)]
    s3 = aws("s3")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda body: s3.put_object(Bucket=bucket, Key="key", Body=body), bodies))

    answer = get()
    body = answer["Body"].read()
    assert body in bodies
    assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'


@pytest.mark.parametrize("member", [{"ObjectLockMode": "GOVERNANCE"}, {"SSECustomerAlgorithm": "AES256"}])
def test_what_would_be_lost_is_refused(s3, bucket, keys, member):
    """An object is not stored without the lock, or the key, that it was to have."""
    error = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"", **member)

    assert (error.status, error.code) == (501, "NotImplemented")
    assert keys() == []


def test_reading_with_a_customers_key_is_refused_as_aws_does(s3, bucket, put):
    """No object here is encrypted with one."""
    put()
    error = refusal(s3.get_object, Bucket=bucket, Key="key", SSECustomerAlgorithm="AES256", SSECustomerKey="0" * 32)

    assert (error.status, error.code) == (400, "InvalidRequest")


def test_an_object_has_one_part(s3, bucket, put):
    """Its first part is all of it, and there is no second."""
    put(body=b"whole")

    assert s3.get_object(Bucket=bucket, Key="key", PartNumber=1)["Body"].read() == b"whole"
    assert refusal(s3.get_object, Bucket=bucket, Key="key", PartNumber=2).code == "InvalidPartNumber"
