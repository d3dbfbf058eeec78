"""Conditional requests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.services.conftest import refusal

PAST = datetime(2020, 1, 1, tzinfo=UTC)
ETAG = '"781e5e245d69b566979b86e28d23f2c7"'
OTHER = '"00000000000000000000000000000000"'


@pytest.fixture(autouse=True)
def written(put):
    """The object that the conditions are about."""
    put()


@pytest.mark.parametrize(
    "condition",
    [
        {"IfMatch": ETAG},
        {"IfMatch": ETAG.strip('"')},
        {"IfMatch": "*"},
        {"IfMatch": f"{OTHER}, {ETAG}"},
        {"IfNoneMatch": OTHER},
        {"IfModifiedSince": PAST},
        {"IfModifiedSince": datetime(2200, 1, 1, tzinfo=UTC)},
        {"IfUnmodifiedSince": datetime(2200, 1, 1, tzinfo=UTC)},
        {"IfMatch": ETAG, "IfUnmodifiedSince": PAST},
    ],
    ids=str,
)
def test_a_condition_that_holds_lets_the_reader_in(get, condition):
    """If-Match overrules a date; a date in the future says nothing."""
    assert get(**condition)["Body"].read() == b"0123456789"


@pytest.mark.parametrize(
    ("condition", "named"),
    [({"IfMatch": OTHER}, "If-Match"), ({"IfUnmodifiedSince": PAST}, "If-Unmodified-Since")],
    ids=str,
)
def test_a_precondition_that_fails_is_named(get, condition, named):
    """With status 412."""
    refused = refusal(get, **condition)

    assert refused[:2] == (412, "PreconditionFailed")
    assert refused.message == "At least one of the pre-conditions you specified did not hold"
    assert refused.details["Condition"] == named


@pytest.mark.parametrize("call", ["get_object", "head_object"])
@pytest.mark.parametrize("condition", ["IfNoneMatch", "IfModifiedSince"])
def test_what_has_not_changed_is_not_sent(s3, bucket, call, condition):
    """Status 304, without a body; the connection goes on."""
    now = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    request = {condition: ETAG if condition == "IfNoneMatch" else now}

    assert refusal(getattr(s3, call), Bucket=bucket, Key="key", **request).status == 304
    assert s3.head_object(Bucket=bucket, Key="key")["ETag"] == ETAG


def test_a_write_can_ask_that_nothing_is_there(put, get):
    """If-None-Match: * takes a free key, and leaves one that is taken."""
    assert put("free", IfNoneMatch="*")
    refused = refusal(put, body=b"other", IfNoneMatch="*")

    assert refused[:2] == (412, "PreconditionFailed")
    assert get()["Body"].read() == b"0123456789"


def test_a_write_can_ask_that_nothing_has_changed(put, get):
    """If-Match takes the place of the object it names, and of no other."""
    new = put(body=b"new", IfMatch=ETAG)["ETag"]

    assert refusal(put, body=b"late", IfMatch=ETAG)[:2] == (412, "PreconditionFailed")
    assert (get()["Body"].read(), get()["ETag"]) == (b"new", new)
    assert refusal(put, key="none", IfMatch=ETAG)[:2] == (404, "NoSuchKey")


def test_of_many_who_want_a_free_key_one_gets_it(s3, bucket):
    """The condition is held in the same moment as the write."""
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda at: try_to_take(s3, bucket, at), range(16)))

    assert outcomes.count(True) == 1


def try_to_take(s3, bucket, at):
    try:
        s3.put_object(Bucket=bucket, Key="wanted", Body=bytes([at]), IfNoneMatch="*")
    except s3.exceptions.ClientError:
        return False
    return True


def test_a_deletion_can_ask_what_is_there(s3, bucket, keys):
    """Another object than the one meant stays."""
    assert refusal(s3.delete_object, Bucket=bucket, Key="key", IfMatch=OTHER)[:2] == (412, "PreconditionFailed")
    assert refusal(s3.delete_object, Bucket=bucket, Key="none", IfMatch="*")[:2] == (404, "NoSuchKey")
    assert keys() == ["key"]

    s3.delete_object(Bucket=bucket, Key="key", IfMatch=ETAG)

    assert keys() == []


def test_conditions_of_directory_buckets_are_not_passed_over(s3, bucket, keys):
    """A deletion that asks for a size is refused: deleting all the same would lose what it wanted to keep."""
    assert refusal(s3.delete_object, Bucket=bucket, Key="key", IfMatchSize=99)[:2] == (501, "NotImplemented")
    assert keys() == ["key"]


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ({"CopySourceIfMatch": OTHER, "CopySourceIfNoneMatch": ETAG}, "x-amz-copy-source-If-Match"),
        ({"CopySourceIfUnmodifiedSince": PAST, "CopySourceIfNoneMatch": ETAG}, "x-amz-copy-source-If-Unmodified-Since"),
        ({"CopySourceIfNoneMatch": ETAG.strip('"')}, "x-amz-copy-source-If-None-Match"),
        ({"CopySourceIfModifiedSince": timedelta()}, "x-amz-copy-source-If-Modified-Since"),
    ],
    ids=str,
)
def test_a_copy_holds_conditions_against_its_source(s3, bucket, keys, condition, named):
    """The first that fails is named; nothing is copied."""
    now = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    request = {name: now if value == timedelta() else value for name, value in condition.items()}
    refused = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/key", **request)

    assert (refused.status, refused.details["Condition"]) == (412, named)
    assert keys() == ["key"]


def test_a_copy_goes_on_when_all_its_conditions_hold(s3, bucket, keys):
    """All four of them."""
    s3.copy_object(
        Bucket=bucket,
        Key="copy",
        CopySource=f"{bucket}/key",
        CopySourceIfMatch=ETAG,
        CopySourceIfNoneMatch=OTHER,
        CopySourceIfModifiedSince=PAST,
        CopySourceIfUnmodifiedSince=datetime(2200, 1, 1, tzinfo=UTC),
    )

    assert keys() == ["copy", "key"]


def test_a_copy_holds_conditions_against_its_target(s3, bucket, put, get):
    """As a put does."""
    put("taken", b"mine")

    refused = refusal(s3.copy_object, Bucket=bucket, Key="taken", CopySource=f"{bucket}/key", IfNoneMatch="*")
    assert refused[:2] == (412, "PreconditionFailed")
    assert get("taken")["Body"].read() == b"mine"


def test_not_modified_says_which_object_that_is(http_client, bucket, put):
    """A cache needs the ETag and the date; also where a range was asked for."""
    etag = put()["ETag"]
    for headers in ({}, {"Range": "bytes=0-1"}):
        answer = http_client("GET", f"/{bucket}/key", headers={"If-None-Match": etag, **headers})

        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["last-modified"].endswith("GMT")


def test_the_tag_decides_where_tag_and_date_disagree(http_client, bucket, put):
    """If-Match over If-Unmodified-Since, If-None-Match over If-Modified-Since, for ranges too."""
    etag = put()["ETag"]
    past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2027 00:00:00 GMT"
    span = {"Range": "bytes=0-1"}
    held = http_client("GET", f"/{bucket}/key", headers={**span, "If-Match": etag, "If-Unmodified-Since": past})
    known = http_client("GET", f"/{bucket}/key", headers={**span, "If-None-Match": etag, "If-Modified-Since": past})
    other = http_client("GET", f"/{bucket}/key", headers={**span, "If-None-Match": '"x"', "If-Modified-Since": future})

    assert [answer.status for answer in (held, known, other)] == [206, 304, 206]
