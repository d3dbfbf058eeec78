"""Versions and delete markers."""

import pytest
from tests.services.conftest import refusal


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def suspend(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


@pytest.fixture
def history(s3, bucket):
    """Versions and markers as they are listed: key, version, whether the latest, whether a marker."""

    def history():
        answer = s3.list_object_versions(Bucket=bucket)
        versions = [(v["Key"], v["VersionId"], v["IsLatest"], False) for v in answer.get("Versions", [])]
        return versions + [(m["Key"], m["VersionId"], m["IsLatest"], True) for m in answer.get("DeleteMarkers", [])]

    return history


def test_a_bucket_keeps_no_versions_until_it_is_told_to(s3, bucket, put, get):
    """Then it says so; before, nothing is said of versions."""
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "VersionId" not in put()
    assert "VersionId" not in get()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_every_version_can_be_read(versioned, s3, put, get, history):
    """The newest without its id; each has its own bytes and metadata."""
    first = put(body=b"one", Metadata={"n": "1"})["VersionId"]
    second = put(body=b"two")["VersionId"]

    assert (get()["Body"].read(), get()["VersionId"]) == (b"two", second)
    old = get(VersionId=first)
    assert (old["Body"].read(), old["Metadata"], old["VersionId"]) == (b"one", {"n": "1"}, first)
    assert s3.head_object(Bucket=versioned, Key="key", VersionId=first)["ContentLength"] == 3
    assert history() == [("key", second, True, False), ("key", first, False, False)]


def test_what_was_there_before_is_the_null_version(s3, bucket, put, get, history):
    """It stays when versions are kept."""
    put(body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    new = put(body=b"after")["VersionId"]

    assert get(VersionId="null")["Body"].read() == b"before"
    assert history() == [("key", new, True, False), ("key", "null", False, False)]


def test_deleting_leaves_a_marker_and_every_version(versioned, s3, put, get, keys, history):
    """Without the marker the object is back."""
    version = put()["VersionId"]
    deleted = s3.delete_object(Bucket=versioned, Key="key")

    assert deleted["DeleteMarker"] is True
    assert keys() == []
    assert refusal(get)[:2] == (404, "NoSuchKey")
    assert get(VersionId=version)["Body"].read() == b"0123456789"
    assert history() == [("key", version, False, False), ("key", deleted["VersionId"], True, True)]

    undone = s3.delete_object(Bucket=versioned, Key="key", VersionId=deleted["VersionId"])
    assert (undone["DeleteMarker"], undone["VersionId"]) == (True, deleted["VersionId"])
    assert get()["Body"].read() == b"0123456789"


def test_a_marker_says_what_it_is(versioned, s3, put, http_client):
    """404 under its key, 405 by its id."""
    put()
    marker = s3.delete_object(Bucket=versioned, Key="key")["VersionId"]
    by_key = http_client("GET", f"/{versioned}/key")
    by_id = http_client("HEAD", f"/{versioned}/key?versionId={marker}")

    assert (by_key.status, by_key.headers["x-amz-delete-marker"], by_key.headers["x-amz-version-id"]) == (
        404, "true", marker
    )  # fmt: skip
    assert (by_id.status, by_id.headers["allow"], by_id.headers["x-amz-delete-marker"]) == (405, "DELETE", "true")


def test_deleting_a_version_is_for_good(versioned, s3, put, get, history):
    """The one before it is the newest again; its bytes go."""
    first, second = put(body=b"one")["VersionId"], put(body=b"two")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="key", VersionId=second)

    assert get()["Body"].read() == b"one"
    assert refusal(get, VersionId=second)[:2] == (404, "NoSuchVersion")
    assert history() == [("key", first, True, False)]


def test_an_old_version_can_be_deleted_from_under_a_newer_one(versioned, s3, put, get):
    """Which stays."""
    first = put(body=b"one")["VersionId"]
    put(body=b"two")
    s3.delete_object(Bucket=versioned, Key="key", VersionId=first)

    assert get()["Body"].read() == b"two"


def test_a_suspended_bucket_has_one_null_version(versioned, s3, put, get, history):
    """New ones replace it; those with ids stay."""
    kept = put(body=b"kept")["VersionId"]
    suspend(s3, versioned)
    put(body=b"one")
    put(body=b"two")

    assert get()["Body"].read() == b"two"
    assert get()["VersionId"] == "null"
    assert history() == [("key", "null", True, False), ("key", kept, False, False)]


def test_deleting_in_a_suspended_bucket_puts_a_null_marker_in_the_null_versions_place(versioned, s3, put, get, history):
    """Those with ids stay."""
    kept = put(body=b"kept")["VersionId"]
    suspend(s3, versioned)
    put(body=b"one")
    deleted = s3.delete_object(Bucket=versioned, Key="key")

    assert (deleted["DeleteMarker"], deleted["VersionId"]) == (True, "null")
    assert history() == [("key", kept, False, False), ("key", "null", True, True)]
    s3.delete_object(Bucket=versioned, Key="key", VersionId="null")
    assert get()["Body"].read() == b"kept"


def test_a_null_version_below_newer_ones_is_replaced_when_versions_are_suspended(s3, bucket, put, history):
    """There is never more than one."""
    put(body=b"oldest")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    middle = put(body=b"middle")["VersionId"]
    suspend(s3, bucket)
    put(body=b"newest")

    assert history() == [("key", "null", True, False), ("key", middle, False, False)]


def test_a_version_can_be_copied_and_so_brought_back(versioned, s3, put, get):
    """Onto itself, too."""
    first = put(body=b"one")["VersionId"]
    put(body=b"two")
    answer = s3.copy_object(
        Bucket=versioned, Key="key", CopySource={"Bucket": versioned, "Key": "key", "VersionId": first}
    )

    assert answer["CopySourceVersionId"] == first
    assert (get()["Body"].read(), get()["VersionId"]) == (b"one", answer["VersionId"])


def test_many_versions_and_markers_can_be_deleted_at_once(versioned, s3, put, history):
    """The answer tells markers from versions."""
    version = put()["VersionId"]
    put("other")
    marker = s3.delete_object(Bucket=versioned, Key="key")["VersionId"]
    answer = s3.delete_objects(
        Bucket=versioned,
        Delete={
            "Objects": [
                {"Key": "key", "VersionId": version},
                {"Key": "key", "VersionId": marker},
                {"Key": "other"},
            ]
        },
    )

    told = {(item["Key"], item.get("VersionId"), item.get("DeleteMarker", False)) for item in answer["Deleted"]}
    assert told == {("key", version, False), ("key", marker, True), ("other", None, True)}
    assert [(key, latest, is_marker) for key, _, latest, is_marker in history()] == [
        ("other", False, False),
        ("other", True, True),
    ]


def test_a_bucket_with_versions_is_not_empty(versioned, s3, put):
    """Even if none of them is current."""
    put()
    s3.delete_object(Bucket=versioned, Key="key")

    assert refusal(s3.delete_bucket, Bucket=versioned)[:2] == (409, "BucketNotEmpty")


def test_a_version_id_that_was_never_given_is_refused(versioned, put, get):
    """It is told from one that is gone."""
    put()

    refused = refusal(get, VersionId="HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD")
    assert refused[:3] == (400, "InvalidArgument", "Invalid version id specified")


def test_conditions_are_held_against_the_current_version(versioned, s3, put):
    """A delete marker is nothing."""
    put()
    s3.delete_object(Bucket=versioned, Key="key")
    put(IfNoneMatch="*")

    assert refusal(put, IfNoneMatch="*")[:2] == (412, "PreconditionFailed")


def test_tags_belong_to_a_version(versioned, s3, put):
    """Of which each has its own."""
    first = put(Tagging="a=1")["VersionId"]
    put(Tagging="a=2")
    s3.put_object_tagging(
        Bucket=versioned, Key="key", VersionId=first, Tagging={"TagSet": [{"Key": "a", "Value": "3"}]}
    )

    tags = [
        s3.get_object_tagging(Bucket=versioned, Key="key", **which)["TagSet"][0]["Value"]
        for which in ({"VersionId": first}, {})
    ]
    assert tags == ["3", "2"]
