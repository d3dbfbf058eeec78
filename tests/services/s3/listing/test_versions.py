"""Lists of versions."""

import pytest
from tests.services.conftest import refusal


@pytest.fixture
def full(s3, bucket, put):
    """A bucket with versions of a, three of b, of c/1 and c/2, and a marker over d."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b", "b", "b", "c/1", "c/2", "d"):
        put(key)
    s3.delete_object(Bucket=bucket, Key="d")
    return bucket


def entries(page):
    both = page.get("Versions", []) + page.get("DeleteMarkers", [])
    return [(item["Key"], item["VersionId"]) for item in both]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_pages_of_versions_follow_each_other(s3, full, size):
    """Whatever their size, and in the midst of a key; each once."""
    seen, markers = [], {}
    while True:
        page = s3.list_object_versions(Bucket=full, MaxKeys=size, **markers)
        assert len(entries(page)) <= size
        seen += entries(page)
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    assert sorted(key for key, _ in seen) == ["a", "b", "b", "b", "c/1", "c/2", "d", "d"]
    assert len(set(seen)) == 8


def test_versions_are_folded_by_a_delimiter(s3, full):
    """As objects are."""
    page = s3.list_object_versions(Bucket=full, Delimiter="/")

    assert [item["Prefix"] for item in page["CommonPrefixes"]] == ["c/"]
    assert [key for key, _ in entries(page)] == ["a", "b", "b", "b", "d", "d"]


def test_a_prefix_limits_the_list(s3, full):
    """To what begins with it."""
    assert [key for key, _ in entries(s3.list_object_versions(Bucket=full, Prefix="c/"))] == ["c/1", "c/2"]


def test_one_of_each_key_is_the_latest(s3, full):
    """A version, or a marker."""
    page = s3.list_object_versions(Bucket=full)
    latest = [item["Key"] for item in page["Versions"] + page["DeleteMarkers"] if item["IsLatest"]]

    assert latest == ["a", "b", "c/1", "c/2", "d"]


def test_a_version_marker_needs_a_key_marker(s3, full):
    """As AWS says."""
    assert refusal(s3.list_object_versions, Bucket=full, VersionIdMarker="null")[:2] == (400, "InvalidArgument")


def test_a_bucket_without_versions_lists_its_objects_as_null(s3, bucket, put):
    """Each is the latest."""
    put()
    (item,) = s3.list_object_versions(Bucket=bucket)["Versions"]

    assert (item["VersionId"], item["IsLatest"], item["Size"]) == ("null", True, 10)
