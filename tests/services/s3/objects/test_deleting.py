"""Deleting objects."""

import pytest
from tests.services.conftest import refusal


@pytest.fixture
def delete_objects(s3, bucket):
    def delete_objects(*entries, **members):
        objects = [{"Key": entry} if isinstance(entry, str) else entry for entry in entries]
        return s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, **members})

    return delete_objects


def test_a_deleted_object_is_gone(s3, bucket, put, get, keys):
    """It is neither got nor listed."""
    put()
    answer = s3.delete_object(Bucket=bucket, Key="key")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(get).code == "NoSuchKey"
    assert keys() == []


def test_deleting_what_is_not_there_is_fine(s3, bucket):
    """As often as one likes."""
    for _ in range(2):
        assert s3.delete_object(Bucket=bucket, Key="none")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_deleting_takes_one_key_alone(s3, bucket, put, keys):
    """What lies below it as if in a folder stays."""
    for key in ("a", "a/", "a/b"):
        put(key)
    s3.delete_object(Bucket=bucket, Key="a/")

    assert keys() == ["a", "a/b"]


def test_many_are_deleted_at_once(put, keys, delete_objects):
    """The answer names each, also those that were not there."""
    for key in ("a", "b & <c>", "漢"):
        put(key)
    answer = delete_objects("a", "b & <c>", "none")

    assert [item["Key"] for item in answer["Deleted"]] == ["a", "b & <c>", "none"]
    assert "Errors" not in answer
    assert keys() == ["漢"]


def test_a_quiet_deletion_says_nothing_of_what_went_well(put, keys, delete_objects):
    """Neither deleted keys nor errors."""
    put("a")
    answer = delete_objects("a", "none", Quiet=True)

    assert not {"Deleted", "Errors"} & set(answer)
    assert keys() == []


@pytest.mark.parametrize("quiet", [False, True])
def test_one_that_is_refused_does_not_keep_the_others(put, keys, delete_objects, quiet):
    """It is told as an error, quietly or not."""
    etag = put("a")["ETag"]
    put("b")
    put("c")
    answer = delete_objects(
        {"Key": "a", "ETag": etag}, {"Key": "b", "ETag": '"other"'}, {"Key": "c", "VersionId": "v1"}, Quiet=quiet
    )

    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [
        ("b", "PreconditionFailed"),
        ("c", "InvalidArgument"),
    ]
    assert [item["Key"] for item in answer.get("Deleted", [])] == ([] if quiet else ["a"])
    assert keys() == ["b", "c"]


def test_a_thousand_are_deleted_at_once(put, keys, delete_objects):
    """As many as S3 takes."""
    put("k0")
    put("k999")

    assert len(delete_objects(*(f"k{at}" for at in range(1000)))["Deleted"]) == 1000
    assert keys() == []


@pytest.mark.parametrize("count", [0, 1001])
def test_a_list_of_none_or_too_many_is_malformed(s3, bucket, put, keys, count):
    """Nothing is deleted."""
    put("k0")
    objects = [{"Key": f"k{at}"} for at in range(count)]

    assert refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": objects})[:2] == (400, "MalformedXML")
    assert keys() == ["k0"]
