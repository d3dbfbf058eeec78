"""Copying objects."""

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


def test_a_copy_has_the_bytes_and_all_that_is_said_of_the_original(s3, bucket, put, get):
    """Metadata, type and checksum go along; the answer tells ETag and time."""
    put(ContentType="text/csv", Metadata={"a": "1"}, CacheControl="no-cache")
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "key"})["CopyObjectResult"]

    copy = get("copy", ChecksumMode="ENABLED")
    assert copy["Body"].read() == b"0123456789"
    assert (copy["ContentType"], copy["Metadata"], copy["CacheControl"]) == ("text/csv", {"a": "1"}, "no-cache")
    assert copy["ChecksumCRC32"] == get(ChecksumMode="ENABLED")["ChecksumCRC32"]
    assert (answer["ETag"], answer["LastModified"].replace(microsecond=0)) == (copy["ETag"], copy["LastModified"])


def test_a_copy_takes_no_room_of_its_own(s3, bucket, put, stored_files):
    """Both objects share one file."""
    put()
    before = stored_files()
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")

    assert stored_files() <= before


def test_a_copy_survives_the_original(s3, bucket, put, get):
    """Deleted or replaced."""
    put()
    s3.copy_object(Bucket=bucket, Key="one", CopySource=f"{bucket}/key")
    s3.copy_object(Bucket=bucket, Key="two", CopySource=f"{bucket}/one")
    put(body=b"replaced")
    s3.delete_object(Bucket=bucket, Key="one")

    assert get("two")["Body"].read() == b"0123456789"


def test_an_object_can_be_copied_to_another_bucket(s3, bucket, put, account):
    """Under any key."""
    put()
    s3.create_bucket(Bucket=f"other-{account}")
    s3.copy_object(Bucket=f"other-{account}", Key="a/b", CopySource=f"/{bucket}/key")

    assert s3.get_object(Bucket=f"other-{account}", Key="a/b")["Body"].read() == b"0123456789"


def test_metadata_can_be_replaced_by_a_copy(s3, bucket, put, get):
    """All of it: what is not said anew is gone."""
    put(ContentType="text/csv", Metadata={"a": "1"}, CacheControl="no-cache")
    s3.copy_object(
        Bucket=bucket, Key="copy", CopySource=f"{bucket}/key", MetadataDirective="REPLACE", Metadata={"b": "2"}
    )

    copy = get("copy")
    assert (copy["Metadata"], copy["ContentType"]) == ({"b": "2"}, "binary/octet-stream")
    assert "CacheControl" not in copy
    assert copy["Body"].read() == b"0123456789"


def test_copying_an_object_to_itself_must_change_something(s3, bucket, put, get):
    """Its metadata, for one."""
    put()
    onto_itself = {"Bucket": bucket, "Key": "key", "CopySource": f"{bucket}/key"}

    refused = refusal(s3.copy_object, **onto_itself)
    assert refused[:2] == (400, "InvalidRequest")
    assert "copy an object to itself without changing" in refused.message

    s3.copy_object(**onto_itself, MetadataDirective="REPLACE", Metadata={"a": "1"})

    assert (get()["Metadata"], get()["Body"].read()) == ({"a": "1"}, b"0123456789")


@pytest.mark.parametrize("source", ["nothing", "/", "bucket/", "/key"])
def test_a_source_without_bucket_or_key_is_refused(s3, bucket, source):
    """It must mention both."""
    refused = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source)

    assert refused[:2] == (400, "InvalidArgument")
    assert refused.details["ArgumentName"] == "x-amz-copy-source"


def test_a_source_that_is_not_there_is_said_so(s3, bucket, keys):
    """With its key; nothing is made."""
    refused = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/none")

    assert refused[:2] == (404, "NoSuchKey")
    assert refused.details["Key"] == "none"
    assert keys() == []


def test_another_accounts_object_cannot_be_copied(bucket, put, server, stranger):
    """Its bucket is closed."""
    put()
    other = client(server.url, "s3", stranger)
    other.create_bucket(Bucket=f"{bucket}-other")

    refused = refusal(other.copy_object, Bucket=f"{bucket}-other", Key="copy", CopySource=f"{bucket}/key")
    assert refused[:2] == (403, "AccessDenied")


def test_a_version_of_a_source_that_was_never_there_is_refused(s3, bucket, put, keys):
    """Copying the newest instead would be a lie."""
    put()
    source = {"Bucket": bucket, "Key": "key", "VersionId": "abc"}

    assert refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source)[:2] == (400, "InvalidArgument")
    assert keys() == ["key"]
